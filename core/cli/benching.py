"""bench: speed on the standard workloads, next to the peers that are installed."""

import sys
from typing import Annotated, Any

import typer

from core.errors import CoreError

from .options import DataFolder, Json
from .output import emit, say, table


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel="Look")(bench)


def bench(
    workloads: Annotated[
        list[str] | None, typer.Argument(metavar="[WORKLOAD ...]", help="All where none is named.")
    ] = None,
    peers: Annotated[bool, typer.Option("--peers/--no-peers", help="Time the peers that are installed, too.")] = True,
    seconds: Annotated[float, typer.Option(min=0.1, max=60, help="Of each contender in each of three rounds.")] = 3.0,
    data_folder: DataFolder = None,
    json: Json = False,
) -> int:
    """Time whole outer steps of a real run (sampling, meta-gradient, Adam), contenders in turn, medians of three rounds.

    --json: machine; workloads {name: milliseconds {contender}, ratios {peer: times ours}, ours (tier), first_step_seconds,
    compile_seconds, gradient_distance {peer}, left_out {contender: why}}.
    """
    from core.bench import WORKLOADS
    from core.bench import bench as measure
    from core.storage.files import make_folder
    from core.storage.folders import default_folder

    names = workloads or list(WORKLOADS)
    for name in names:
        if name not in WORKLOADS:
            raise CoreError(f"no workload {name}; there are {', '.join(WORKLOADS)}")
    folder = make_folder(default_folder(data_folder))
    found = measure(
        names, folder, peers=peers, seconds=seconds, say=lambda text: print(text, file=sys.stderr, flush=True)
    )
    if json:
        emit(found)
        return 0
    for name, result in found["workloads"].items():
        table(
            name,
            ["contender", "ms a step", "times ours"],
            _rows(result),
        )
        for label, why in result["left_out"].items():
            say(f"{label}: {why}")
    return 0


def _rows(result: dict[str, Any]) -> list[list[str]]:
    ours, ratios = result["ours"], result["ratios"]
    return [
        [
            label if label in ratios else f"Headstart, {label}",
            f"{ms:.3g}",
            f"{ratios[label]:.1f}" if label in ratios else "" if label != ours else "1",
        ]
        for label, ms in sorted(result["milliseconds"].items(), key=lambda pair: pair[1])
    ]
