"""Options that several commands share, said once."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else on standard output.")]
DataFolder = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Where runs and files are kept. Default: $HEADSTART_DATA_FOLDER, else the platform's own place.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change any key of the experiment, dotted: inner.steps=5. Repeatable."
    ),
]
Run = Annotated[str, typer.Argument(metavar="RUN", help="Id of a run, a unique beginning of it, or its name.")]
Initialization = Annotated[
    str,
    typer.Argument(
        metavar="INITIALIZATION", help="Id, unique beginning of it, or name of an initialization; or an exported file."
    ),
]


def anchored(settings: list[str] | None) -> list[str]:
    """A relative path is meant from where the command is typed, and stays right when the run is resumed elsewhere."""
    return [_anchored(text) for text in settings or []]


def _anchored(text: str) -> str:
    from core.config.files import PATHS

    key, equals, value = text.partition("=")
    if key.strip() not in PATHS or not value.strip() or value.strip() in ("none", "null"):
        return text
    return f"{key}{equals}{Path(value.strip().strip(chr(34))).expanduser().absolute()}"
