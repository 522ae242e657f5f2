"""The same experiment on many random splits of a person's tasks: small sets say little by a single one.

Every split trains the learned initialization and every alternative on the same tasks, and judges them on the same held-out ones.
A finished split is kept in the data folder, so that an interrupted measurement goes on.
"""

import hashlib
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from core import __version__
from core.analysis.quantiles import student_95
from core.analysis.worth import plain, plain_alternatives, worth
from core.config import Experiment, with_settings
from core.errors import BadExperiment, CoreError, Interrupted
from core.storage.files import atomic_write
from core.training.alternatives import code_digest
from core.training.control import Control
from core.training.events import Evaluated, Failed, Finished, Sink

FORMAT = 1
Told = Callable[[int, dict[str, Any], bool], None]
"""(split, what it gave, was it there already)."""


def over_splits(
    experiment: Experiment, splits: int, data_folder: Path, *, sink: Sink, control: Control, told: Told
) -> dict[str, Any]:
    """Measure splits 0, 1, ..., splits - 1 (tasks.split_seed and seed), and put them together: see `summary`.

    Raises BadExperiment where the tasks have no split to vary, Interrupted where the control stops it, and what a training
    raises, as a CoreError that names the split.
    """
    wanted = _checked(experiment)
    counts, data = _counted(wanted, data_folder)
    folder = data_folder / "worth" / _key(wanted, data)
    found = []
    for seed in range(splits):
        place = folder / f"split-{seed:04d}.json"
        kept = _stored(place)
        one = kept or _measured(wanted, seed, data_folder, sink, control)
        if kept is None:
            folder.mkdir(parents=True, exist_ok=True)
            atomic_write(place, json.dumps(one).encode())
        told(seed, one, kept is not None)
        found.append(one)
    return {**summary(found, counts), "folder": str(folder)}


def summary(found: list[dict[str, Any]], counts: dict[str, int | None]) -> dict[str, Any]:
    """Means over splits. half_width: 95 % over these splits, by Student's t; splits share tasks, so half_width_new adds what
    other tasks of the same kind would do (Nadeau and Bengio 2003: variance times 1/n + test share / training share)."""
    first = found[0]
    held, rest = counts["test"] or 0, counts["train"] or 1
    extra = held / rest
    own = np.array([one["learned"] for one in found], np.float64)
    upward = first["metric"] == "accuracy"
    rows = []
    for kind, title in first["titles"].items():
        values = np.array([one["alternatives"][kind] for one in found], np.float64)
        gap = _spread(own - values, extra)
        better = int(((own > values) if upward else (own < values)).sum())
        entry = {"kind": kind, "title": title, **_spread(values, extra), "difference": gap, "learned_better_in": better}
        rows.append({**entry, "learned_is_better": _verdict(gap, upward)})
    best = (max if upward else min)(rows, key=lambda row: _ordered(row["mean"], upward))
    learned = _spread(own, extra)
    return {
        **counts,
        "splits": len(found),
        "metric": first["metric"],
        "unit": first["unit"],
        "learned": learned,
        "alternatives": rows,
        "best_alternative": best["kind"],
        "helps": best["learned_is_better"],
        "sentence": _sentence(learned, best, first, counts, len(found)),
        "seconds": sum(one["seconds"] for one in found),
        "each": found,
    }


def _checked(experiment: Experiment) -> Experiment:
    kind = experiment.tasks.kind
    if "split_seed" not in type(experiment.tasks).model_fields:
        raise BadExperiment(
            f"tasks.kind: {kind} has no split to vary; choose table or images (tasks.split_seed is set for every split)"
        )
    rule = getattr(experiment.tasks, "split", "")
    if kind == "images" and rule in ("folders", "files"):
        raise BadExperiment(f"tasks.split: {rule} gives one split; choose classes for random ones")
    plain = ["tasks.split=classes"] if kind == "images" else []
    return with_settings(experiment, ["evaluation.alternatives=on", "tasks.split_seed=0", *plain])


def _counted(experiment: Experiment, data_folder: Path) -> tuple[dict[str, int | None], str]:
    """(how many tasks (of pictures: classes) there are, in all and in each part of a split; digest of the data). Raises what
    reading them does."""
    from core.tasks import build

    splits = build(experiment.tasks, data_folder=data_folder)
    spec = splits.test.spec
    if splits.pool is not None:
        parts = {part: len(ids) for part, ids in splits.pool.ids.items()}
        return {"tasks": sum(parts.values()), **parts}, splits.pool.digest()
    names = len(spec.names or ())
    parts = {
        part: len(set(distribution.sample(_generator(), names).about["id"].tolist()))
        for part, distribution in (("train", splits.train), ("validation", splits.validation), ("test", splits.test))
    }
    return {"tasks": names, **parts}, _digest(splits.rows)


def _digest(rows: Any) -> str:
    """[32 hex digits] of the rows that train; those held out follow from them and the file's other rows move the scaling."""
    seen = hashlib.blake2b(digest_size=16)
    for part in () if rows is None else (rows.x, rows.y, rows.task, rows.spread):
        seen.update(b"" if part is None else np.ascontiguousarray(part).data)
    return seen.hexdigest()


def _generator() -> Any:
    from core.draws import at_step

    return at_step(0, "counting")


