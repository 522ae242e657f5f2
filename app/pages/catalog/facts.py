"""What the panel at the right says of a record: pairs of words."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from app.forms.titles import change_in_words
from app.models import words
from core.config.words import in_words
from core.storage.records import EvaluationRecord, InitializationRecord, RunRecord
from core.training.remedies import changes_of

Pairs = list[tuple[str, str]]


def results(run: RunRecord, evaluation: EvaluationRecord | None = None) -> Pairs:
    """Numbers of a run, the tested ones first."""
    pairs: Pairs = []
    if evaluation is not None:
        pairs += tested(evaluation)
    elif run.loss is not None:
        pairs.append(("Best validation", words.result(run.loss, run.accuracy)))
    if run.best_step is not None:
        pairs.append(("Best at step", words.count(run.best_step)))
    pairs.append(("Outer steps", words.steps(run.step, run.total_steps)))
    pairs.append(("Training time", words.duration(run.seconds)))
    if rate := run.rates.get("steps_per_second"):
        pairs.append(("Speed", f"{words.number(rate)} steps / s"))
    pairs += _engine(run)
    pairs.append(("Created", words.date(run.created)))
    pairs.append(("Size", words.size(run.bytes)))
    return pairs


def tested(evaluation: EvaluationRecord) -> Pairs:
    """Mean and 95 % interval on the fixed test tasks, before and after the inner steps."""
    from core.analysis.intervals import interval

    curves = evaluation.curves
    found = interval(curves.loss, curves.groups)
    last = len(found.mean) - 1
    after = words.counted(last, "step")
    pairs = [("Loss, 0 steps", with_interval(found, 0)), (f"Loss, {after}", with_interval(found, last))]
    if curves.accuracy is not None:
        rated = interval(curves.accuracy, curves.groups)
        pairs.append((f"Accuracy, {after}", with_interval(rated, last, percent=True)))
    beside, rate = evaluation.random_start, curves.accuracy is not None and evaluation.random_start.accuracy is not None
    start = interval(beside.accuracy if rate else beside.loss, beside.groups)
    pairs.append(("Random start", with_interval(start, len(start.mean) - 1, percent=rate)))
    count = words.count(len(curves.loss))
    pairs.append(("Test tasks", count if curves.groups is None else f"{count} ({found.n} distinct)"))
    return pairs


def with_interval(found: Any, at: int, percent: bool = False) -> str:
    """ "0.351 ± 0.020", "98.7 ± 0.4 %"."""
    scale, unit = (100.0, "%") if percent else (1.0, "")
    return words.plus_minus(scale * float(found.mean[at]), scale * float(found.half_width[at]), unit=unit)


def _engine(run: RunRecord) -> Pairs:
    parts = [
        words.engine_word(key, run.engine[key]) for key in ("tier", "mode", "walk", "layout") if run.engine.get(key)
    ]
    pairs = [("Device", run.device)] if run.device else []
    pairs += [("Engine", ", ".join(parts))] if parts else []
    return pairs + [("Changed", change_in_words(change)) for change in changes_of(run.engine)]


_SECTIONS = {"subset": "What adapts", "inner": "Inner loop", "outer": "Outer loop"}
"""As the steps of Set up are called."""


def settings(run: RunRecord) -> list[tuple[str, Pairs]]:
    """Every setting under its form's title, by section; what stands empty is left out."""
    experiment = run.experiment
    sections: list[tuple[str, Pairs]] = [("Run", [("Seed", str(experiment.seed))])]
    for name, field in type(experiment).model_fields.items():
        part = getattr(experiment, name)
        if isinstance(part, BaseModel):
            sections.append((_SECTIONS.get(name, field.title or name.capitalize()), _titled(name, part)))
    return sections


def _titled(section: str, part: BaseModel) -> Pairs:
    values = part.model_dump(mode="json", exclude_none=True)
    pairs = [("Kind", in_words(f"{section}.kind", values.pop("kind")))] if "kind" in values else []
    fields = type(part).model_fields
    return pairs + [
        (_title(name, fields[name]), _with_unit(in_words(f"{section}.{name}", value), fields[name]))
        for name, value in values.items()
    ]


def _title(name: str, field: Any) -> str:
    return str(field.title or name.replace("_", " ").capitalize())


def _with_unit(said: str, field: Any) -> str:
    extra = field.json_schema_extra
    unit = extra.get("unit", "") if isinstance(extra, dict) else ""
    return f"{said} {unit}".strip()


def log(lines: Sequence[tuple[int | None, str]]) -> str:
    return "\n".join(text if step is None else f"step {words.count(step)}: {text}" for step, text in lines)


def initialization(record: InitializationRecord) -> Pairs:
    return [
        ("Method", words.method(record.method)),
        ("Tasks", words.tasks(record.tasks)),
        ("Network", words.network(record.network)),
        ("Outer step", words.count(record.step)),
        ("Test loss", words.number(record.loss)),
        *([("Test accuracy", words.accuracy(record.accuracy))] if record.accuracy is not None else []),
        ("Saved", words.date(record.created)),
        ("Size", words.size(record.bytes)),
    ]
