"""example: what `make run` shows where no window can open. Hidden, since `run sinusoid-maml` is the command to learn."""

from pathlib import Path
from typing import Annotated

import typer

from core.errors import CoreError

from .failures import INTERRUPTED, refuse
from .options import DataFolder, Json, Set
from .output import emit, say


def add_to(app: typer.Typer) -> None:
    app.command(hidden=True)(example)


def example(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the two files go.")] = Path("out"),
    set_: Set = None,
    data_folder: DataFolder = None,
    json: Json = False,
) -> int:
    """Run the 60-second example; export its initialization and a picture of its curves into FOLDER.

    --json: run, initialization, figure, sentence.
    """
    from core.example import run_example
    from core.storage.catalog import Catalog
    from core.training.control import Control

    from .progress import teller
    from .training import stopped_by_signals

    control = Control()
    with Catalog.open(data_folder) as catalog, stopped_by_signals(control) as heard:
        try:
            with teller() as told:
                done = run_example(catalog, folder, told, control, set_ or [])
        except CoreError:
            if heard:
                return refuse("interrupted", INTERRUPTED, json)
            raise
    if heard:
        return refuse(f"interrupted; go on with: headstart resume {done.run.id}", INTERRUPTED, json)
    if json:
        emit(
            {
                "run": done.run.id,
                "initialization": done.initialization,
                "figure": done.figure,
                "sentence": done.sentence,
            }
        )
        return 0
    say(done.sentence)
    say(f"Initialization: {done.initialization.absolute()}")
    say(f"Picture:        {done.figure.absolute()}")
    return 0
