"""A recipe: the setting of a paper, its published numbers, and experiments that measure them; read from resources/recipes."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.config import Experiment, presets, with_settings
from core.errors import BadFile

Metric = Literal["loss", "accuracy"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Published(_Part):
    """A number that a paper gives. after: inner steps; half_width: as printed, usually 95 %; source: where it stands."""

    after: Annotated[int, Field(ge=0)]
    metric: Metric
    mean: float
    half_width: float | None = None
    source: str


class Row(_Part):
    """One method under the recipe's setting.

    preset: what it starts from; set: changes ("inner.steps=5"); after: inner steps of the result (empty: all at evaluation);
    reduced: as the recipe's, behind it; full_steps: outer steps of the paper, where the row takes fewer; parts: several runs
    (one a mode) whose test tasks are joined: an oracle that knows the mode; deviations: from the published setting; cause: why
    we think that a number is missed.
    """

    name: str
    preset: str
    set: tuple[str, ...] = ()
    reduced: tuple[str, ...] = ()
    after: int | None = None
    full_steps: int | None = None
    parts: tuple[tuple[str, ...], ...] = ()
    published: tuple[Published, ...] = ()
    deviations: tuple[str, ...] = ()
    cause: str = ""


class Recipe(_Part):
    """name: of the file; reference: the row that the others are compared with in pairs; set: changes of every row; reduced:
    further ones, for a processor, behind the rows' own; --full leaves them out; unpublished: said where no paper has the
    number; minutes: about how long the rows take on two CPU cores together, as they stand."""

    name: str
    title: str
    paper: str
    setting: str
    metric: Metric
    reference: str
    rows: tuple[Row, ...]
    set: tuple[str, ...] = ()
    reduced: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()
    unpublished: str = ""
    minutes: float

    def row(self, name: str) -> Row:
        return next(row for row in self.rows if row.name == name)

    def experiments(self, row: Row, *, full: bool = False, more: tuple[str, ...] = ()) -> list[Experiment]:
        """The runs of a row: one, or one a part. full: the paper's number of outer steps, and nothing reduced."""
        steps = (f"outer.steps={row.full_steps}",) if full and row.full_steps else ()
        base, reduced = presets()[row.preset].experiment, () if full else (*self.reduced, *row.reduced)
        return [
            with_settings(base, [f"name={self.name}: {row.name}", *self.set, *row.set, *reduced, *part, *steps, *more])
            for part in row.parts or ((),)
        ]

    def after(self, row: Row) -> int:
        """Inner steps after which the row's result is read."""
        return self.experiments(row)[0].inner.evaluation_steps if row.after is None else row.after


@cache
def recipes() -> dict[str, Recipe]:
    """All recipes by name. Raises BadFile for one that cannot be read."""
    folder = files("resources") / "recipes"
    names = sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return {name: _read(name) for name in names}


def _read(name: str) -> Recipe:
    text = (files("resources") / "recipes" / f"{name}.toml").read_text(encoding="utf-8")
    try:
        return Recipe.model_validate({"name": name, **tomllib.loads(text)})
    except (ValidationError, tomllib.TOMLDecodeError) as error:
        raise BadFile(f"the recipe {name} cannot be read: {error}") from None
