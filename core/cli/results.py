"""A run as the command line tells it: the fields of `run --json`, and tables for people."""

from typing import TYPE_CHECKING, Any

from core import transduction
from core.analysis import worth
from core.analysis.intervals import interval
from core.storage.records import EvaluationRecord, RunRecord
from core.training.events import Curves
from core.training.remedies import in_words

from .output import duration, mean_text, number, say, table

if TYPE_CHECKING:
    from core.storage.catalog import Catalog

RATES = ("steps_per_second", "steady_steps_per_second", "tasks_per_second")


def run_object(catalog: "Catalog", record: RunRecord) -> dict[str, Any]:
    """Entries of loss and accuracy are {"mean", "half_width"} (95 %), one per inner step from 0 on."""
    made = catalog.initializations(f"run:{record.id}")
    result = catalog.evaluation(record.id)
    return {
        "run": record.id,
        "name": record.name,
        "status": str(record.status),
        "steps": record.step,
        "total_steps": record.total_steps,
        "seconds": record.seconds,
        **{rate: record.rates.get(rate) for rate in RATES},
        "engine": record.engine.get("tier"),
        "plan": record.engine,
        "memory": {"estimate_bytes": record.engine.get("estimate_bytes"), "peak_bytes": record.rates.get("peak_bytes")},
        "device": record.device or None,
        "parameters": record.counts.get("total"),
        "parameter_counts": record.counts,
        **transduction.fields(record.experiment),
        "best_step": record.best_step,
        "initialization": {"id": made[0].id, "file": str(made[0].path)} if made else None,
        "evaluation": None if result is None else evaluation_object(result),
        "random_start": random_start_object(record, result),
        **worth_object(result),
        "stream": stream_object(catalog, record),
        "message": record.message,
    }


def worth_object(result: EvaluationRecord | None) -> dict[str, Any]:
    """alternatives and worth; null where they were not measured."""
    if result is None or not result.alternatives:
        return {"alternatives": None, "worth": None}
    found = worth.worth(result.curves, result.random_start, result.alternatives, result.target)
    return {"alternatives": worth.plain_alternatives(found), "worth": worth.plain(found)}


def stream_object(catalog: "Catalog", record: RunRecord) -> list[dict[str, Any]] | None:
    """The rounds of a stream as the last checkpoint keeps them; None where the tasks are no stream."""
    threshold: float | None = getattr(record.experiment.tasks, "threshold", None)
    if threshold is None:
        return None
    from core.runs import rounds

    return [
        {**each._asdict(), "number": each.number + 1, "examples_to_threshold": each.examples_to(threshold)}
        for each in rounds(catalog, record.id)
    ]


def evaluation_object(result: EvaluationRecord) -> dict[str, Any]:
    curves = result.curves
    return {
        "tasks": len(curves.loss),
        "distinct_tasks": len(set(curves.groups.tolist())) if curves.groups is not None else None,
        "steps": curves.loss.shape[1] - 1,
        **curves_object(curves),
        "outer_step": result.step,
        "digest": result.digest,
    }


def curves_object(curves: Curves) -> dict[str, Any]:
    parts = {"loss": curves.loss, "accuracy": curves.accuracy}
    return {name: entries(values, curves.groups) for name, values in parts.items() if values is not None}


def random_start_object(record: "RunRecord", result: EvaluationRecord | None) -> dict[str, Any] | None:
    """begins: a fresh network, or a fresh head on the pretrained body."""
    if result is None:
        return None
    return {"begins": record.experiment.random_start(), **curves_object(result.random_start)}


def entries(values: Any, groups: Any) -> list[dict[str, float]]:
    """Per inner step the mean and its 95 % half-width; over distinct tasks where there are groups."""
    found = interval(values, groups)
    return [{"mean": m, "half_width": h} for m, h in zip(found.mean.tolist(), found.half_width.tolist(), strict=True)]


def tell_run(values: dict[str, Any]) -> None:
    """The same for people."""
    speed = f", {number(values['steps_per_second'], 3)} outer steps/s" if values["steps_per_second"] else ""
    say(
        f"{values['name']} ({values['run']}): {values['status']} after {values['steps']:,} of {values['total_steps']:,} "
        f"outer steps in {duration(values['seconds'])}{speed}"
    )
    if values["message"]:
        say(values["message"])
    for step, settings in (values["plan"] or {}).get("changes", []):
        say(f"changed on the way: {in_words((step, settings))}")
    if values["evaluation"]:
        tell_evaluation(values["evaluation"], values["random_start"])
    if values["worth"]:
        tell_worth(values["worth"], values["alternatives"])
    if values["transductive"]:
        say(f"transductive: {'; '.join(values['transductive_because'])}")
    if values["stream"]:
        tell_stream(values["stream"])
    if values["initialization"]:
        say(f"initialization {values['initialization']['id']}: {values['initialization']['file']}")


def tell_stream(rounds: list[dict[str, Any]]) -> None:
    what = "accuracy" if rounds[0]["accuracy"] else "loss"
    heads = ["round", "task", "suffered", "examples needed", f"{what} at first", f"{what} in the end", "regret"]
    rows = [
        [
            str(each["number"]), each["name"], number(each["suffered"]),
            str(each["examples_to_threshold"] or "-"), *(number(each[what][at] if each[what] else None) for at in (0, -1)),
            number(each["regret"]),
        ]
        for each in rounds
    ]  # fmt: skip
    table("round by round, on held-out examples", heads, rows, right=[head for head in heads if head != "task"])


def tell_worth(worth: dict[str, Any], alternatives: list[dict[str, Any]]) -> None:
    """A row for each alternative, and the sentence."""
    metric = worth["metric"]
    percent, several = metric == "accuracy", [each["name"] for each in worth.get("targets", [])]
    units = [f"RMSE, {name}" for name in several] or (["RMSE"] if "rmse" in worth else [])
    heads = ["on the same test tasks", metric, "learned minus this", *units, *(["RMSE / std"] if units else [])]
    own = {"title": "the learned initialization", metric: worth[metric], **worth}
    rows = []
    for entry in (own, *alternatives):
        gap = mean_text(entry["difference"], percent) if "difference" in entry else ""
        errors = [entry] if not several else entry.get("targets", [{}] * len(several))
        told = [number(error.get("rmse"), 3) for error in errors] + [number(entry.get("rmse_over_std"), 3)]
        rows.append([entry["title"], mean_text(entry[metric], percent), gap, *(told if units else [])])
    table("", heads, rows, right=heads[1:])
    say(worth["sentence"])


def tell_evaluation(evaluation: dict[str, Any], random_start: dict[str, Any] | None) -> None:
    begins = (random_start or {}).get("begins", "a fresh network")
    start = "" if begins == "a fresh network" else f"; random start: {begins}"
    distinct = f" ({evaluation['distinct_tasks']} distinct)" if evaluation.get("distinct_tasks") else ""
    names = [name for name in ("loss", "accuracy") if name in evaluation]
    heads = [head for name in names for head in (name, f"{name}, random start")]
    columns = [_column(part, name) for name in names for part in (evaluation, random_start or {})]
    rows = [[str(step), *(column[step] for column in columns)] for step in range(evaluation["steps"] + 1)]
    table(
        f"on {evaluation['tasks']} test tasks{distinct}, mean +- 95 %{start}",
        ["inner steps", *heads],
        rows,
        right=["inner steps"],
    )


def _column(part: dict[str, Any], name: str) -> list[str]:
    known = [mean_text(entry, percent=name == "accuracy") for entry in part.get(name, [])]
    return known + ["-"] * 1001
