"""Settings of a person's own data."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import field_validator

from .base import setting
from .methods.base import Complaint
from .task_base import TaskSettings, queries, shots, train_shots

if TYPE_CHECKING:
    from .experiment import Experiment


def _name(value: Any) -> Any:
    """A column may be called 1998, which TOML reads as a number."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _names(value: Any) -> Any:
    """One name needs no brackets."""
    if isinstance(value, list | tuple):
        return [_name(item) for item in value]
    return [_name(value)] if isinstance(value, str | int | float) and not isinstance(value, bool) else value


class _TypeOfTarget:
    """Of a table's settings; of the class itself that of its default."""

    def __get__(self, settings: "Table | None", owner: type["Table"]) -> str:
        return "classification" if settings is not None and settings.target_type == "class" else "regression"


class Table(TaskSettings):
    """Rows of a table; the rows with the same value in the task column are a task (a patient, a machine, a shop)."""

    task_type: ClassVar[str] = _TypeOfTarget()  # type: ignore[assignment]

    kind: Literal["table"] = "table"
    path: Path | None = setting(
        None,
        "The table: CSV, TSV or another text, Parquet or .xlsx, with a header. Empty: no table yet.",
        title="Table",
        holds="file",
    )
    task_column: str | None = setting(
        None,
        "The column that says which task a row belongs to. Empty: guessed where that is safe.",
        title="Task column",
        max_length=1000,
    )
    inputs: tuple[str, ...] = setting(
        (),
        "Columns that are known when a prediction is wanted: numbers, dates or categories. Empty: guessed where that is safe.",
        title="Inputs",
        max_length=1000,
        holds="names",
    )
    target: tuple[str, ...] = setting(
        (),
        "The column to predict; of numbers several are allowed. Empty: guessed where that is safe.",
        title="Target",
        max_length=100,
        holds="names",
    )
    target_type: Literal["number", "class"] = setting(
        "number",
        "number: regression. class: the target names a class, the same classes in all tasks; shots and queries are then "
        "rows of each class.",
        title="Target is a",
    )
    split: Literal["tasks", "time"] = setting(
        "tasks",
        "Whole tasks are held out for validation and test in either case. tasks: the rows of a task become support and "
        "query at random. time: its first rows are the support, later ones the query.",
        title="Split",
        words={"tasks": "at random", "time": "by time"},
    )
    time_column: str | None = setting(
        None,
        "What the rows of a task are ordered by where the split is time. Empty: a date among the inputs, else the order in "
        "the file.",
        title="Time column",
        advanced=True,
    )
    shots: int = shots(3)
    queries: int = queries(10)
    train_shots: int | None = train_shots()
    missing: Literal["drop", "impute"] = setting(
        "drop",
        "Rows without an input. drop: left out. impute: a number becomes the median of the training tasks, a category none "
        "of those that are known. Rows without a target are left out in either case.",
        title="Missing cells",
        words={"drop": "dropped", "impute": "filled in"},
    )
    categories: tuple[str, ...] = setting(
        (),
        "Columns of numbers that are codes (1 = drug, 2 = placebo): read as categories. Empty: no column.",
        title="Codes",
        max_length=1000,
        holds="names",
        advanced=True,
    )
    split_seed: int = setting(
        0,
        "Which tasks are held out follows from their names and this number; another number, another split.",
        title="Seed of the split",
        ge=0,
        le=2**31 - 1,
    )
    test_share: float = setting(
        0.3, "Share of the tasks for the test; at least two.", title="Test share", ge=0.01, le=0.8, advanced=True
    )
    validation_share: float = setting(
        0.15,
        "Share of the tasks that choose the best step; at least two.",
        title="Validation share",
        ge=0.01,
        le=0.5,
        advanced=True,
    )
    sheet: str | None = setting(
        None, "Sheet of an Excel file. Empty: the first.", title="Sheet", max_length=300, advanced=True
    )
    separator: Literal["auto", "comma", "semicolon", "tab", "bar", "space"] = setting(
        "auto",
        "The sign between columns of a text.",
        title="Separator",
        advanced=True,
        words={"bar": "vertical bar"},
    )
    decimal: Literal["auto", "point", "comma"] = setting(
        "auto", "The decimal sign of a text; the other one may mark thousands.", title="Decimal sign", advanced=True
    )
    encoding: Literal["auto", "utf-8", "utf-16", "latin-1"] = setting(
        "auto",
        "How a text is encoded. auto: by its mark and its bytes.",
        title="Encoding",
        advanced=True,
        words={"utf-8": "UTF-8", "utf-16": "UTF-16", "latin-1": "Latin-1"},
    )
    date_order: Literal["auto", "year-first", "day-first", "month-first"] = setting(
        "auto",
        "How dates are written. auto: in the way that fits all cells, the day first where two ways do.",
        title="Dates",
        advanced=True,
    )

    @field_validator("task_column", "time_column", "sheet", mode="before")
    @classmethod
    def _one_name(cls, value: Any) -> Any:
        return _name(value)

    @field_validator("inputs", "target", "categories", mode="before")
    @classmethod
    def _some_names(cls, value: Any) -> Any:
        return _names(value)

    def words(self, outputs: int) -> str:
        name = "a table" if self.path is None else self.path.name
        if self.task_type == "classification":
            return f"{outputs}-class tasks from {name}, {self.shots} rows of each class seen"
        return f"tasks from {name}, {self.shots} rows of each seen"

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        found = []
        if self.path is None:
            found.append(Complaint("tasks.path", "is missing; choose a table (CSV, TSV, Parquet or .xlsx)"))
        if self.target_type == "class" and len(self.target) > 1:
            found.append(Complaint("tasks.target", "names several columns; classes are told by a single one"))
        if self.target_type == "class" and experiment.network.head == "shared":
            sentence = (
                "a shared head begins alike for every class, but these classes are the same in all tasks; choose fixed"
            )
            found.append(Complaint("network.head", sentence))
        return found
