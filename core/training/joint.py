"""One network trained on all training tasks together: the start that joint training gives, kept for the next evaluation.

Rows: on the tasks' own rows. Pictures: on all training classes at once, with a head that is then replaced by a fresh one. The
same network and outer optimizer as the run; the steps are the run's, but no more than MOST_STEPS.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core import __version__
from core.config import Experiment, parse
from core.draws import at_step
from core.inner import with_start
from core.nets import build
from core.storage.files import atomic_write
from core.types import Meta, Tensors

from .assembly import Assembly, asks_for_pretraining, baseline_start, put_together
from .control import Control
from .events import ignore

FORMAT = 1
LEAST_STEPS, MOST_STEPS = 200, 2000
PICTURES = 64
"""Of one minibatch."""


def joint_start(parts: Assembly, check: Callable[[], None], data_folder: Path) -> Meta | None:
    """Where fine-tuning begins; read where an earlier evaluation has left it. None where the random start already stands on a
    body that was trained on all training classes, or where the method itself is joint training."""
    experiment = parts.experiment
    if experiment.method.kind == "pooled" or asks_for_pretraining(experiment) or parts.splits.stream is not None:
        return None
    stage = _staged(parts)
    place = data_folder / "cache" / f"joint-{_key(stage)}.safetensors"
    weights = _stored(place, stage)
    if weights is None:
        weights = _trained(stage, check, data_folder)
        _keep(place, weights)
    fresh = baseline_start(parts, Meta({}, {}, {}))
    other_head = parts.splits.pool is not None or parts.net.shared_head
    heads = set(parts.net.head) if other_head else set()
    return with_start(fresh, {name: leaf for name, leaf in weights.items() if name not in heads})


def _staged(parts: Assembly) -> Assembly:
    experiment, splits, pool = _experiment(parts), parts.splits, parts.splits.pool
    plan = replace(parts.plan, walk="unrolled")
    if pool is not None:
        train, held_out = pool.at_once(PICTURES, parts.spec.source)
        splits = splits._replace(train=train, validation=held_out)
        plan = replace(plan, mode="per-task", chunk=1, evaluation_chunk=1)
    spec = splits.train.spec
    net = build(experiment.network, spec, whole_norm=pool is not None, dtype=parts.dtype)
    return put_together(experiment, spec, splits, net, plan, parts.dtype)


def _experiment(parts: Assembly) -> Experiment:
    """Joint training by the run's own outer loop; pictures and rows are judged as they are trained, without adaptation."""
    asking, pool = parts.experiment, parts.splits.pool
    steps = min(max(asking.outer.steps, LEAST_STEPS), MOST_STEPS)
    outer = asking.outer.model_dump(exclude_none=True, exclude={"minutes"})
    kept = {"steps": steps, "meta_batch": 1} if pool is not None else {"steps": steps}
    once = asking.validate_every() >= asking.outer.steps
    after = 0 if pool is not None else asking.best_after()
    inner = asking.inner.model_dump(exclude_none=True)
    return parse(
        {
            "seed": asking.seed,
            "tasks": asking.tasks.model_dump(mode="json", exclude_none=True),
            "network": {**asking.network.model_dump(mode="json"), "head": "fixed", **_norm(asking, pool is not None)},
            "method": {"kind": "pooled"},
            "subset": asking.subset.model_dump(mode="json", exclude_none=True),
            "inner": {**inner, "evaluation_steps": after},
            "outer": {**outer, **kept},
            "evaluation": {
                "validation_tasks": 20 if pool is not None else asking.evaluation.validation_tasks,
                "validate_every": steps if once else max(1, steps // 10),
                "checkpoint_every": steps,
            },
            "engine": {**asking.engine.model_dump(exclude_none=True), "tier": "eager"},
        }
    )


def _norm(asking: Experiment, at_once: bool) -> dict[str, str]:
    """All training classes at once have no support set to take statistics of: the minibatch gives them, as it does in training.
    The parameters are the same."""
    return {"norm": "batch"} if at_once and getattr(asking.network, "norm", "none") == "support" else {}


def _key(stage: Assembly) -> str:
    """[16 hex digits] of everything that decides the weights."""
    settings = stage.experiment.model_dump(mode="json", exclude={"name": True, "engine": True})
    seen = hashlib.sha256(json.dumps([FORMAT, __version__, settings, str(stage.dtype)], sort_keys=True).encode())
    if stage.splits.pool is not None:
        seen.update(stage.splits.pool.digest().encode())
    if stage.splits.rows is not None:
        for part in (stage.splits.rows.x, stage.splits.rows.y, stage.splits.rows.task):
            seen.update(np.ascontiguousarray(part).data)
    return seen.hexdigest()[:16]


def _trained(stage: Assembly, check: Callable[[], None], data_folder: Path) -> Tensors:
    """Raises what check raises; nothing is kept of a training that was stopped."""
    from .run import _Run

    data_folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="headstart-joint-") as folder:
        run = _Run(stage, ignore, _Checked(check), Path(folder), data_folder, None, {}, None)
        try:
            meta = run.stage()
        finally:
            run.tiers.close()
    found: Tensors = {**meta.fixed.get("init", {}), **meta.learned["init"]}
    return found


class _Checked(Control):
    """The run's own control, asked through its check: a pause waits there, a stop flies out of it."""

    def __init__(self, check: Callable[[], None]) -> None:
        super().__init__()
        self._check = check

    def check(self) -> None:
        self._check()


def _keep(place: Path, weights: Tensors) -> None:
    from safetensors.torch import save

    place.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(place, save({name: leaf.detach().cpu().contiguous() for name, leaf in weights.items()}))


def _stored(place: Path, stage: Assembly) -> Tensors | None:
    """None where there is none, or none that fits."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        found: dict[str, Any] = load(place.read_bytes())
    except (OSError, SafetensorError, ValueError):
        return None
    wanted = stage.method.init(at_step(0, "shapes")).learned["init"]
    fits = found.keys() >= wanted.keys() and all(found[n].shape == leaf.shape for n, leaf in wanted.items())
    finite = fits and all(bool(torch.isfinite(leaf).all()) for leaf in found.values())
    return {name: leaf.to(stage.device, stage.dtype) for name, leaf in found.items()} if finite else None