def _measured(experiment: Experiment, seed: int, data_folder: Path, sink: Sink, control: Control) -> dict[str, Any]:
    from core.training import train

    own = with_settings(experiment, [f"tasks.split_seed={seed}", f"seed={seed}"])
    if (
        own.engine.tier == "auto"
    ):  # a compiled pass serves one split alone, and takes longer to build than a split to train
        own = with_settings(own, ["engine.tier=eager"])
    heard: list[Evaluated | Failed | Finished] = []

    def hear(event: Any) -> None:
        if isinstance(event, Evaluated | Failed | Finished):
            heard.append(event)
        sink(event)

    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="headstart-split-") as folder:
        train(own, hear, control, Path(folder), data_folder)
    for event in heard:
        if isinstance(event, Failed):
            _raise(event, seed)
    evaluated = next((event for event in heard if isinstance(event, Evaluated)), None)
    if evaluated is None:
        raise Interrupted(f"interrupted in split {seed + 1}; the same command goes on from there")
    found = worth(evaluated.curves, evaluated.random_start, evaluated.alternatives, evaluated.target)
    share = found.learned.rmse_share is not None
    unit = "RMSE / std" if share else found.metric  # of several targets the root of the mean square over them

    def value(rival: Any) -> float | None:
        number = rival.rmse_share if share else rival.result.mean
        return float(number) if number is not None and np.isfinite(number) else None

    return {
        "split": seed,
        "metric": found.metric,
        "unit": unit,
        "learned": value(found.learned),
        "alternatives": {rival.kind: value(rival) for rival in found.rivals},
        "titles": {rival.kind: rival.title for rival in found.rivals},
        "test_tasks": found.distinct,
        "worth": plain(found),
        "in_pairs": plain_alternatives(found),
        "seconds": time.monotonic() - begun,
    }


def _raise(event: Failed, seed: int) -> None:
    if not event.known:
        raise RuntimeError(f"{event.sentence}\n{event.traceback}")
    error = CoreError(f"split {seed + 1}: {event.sentence}")
    error.exit_code = int(event.details.get("exit_code", 3))
    raise error


def _key(experiment: Experiment, data: str) -> str:
    """[16 hex digits] of settings, data and the code of alternatives: another of them, another measurement."""
    settings = experiment.model_dump(mode="json", exclude={"name": True, "seed": True, "engine": True})
    seen = hashlib.sha256(json.dumps([FORMAT, __version__, settings, data, code_digest()], sort_keys=True).encode())
    path = getattr(experiment.tasks, "path", None)
    if path is not None and Path(path).is_file():
        with Path(path).open("rb") as file:
            seen.update(hashlib.file_digest(file, "sha256").digest())
    return seen.hexdigest()[:16]


def _stored(place: Path) -> dict[str, Any] | None:
    """None where the split was not measured yet, or its file cannot be read."""
    try:
        found = json.loads(place.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    wanted = {"learned", "alternatives", "titles", "metric", "unit", "seconds"}
    return found if isinstance(found, dict) and wanted <= found.keys() else None


def _spread(values: Any, extra: float) -> dict[str, float | None]:
    """Where a split ran away there is no mean: nothing is left out."""
    seen = np.asarray(values, np.float64)
    n = len(seen)
    if not np.isfinite(seen).all():
        return {"mean": None, "half_width": None, "half_width_new": None}
    if n < 2:
        return {"mean": float(seen.mean()), "half_width": None, "half_width_new": None}
    width = float(student_95(n)) * float(seen.std(ddof=1))
    return {
        "mean": float(seen.mean()),
        "half_width": width / float(np.sqrt(n)),
        "half_width_new": width * float(np.sqrt(1 / n + extra)),
    }


def _verdict(gap: dict[str, float | None], upward: bool) -> bool | None:
    """By the wider interval: of tasks like these, not of these alone. None where it holds 0."""
    mean, half = gap["mean"], gap["half_width_new"]
    if mean is None or half is None or abs(mean) <= half:
        return None
    return (mean > 0) == upward


def _ordered(value: float | None, upward: bool) -> float:
    return (float("-inf") if upward else float("inf")) if value is None else value


def _sentence(
    learned: dict[str, Any], best: dict[str, Any], first: dict[str, Any], counts: dict[str, int | None], splits: int
) -> str:
    what = "classes" if counts["tasks"] is not None and first["metric"] == "accuracy" else "tasks"
    head = (
        f"Over {splits} splits of {counts['tasks']} {what} ({counts['train']} to learn from, {counts['test']} held out)"
    )
    gap = best["difference"]
    if learned["mean"] is None:
        return f"{head} the learned initialization ran away in some: it does not help."
    if gap["mean"] is None:
        return f"{head} every alternative ran away in some split."
    verb = {True: "helps", False: "does not help", None: "does not clearly help"}[best["learned_is_better"]]
    width = gap["half_width_new"]
    plus = "" if width is None else f" ± {width:.2g}"
    return (
        f"{head} the learned initialization {verb}: {first['unit']} {learned['mean']:.3f} against {best['mean']:.3f} of the best "
        f"alternative ({best['title']}), in pairs {gap['mean']:+.3f}{plus}, better in {best['learned_better_in']} of {splits} "
        "splits."
    )
