"""What the page says of an initialization, from its row and its card."""

from typing import Any

import numpy as np

from app.models import words
from app.plots.curve import Curve
from core.config.words import in_words
from core.storage.records import EvaluationRecord, InitializationRecord, RunRecord

Pairs = list[tuple[str, str]]
Summary = dict[str, list[dict[str, Any]]]


def origin(record: InitializationRecord, run: RunRecord | None, card: dict[str, Any]) -> Pairs:
    """Run, step, method, tasks, network, seed, versions."""
    provenance = card.get("provenance", {})
    versions = provenance.get("versions", {})
    pairs = [
        ("Run", words.shortened(run.name, 120) if run is not None else "not in this catalog"),
        ("Outer step", words.count(record.step)),
        ("Method", words.method(record.method)),
        ("Tasks", words.tasks(record.tasks)),
        ("Network", words.network(record.network)),
        ("Seed", words.NOTHING if provenance.get("seed") is None else str(provenance["seed"])),
        ("Saved", words.date(record.created)),
    ]
    return (
        [*pairs, ("Written by", ", ".join(f"{name} {text}" for name, text in versions.items()))] if versions else pairs
    )


def recipe(card: dict[str, Any]) -> Pairs:
    """How a new task is fitted."""
    adaptation = card.get("adaptation")
    if not isinstance(adaptation, dict):
        return []
    adapts, frozen = card.get("adapts", []), card.get("frozen", [])
    pairs = [
        ("Steps", f"{adaptation.get('steps')} (trained for {adaptation.get('trained_steps')})"),
        ("Step size", in_words("inner.learning_rate", adaptation.get("learning_rate"))),
        ("Loss", str(adaptation.get("loss", words.NOTHING))),
        ("Adapts", words.counted(len(adapts), "tensor")),
    ]
    if frozen:
        pairs.append(("Frozen", words.counted(len(frozen), "tensor")))
    because = card.get("transductive_because", [])
    return [*pairs, ("Transductive", "; ".join(because))] if because else pairs


def summary(card: dict[str, Any], evaluation: EvaluationRecord | None) -> dict[str, Any] | None:
    """Means and half-widths by inner step, when saved (card), else as the run was evaluated later."""
    kept = card.get("evaluation")
    if isinstance(kept, dict) and kept.get("loss"):
        return kept
    return None if evaluation is None else _of(evaluation)


def _of(evaluation: EvaluationRecord) -> dict[str, Any]:
    from core.analysis.intervals import interval

    def part(curves: Any) -> Summary:
        found = {"loss": interval(curves.loss, curves.groups)}
        if curves.accuracy is not None:
            found["accuracy"] = interval(curves.accuracy, curves.groups)
        return {
            key: [{"mean": m, "half_width": h} for m, h in zip(each.mean, each.half_width, strict=True)]
            for key, each in found.items()
        }

    return {
        "tasks": len(evaluation.curves.loss),
        **part(evaluation.curves),
        "random_start": part(evaluation.random_start),
    }


def metrics(found: dict[str, Any] | None) -> Pairs:
    """Numbers on the fixed test tasks."""
    if found is None:
        return []
    last = len(found["loss"]) - 1
    after = words.counted(last, "step")
    pairs = [("Loss, 0 steps", _told(found["loss"], 0)), (f"Loss, {after}", _told(found["loss"], last))]
    if found.get("accuracy"):
        pairs.append((f"Accuracy, {after}", _told(found["accuracy"], last, percent=True)))
    start = found.get("random_start", {})
    metric = "accuracy" if start.get("accuracy") else "loss"
    if start.get(metric):
        pairs.append(("Random start", _told(start[metric], len(start[metric]) - 1, percent=metric == "accuracy")))
    if begins := start.get("begins"):
        pairs.append(("It begins from", str(begins)))
    return [*pairs, ("Test tasks", words.count(int(found.get("tasks", 0))))]


def _told(values: list[dict[str, Any]], at: int, *, percent: bool = False) -> str:
    scale, unit = (100.0, "%") if percent else (1.0, "")
    mean, half = _number(values[at].get("mean")), _number(values[at].get("half_width"))
    return words.plus_minus(scale * mean, scale * half, unit=unit)


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def curves(found: dict[str, Any] | None, name: str, metric: str) -> list[Curve]:
    """The adaptation curve and the random start with their 95 % bands; metric: "loss" or "accuracy"."""
    if found is None or not found.get(metric):
        return []
    made = [_curve(name, found[metric], metric, "learned")]
    start = found.get("random_start", {}).get(metric)
    return [*made, _curve("random start", start, metric, "random start")] if start else made


def _curve(name: str, values: list[dict[str, Any]], metric: str, key: str) -> Curve:
    scale = 100.0 if metric == "accuracy" else 1.0
    mean = scale * np.array([_number(value.get("mean")) for value in values])
    half = scale * np.array([_number(value.get("half_width")) for value in values])
    steps = np.arange(len(mean), dtype=np.float64)
    return Curve(name, steps, mean, 0, smoothed=False, points=True, band=(mean - half, mean + half), key=key)


def contents(card: dict[str, Any], tensors: int, numbers: int) -> str:
    """What an export will hold."""
    beyond = card.get("roles", {}).get("learned", [])
    extra = f" and the meta-parameters {', '.join(beyond)}" if beyond else ""
    return f"{words.counted(tensors, 'tensor')}, {words.count(numbers)} numbers{extra}"
