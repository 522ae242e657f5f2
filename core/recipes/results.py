"""What was measured: one JSON file a recipe in the data folder, and those that ship with the program."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import BadFile
from core.storage.files import atomic_write

FOLDER = "reproduced"


class Entry(BaseModel):
    """A mean with its 95 % half-width; None where the number is not finite."""

    model_config = ConfigDict(frozen=True)

    mean: float | None
    half_width: float | None


class Measured(BaseModel):
    """One row as it came out.

    loss, accuracy: per inner step from 0 on; difference: row minus reference at the steps of their results, paired on the
    same test tasks (metric of the recipe); not_paired: why there is none; outer_steps, full_steps: budget; digest: of the
    experiments, so that a changed recipe is measured anew; status "failed": message says how.
    """

    model_config = ConfigDict(frozen=True)

    status: Literal["measured", "failed"]
    loss: tuple[Entry, ...] = ()
    accuracy: tuple[Entry, ...] = ()
    difference: Entry | None = None
    not_paired: str = ""
    tasks: int = 0
    outer_steps: int = 0
    full_steps: int | None = None
    seconds: float = 0.0
    steps_per_second: float | None = None
    device: str = ""
    date: str = ""
    versions: dict[str, str] = {}
    runs: tuple[str, ...] = ()
    digest: str = ""
    message: str = ""

    @property
    def reduced(self) -> bool:
        return self.full_steps is not None and self.outer_steps < self.full_steps


Results = dict[str, Measured]
"""By the name of the row."""


def read_results(recipe: str, data_folder: Path | None = None) -> Results:
    """Of the data folder where it has them, else those that ship; empty where neither has. Raises BadFile."""
    own = None if data_folder is None else data_folder / FOLDER / f"{recipe}.json"
    if own is not None and own.is_file():
        return _parsed(own.read_text(encoding="utf-8"), own.name)
    shipped = files("resources") / "recipes" / f"{recipe}.json"
    return _parsed(shipped.read_text(encoding="utf-8"), f"{recipe}.json") if shipped.is_file() else {}


def write_results(recipe: str, results: Results, folder: Path) -> Path:
    """Into `folder` (the data folder's own, or the checkout's resources/recipes)."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{recipe}.json"
    plain: dict[str, Any] = {name: found.model_dump(mode="json") for name, found in results.items()}
    atomic_write(path, (json.dumps(plain, indent=1, allow_nan=False) + "\n").encode())
    return path


def _parsed(text: str, name: str) -> Results:
    try:
        return {row: Measured.model_validate(values) for row, values in json.loads(text).items()}
    except (ValidationError, json.JSONDecodeError, AttributeError):
        raise BadFile(f"{name} holds no results of a recipe; delete it, and reproduce the recipe again") from None
