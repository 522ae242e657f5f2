"""Pretraining: the network learns all training classes at once, before the method begins; what it learned is kept as an
initialization of its own and serves every later run with the same data, network and settings of pretraining.

It is the `pooled` method through the same loop, a minibatch being one task without support. Batch norm uses the batch while
training; where the network wants running statistics they are measured afterwards over the training pictures. Without
classes (regression) it is joint training on the tasks themselves.
"""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from core.config import Experiment, parse
from core.errors import BadExperiment, BadFile
from core.nets import build, module_source
from core.storage.files import sha256_of
from core.types import Meta, Net, Tensors

from .assembly import Assembly, asks_for_pretraining, methods_for, put_together
from .checkpoint import load
from .control import Control, StopRequested
from .events import Event, PhaseChanged, Pretrained, Sink, StageStepped, Stepped

if TYPE_CHECKING:
    from core.engine.ranks import Ranks

    from .run import _Run

FORMAT = 1
STAGE = "pretraining the body"
HELD_OUT = 2000  # pictures that the stage is judged on
MOST_MEASURED = 10_000  # pictures that statistics are measured over: their error is a hundredth of the spread
CHUNK = 250


def pretrained(assembly: Assembly, sink: Sink, control: Control, folder: Path, data_folder: Path) -> Tensors:
    """The pretrained body: read where it is stored already, else trained here and stored.

    folder: for the stage's own checkpoints; a stop leaves one, from which the next call goes on. Raises StopRequested,
    and BadExperiment where there are no classes to learn.
    """
    assert asks_for_pretraining(assembly.experiment)
    goal = place_of(assembly, data_folder)
    found = _stored(goal, assembly)
    if found is None:
        found = _train(assembly, sink, control, folder, data_folder, goal)
        shutil.rmtree(folder, ignore_errors=True)
        sink(_told(goal, found[1], reused=False))
    else:
        sink(_told(goal, found[1], reused=True))
    return body_of(assembly.net, found[0])


def body_of(net: Net, weights: Tensors) -> Tensors:
    """What is there of a network's tensors, but the head's."""
    return {name: weights[name] for name in net.shapes if name in weights and name not in net.head}


def place_of(assembly: Assembly, data_folder: Path) -> Path:
    return data_folder / "initializations" / f"pretrained-{key_of(assembly)}.safetensors"


def key_of(assembly: Assembly) -> str:
    """[16 hex digits] of everything that decides the pretrained network."""
    experiment, pool = assembly.experiment, assembly.splits.pool
    settings = {n: v for n, v in experiment.method.model_dump(mode="json").items() if n.startswith("pretraining_")}
    network = experiment.network.model_dump(mode="json", exclude={"head"})
    data = experiment.tasks.model_dump(mode="json") if pool is None else pool.digest()
    seen = [FORMAT, settings, network, data, str(assembly.dtype)]
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:16]


# several ranks


def sent(ranks: "Ranks | None", body: Tensors | None) -> None:
    """What the leader has, or None where it was stopped, to the others."""
    from safetensors.torch import save

    if ranks is not None:
        kept = {name: leaf.cpu().contiguous() for name, leaf in (body or {}).items()}
        ranks.tell({"stopped": body is None}, save(kept))


def received(ranks: "Ranks") -> Tensors:
    """Raises StopRequested where the leader was stopped."""
    from safetensors.torch import load as deserialize

    told, data = ranks.tell(None)
    if told["stopped"]:
        raise StopRequested
    found: Tensors = deserialize(data)
    return found


# training


def _train(
    assembly: Assembly, sink: Sink, control: Control, folder: Path, data_folder: Path, goal: Path
) -> tuple[Tensors, dict[str, Any]]:
    """(weights of the whole network, card of the file that was written)."""
    from .run import _Run

    stage = staged(assembly)
    folder.mkdir(parents=True, exist_ok=True)
    told = _telling(sink, stage.experiment.outer.steps)
    run = _Run(stage, told, control, folder, data_folder, _last(folder, stage.experiment), {}, None)
    try:
        meta = run.stage()
    finally:
        run.tiers.close()
    weights = {**meta.fixed.get("init", {}), **meta.learned["init"]}
    if assembly.net.statistics:
        sink(PhaseChanged("measuring the statistics of the normalization"))
        weights |= statistics_of(stage, weights, control.check)
    return weights, _write(goal, assembly, stage, run, weights)


