"""bench: speed on the standard workloads, next to the peers that are installed."""

import sys
from typing import Annotated, Any

import typer

from core.errors import CoreError

from .options import DataFolder, Json
from .output import emit, say, size, table

NUMBERS, PICTURES = "sine-5", "omni-5w1s-pooled"


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel="Look")(bench)


def bench(
    workloads: Annotated[
        list[str] | None, typer.Argument(metavar="[WORKLOAD ...]", help="All where none is named.")
    ] = None,
    peers: Annotated[bool, typer.Option("--peers/--no-peers", help="Time the peers that are installed, too.")] = True,
    methods: Annotated[
        bool, typer.Option("--methods", help="Time every method instead, eager, as multiples of MAML.")
    ] = False,
    memory: Annotated[
        bool, typer.Option("--memory/--no-memory", help="Peak memory too, each contender in a process of its own.")
    ] = True,
    by_steps: Annotated[
        bool, typer.Option("--memory-by-steps", help="Instead: peak memory for 1, 5, 20, 100 inner steps, both walks.")
    ] = False,
    while_compiling: Annotated[
        bool,
        typer.Option("--while-compiling", help="Instead: what the compiling process takes from the run beside it."),
    ] = False,
    tier: Annotated[
        list[str] | None,
        typer.Option(metavar="eager|compiled", help="Tiers of ours; else both."),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, max=60, help="Of each contender in each of three rounds.")] = 3.0,
    minutes: Annotated[
        float, typer.Option(min=0.5, max=60, help="Of each workload; whose turn would come later is left out.")
    ] = 2.0,
    data_folder: DataFolder = None,
    json: Json = False,
) -> int:
    """Time whole outer steps of a real run (sampling, meta-gradient, Adam), contenders in turn, medians of three rounds.

    --json: machine; workloads {name: milliseconds {contender}, rounds, ratios {peer: times ours}, ours (tier), way (plan),
    first_step_seconds, first_call_seconds {peer}, compile_seconds, gradient_distance {peer}, gradient_distance_in_float64
    {peer}, peak_bytes {contender}, left_out {contender: why}}. With --memory-by-steps: workload, tasks, peak_bytes {walk:
    {steps: bytes}}. With --while-compiling: workload, steps_per_second {before, during}, slower (share of the rate that was
    lost), build_seconds, why. With --methods: machine; methods {kind: {workload: milliseconds, times_maml, or left_out: why}}.
    """
    from core.bench import WORKLOADS, Wish, bench_methods, beside
    from core.bench import bench as measure
    from core.bench import by_steps as measure_by_steps
    from core.storage.files import make_folder
    from core.storage.folders import default_folder

    names = workloads or list(WORKLOADS)
    for name in names:
        if name not in WORKLOADS:
            raise CoreError(f"no workload {name}; there are {', '.join(WORKLOADS)}")
    if methods and workloads:
        raise CoreError("--methods has workloads of its own; leave the names out")
    for name in tier or ():
        if name not in ("eager", "compiled"):
            raise CoreError(f"no tier {name}; there are eager and compiled")
    folder = make_folder(default_folder(data_folder))
    if by_steps:
        _tell_by_steps(measure_by_steps((workloads or [PICTURES])[0], folder, say=_aside), json)
        return 0
    if while_compiling:
        _tell_beside(beside((workloads or [NUMBERS])[0], say=_aside), json)
        return 0
    if methods:
        _tell_methods(bench_methods(folder, seconds=seconds, say=_aside), json)
        return 0
    wish = Wish(peers, memory, seconds, tuple(dict.fromkeys(tier or ())), minutes)
    found = measure(names, folder, wish, say=_aside)
    if json:
        emit(found)
        return 0
    for name, result in found["workloads"].items():
        table(
            name,
            ["contender", "ms a step", "times ours", "peak memory", "gradient apart by (float64)"],
            _rows(result),
        )
        say(
            f"Headstart: {result['way']}; first outer step {_seconds(result['first_step_seconds'][result['ours']])} after the start"
        )
        for label, why in result["left_out"].items():
            say(f"{label}: {why}")
    return 0


def _aside(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _tell_methods(found: dict[str, Any], json: bool) -> None:
    """A row a method; why it has no number, in words below."""
    if json:
        emit(found)
        return
    workloads = list(dict.fromkeys(workload for row in found["methods"].values() for workload in row))
    heads = [title for workload in workloads for title in (f"{workload}, ms a step", "times MAML")]
    cells = {kind: [text for w in workloads for text in _cells(row[w])] for kind, row in found["methods"].items()}
    table("methods", ["method", *heads], [[kind, *texts] for kind, texts in cells.items()])
    for kind, row in found["methods"].items():
        for workload, cell in row.items():
            if "left_out" in cell:
                say(f"{kind}, {workload}: {cell['left_out']}")


def _cells(cell: dict[str, Any]) -> tuple[str, str]:
    return ("-", "-") if "left_out" in cell else (f"{cell['milliseconds']:.3g}", f"{cell['times_maml']:.2f}")


def _rows(result: dict[str, Any]) -> list[list[str]]:
    ours, ratios, apart = result["ours"], result["ratios"], result["gradient_distance_in_float64"]
    return [
        [
            label if label in ratios else f"Headstart, {label}",
            f"{ms:.3g}",
            f"{ratios[label]:.1f}" if label in ratios else "" if label != ours else "1",
            size(result["peak_bytes"][label]) if label in result["peak_bytes"] else "",
            f"{apart[label]:.0e}" if label in apart else "",
        ]
        for label, ms in sorted(result["milliseconds"].items(), key=lambda pair: pair[1])
    ]


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value == value else "not measured,"


def _tell_beside(found: dict[str, Any], json: bool) -> None:
    if json:
        emit(found)
        return
    rates = found["steps_per_second"]
    if found["slower"] is None:
        say(f"{found['workload']}: {found['why']}")
        return
    took = "not done" if found["build_seconds"] is None else f"done in {found['build_seconds']:.0f} s"
    say(
        f"{found['workload']}: {rates['before']:.4g} outer steps a second before the build, {rates['during']:.4g} beside it "
        f"({100 * found['slower']:.1f} % slower), {took}"
    )


def _tell_by_steps(found: dict[str, Any], json: bool) -> None:
    if json:
        emit(found)
        return
    steps = list(next(iter(found["peak_bytes"].values())))
    rows = [
        [walk, *(size(row[n]) if row[n] is not None else "not measured" for n in steps)]
        for walk, row in found["peak_bytes"].items()
    ]
    table(f"{found['workload']}, peak memory of {found['tasks']} tasks", ["walk", *(f"{n} steps" for n in steps)], rows)