def staged(assembly: Assembly) -> Assembly:
    """Joint training on all training classes at once, one minibatch an outer step; in regression on the tasks."""
    experiment = _experiment(assembly)
    splits, pool = assembly.splits, assembly.splits.pool
    if pool is not None:
        batch = assembly.experiment.method.pretraining_batch  # type: ignore[union-attr]
        train, held_out = pool.at_once(batch, assembly.spec.source)
        splits = splits._replace(train=train, validation=held_out)
    elif assembly.spec.task_type == "classification":
        raise BadExperiment(
            f"method.pretraining_steps: {experiment.tasks.kind} has no training classes to pretrain on; choose glyphs, omniglot "
            "or miniimagenet, or 0 and network.norm = layer"
        )
    spec = splits.train.spec
    plan = assembly.plan
    if pool is not None:
        plan = replace(plan, mode="per-task", chunk=1, evaluation_chunk=1, walk="unrolled")
    net = build(experiment.network, spec, whole_norm=pool is not None, dtype=assembly.dtype)
    return put_together(experiment, spec, splits, net, plan, assembly.dtype)


def _experiment(assembly: Assembly) -> Experiment:
    """The stage as an experiment of its own: what the loop reads, and what the stored file says of itself."""
    asking, settings = assembly.experiment, assembly.experiment.method.model_dump()
    network = {**asking.network.model_dump(mode="json"), "head": "fixed"}
    if network.get("norm") == "running":
        network["norm"] = "batch"
    classes = assembly.splits.pool is not None
    each, batch = assembly.spec.shots + assembly.spec.queries, settings["pretraining_batch"]
    return parse(
        {
            "name": f"pretrained on {asking.tasks.kind}",
            "seed": settings["pretraining_seed"],
            "tasks": asking.tasks.model_dump(mode="json", exclude_none=True),
            "network": network,
            "method": {"kind": "pooled"},
            "inner": {**asking.inner.model_dump(exclude_none=True), "steps": 0, "evaluation_steps": 0},
            "outer": {
                "steps": settings["pretraining_steps"],
                "optimizer": settings["pretraining_optimizer"],
                "learning_rate": settings["pretraining_learning_rate"],
                "schedule": settings["pretraining_schedule"],
                "weight_decay": settings["pretraining_decay"],
                "meta_batch": 1 if classes else max(1, batch // each),
            },
            "evaluation": {
                "validation_tasks": max(2, HELD_OUT // batch) if classes else asking.evaluation.validation_tasks,
                "validate_every": max(50, settings["pretraining_steps"] // 20),
            },
            "engine": {**asking.engine.model_dump(exclude_none=True), "tier": "eager"},
        }
    )


def _last(folder: Path, experiment: Experiment) -> Path | None:
    """The newest readable checkpoint that an interrupted stage of the same experiment has left."""
    for path in sorted(folder.glob("step-*.safetensors"), reverse=True):
        try:
            if load(path, torch.device("cpu")).card["digest"] == experiment.digest():
                return path
        except BadFile:
            continue
    return None


def _telling(sink: Sink, total: int) -> Sink:
    """Of the stage's events, what concerns the run that it serves."""

    def tell(event: Event) -> None:
        if isinstance(event, Stepped) and len(event.steps):
            sink(StageStepped(STAGE, int(event.steps[-1]), total, float(event.loss[-1])))

    return tell


# statistics


def statistics_of(stage: Assembly, weights: Tensors, check: Callable[[], None]) -> Tensors:
    """Running mean and variance [filters] of every normalization over the training pictures, each layer measured on what
    the layers before it say with theirs: over those pictures, what comes out has mean 0 and variance 1 exactly."""
    settings = stage.experiment.network.model_copy(update={"norm": "running"})
    net = build(settings, stage.spec, dtype=stage.dtype)
    assert net.seen is not None
    fresh = net.init(torch.Generator())
    found = {name: fresh[name].to(stage.device) for name in net.statistics}
    pool = stage.splits.pool
    assert pool is not None
    rows = pool.training_rows(MOST_MEASURED)
    for layer in dict.fromkeys(name.rsplit(".", 1)[0] for name in net.statistics):
        moments = _Moments()
        for some in torch.split(rows, CHUNK):
            check()
            with torch.no_grad():
                moments.add(net.seen({**weights, **found}, pool.at(some))[layer])
        found[f"{layer}.running_mean"] = moments.mean.to(stage.dtype)
        found[f"{layer}.running_var"] = moments.variance.to(stage.dtype)
    return found


class _Moments:
    """Mean and variance by channel of chunks [examples, channels, height, width], added up in float64."""

    def __init__(self) -> None:
        self._count, self._sum, self._squares = 0, torch.zeros(()), torch.zeros(())

    def add(self, x: Tensor) -> None:
        values = x.double().movedim(1, 0).flatten(1)
        self._count += values.shape[1]
        self._sum = self._sum.to(values) + values.sum(1)
        self._squares = self._squares.to(values) + values.square().sum(1)

    @property
    def mean(self) -> Tensor:
        return self._sum / self._count

    @property
    def variance(self) -> Tensor:
        return (self._squares / self._count - self.mean.square()).clamp(min=0)


# the file


def _write(goal: Path, assembly: Assembly, stage: Assembly, run: "_Run", weights: Tensors) -> dict[str, Any]:
    """The whole classifier as an initialization that loads by itself: gives back its card."""
    from core.card import make_card
    from core.deploy import write

    network = stage.experiment.network.model_copy(update={"norm": getattr(assembly.experiment.network, "norm", "none")})
    inner = stage.experiment.inner.model_copy(update={"evaluation_steps": assembly.experiment.inner.evaluation_steps})
    experiment = stage.experiment.model_copy(update={"network": network, "inner": inner})
    net = build(network, stage.spec, dtype=stage.dtype)
    partition = methods_for(experiment, stage.spec, net)[2]
    meta = Meta(
        {"init": {name: weights[name] for name in net.shapes if name not in partition.frozen}},
        {"init": {name: weights[name] for name in partition.frozen}},
        {},
    )
    card = make_card(
        experiment, stage.spec, partition, net.shapes, run="", step=run.best_step,
        module=module_source(network, stage.spec), evaluation=None,
    )  # fmt: skip
    told = {"key": key_of(assembly), "steps": run.step, "loss": run.best_loss, "seconds": run.meter.seconds}
    card["pretraining"] = {**told, "accuracy": run.best_accuracy}
    goal.parent.mkdir(parents=True, exist_ok=True)
    write(goal, meta, net, partition, card)
    return card


def _stored(path: Path, assembly: Assembly) -> tuple[Tensors, dict[str, Any]] | None:
    """(weights, card) of an earlier run's result; None where there is none, or none that can be read."""
    from core.deploy import load as load_file

    if not path.exists():
        return None
    try:
        found = load_file(path)
    except BadFile:
        return None
    weights = {**found.meta.fixed.get("init", {}), **found.meta.learned["init"]}
    shapes = {name: tuple(leaf.shape) for name, leaf in weights.items()}
    if any(shapes.get(name) != shape for name, shape in assembly.net.shapes.items() if name not in assembly.net.head):
        return None
    return {name: leaf.to(assembly.device) for name, leaf in weights.items()}, found.card


def _told(path: Path, card: dict[str, Any], *, reused: bool) -> Pretrained:
    facts = card["pretraining"]
    return Pretrained(
        str(path), sha256_of(path), card["title"], int(facts["steps"]), float(facts["seconds"]), facts["loss"],
        facts["accuracy"], reused,
    )  # fmt: skip
