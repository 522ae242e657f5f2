"""From an experiment to all that training needs; the same assembly serves evaluation, the dry run and a loaded file."""

import os
from pathlib import Path
from typing import Any, NamedTuple

import torch

from core import losses
from core.config import Experiment, problems
from core.draws import at_step
from core.engine import plans
from core.engine.plan import Plan, choose, choose_device
from core.errors import BadExperiment
from core.inner import with_start
from core.methods.registry import METHODS, make
from core.nets import build, flops
from core.partition import resolve
from core.types import DTYPES as DTYPES
from core.types import Loss, Meta, Method, Net, Partition, Recipe, TaskSpec, TaskSplits

from .bounds import refuse_too_large


class Cost(NamedTuple):
    """Of one task in an outer step: floating point operations, and bytes of an unrolled graph."""

    flops: float
    bytes: float


class Assembly(NamedTuple):
    """splits live on the plan's device; `baseline` is plain gradient descent by the same recipe, for the random start;
    cost: of what the network here is given, which settings alone do not say; pictures: what a person is shown where it is
    given cached features in their place; trial: ways that were timed before the plan was chosen."""

    experiment: Experiment
    spec: TaskSpec
    splits: TaskSplits
    net: Net
    partition: Partition
    loss: Loss
    method: Method
    baseline: Method
    plan: Plan
    dtype: torch.dtype
    cost: Cost
    pictures: TaskSplits | None = None
    trial: tuple[dict[str, Any], ...] = ()

    @property
    def shown(self) -> TaskSplits:
        return self.pictures or self.splits

    @property
    def device(self) -> torch.device:
        return torch.device(self.plan.device)


def assemble(
    experiment: Experiment, data_folder: Path, stored_plan: dict[str, Any] | None = None, *, learned: bool = False
) -> Assembly:
    """Build tasks, network and method. learned: for weights that are there already. Raises BadExperiment or MissingData
    with one sentence."""
    refuse_blocked(experiment, but=("network.norm",) if learned else ())  # a pretrained body has its running statistics
    device = choose_device(stored_plan["device"] if stored_plan else experiment.engine.device)
    dtype = DTYPES[experiment.engine.precision]
    from core.tasks import build as build_tasks

    splits = build_tasks(experiment.tasks, data_folder=data_folder, device=device, dtype=dtype)
    spec = splits.spec
    if stored_plan:
        plan, trial = Plan.from_dict(stored_plan), stored_plan.get("trial", ())
    else:
        plan, trial = known_plan(experiment, splits, device, data_folder)
    net = build(experiment.network, spec, **network_options(plan), dtype=dtype)
    for each in (spec, splits.test.spec):
        refuse_too_large(experiment, each, net)
    if spec.padded and getattr(experiment.network, "norm", "none") in ("batch", "support"):
        raise BadExperiment(
            "network.norm: batch statistics cannot leave out padding; choose layer or none for tasks of unequal size"
        )
    return put_together(experiment, spec, splits, net, plan, dtype)._replace(trial=tuple(trial))


def put_together(
    experiment: Experiment, spec: TaskSpec, splits: TaskSplits, net: Net, plan: Plan, dtype: torch.dtype
) -> Assembly:
    """With the methods and the cost that follow from these."""
    method, baseline, partition, loss = methods_for(experiment, spec, net)
    cost = cost_of(experiment, splits.train.spec)
    return Assembly(experiment, spec, splits, net, partition, loss, method, baseline, plan, dtype, cost)


def known_plan(
    experiment: Experiment, splits: TaskSplits, device: torch.device, data_folder: Path
) -> tuple[Plan, list[dict[str, Any]]]:
    """What an earlier trial has found on this machine, else the rule of thumb. Ranks go by the latter: they share no folder."""
    if experiment.engine.trial and "LOCAL_WORLD_SIZE" not in os.environ:
        found = plans.read(plans.path_of(experiment, device, data_folder))
        if found is not None:
            return found
    return plan_for(experiment, splits.train.spec, splits.test.spec, device), []


def network_options(plan: Plan) -> dict[str, bool]:
    """How a network is written for a plan: what is quicker without vmap is taken where there is none."""
    alone = plan.mode == "per-task"
    return {"whole_norm": alone, "channels_last": alone and plan.layout == "channels-last"}


def methods_for(experiment: Experiment, spec: TaskSpec, net: Net) -> tuple[Method, Method, Partition, Loss]:
    """(the method, plain gradient descent by the same recipe, what moves, the loss)."""
    partition = resolve(
        experiment.subset, net, ruled=ruled_frozen(experiment, net), usual=experiment.method.default_adapt
    )
    inner = experiment.inner
    recipe = Recipe(
        inner.steps,
        inner.learning_rate,
        inner.order == "first",
        inner.clip,
        getattr(experiment.tasks, "train_ways", None),
    )
    loss = losses.loss_of(spec.task_type)
    method = make(experiment.method.kind, net, loss, recipe, partition, experiment.method)
    if set(partition.frozen) >= set(net.shapes) and not learns(method):
        raise BadExperiment(
            "subset.freeze: everything is frozen, so nothing can be learned; leave at least one parameter out"
        )
    return method, make("maml", net, loss, recipe, partition, None), partition, loss


def learns(method: Method) -> bool:
    """Is there a meta-parameter that the outer optimizer moves? Methods learn more than the network's weights."""
    return any(method.init(at_step(0, "learns")).learned.values())


def ruled_frozen(experiment: Experiment, net: Net) -> tuple[str, ...]:
    """Names that settings hold fixed: the norm's scale where only the offset is learned; statistics, which are measured; a
    body that comes from pretraining."""
    held = () if getattr(experiment.network, "scale", True) else tuple(n for n in net.norm if n.endswith(".weight"))
    body = (
        tuple(name for name in net.shapes if name not in net.head) if experiment.method.holds_body(experiment) else ()
    )
    return tuple(dict.fromkeys((*held, *net.statistics, *body)))


def asks_for_pretraining(experiment: Experiment) -> bool:
    """Does the method of this experiment begin with a pretrained network?"""
    return experiment.pretrains()


def baseline_start(parts: Assembly, meta: Meta) -> Meta:
    """Where the random start begins (see `fresh_start`)."""
    return fresh_start(parts.experiment, parts.baseline, parts.net, meta)


def fresh_start(experiment: Experiment, baseline: Method, net: Net, meta: Meta) -> Meta:
    """A fresh network; where the method holds a pretrained body, a fresh head over the same body, so that the difference is
    what meta-learning adds and not what pretraining gave (Experiment.random_start)."""
    fresh = baseline.init(at_step(experiment.seed, "random-start"))
    if not (experiment.pretrains() and experiment.method.holds_body(experiment)):
        return fresh
    kept = meta.fixed.get("init", {})
    return with_start(fresh, {name: leaf for name, leaf in kept.items() if name not in net.head})


def refuse_blocked(experiment: Experiment, but: tuple[str, ...] = ()) -> None:
    """Raise the first problem that keeps the experiment from starting, those of the fields `but` left out."""
    for problem in problems(experiment):
        if problem.blocking and problem.field not in but:
            raise BadExperiment(f"{problem.field}: {problem.sentence}")


def plan_for(experiment: Experiment, spec: TaskSpec, judged: TaskSpec, device: torch.device) -> Plan:
    """The rule of thumb. spec: of the training tasks; judged: of the fixed ones, which may be larger (a stream is judged on
    whole tasks)."""
    cost = cost_of(experiment, spec)
    seen, asked = _examples(judged)
    forward = experiment.method.side_by_side() * flops(experiment.network, spec)
    return choose(
        experiment.engine, kind=experiment.network.kind, meta_batch=experiment.outer.meta_batch,
        steps=experiment.inner.steps, task_flops=cost.flops, evaluation_flops=forward * (seen * 3.0 + asked),
        task_bytes=cost.bytes, device=device,
    )  # fmt: skip


def cost_of(experiment: Experiment, spec: TaskSpec) -> Cost:
    """Forward passes of one outer step, a backward counted as two, second order as two more of each."""
    support, query = _examples(spec)
    steps = experiment.inner.steps
    second = experiment.inner.order == "second" and METHODS[experiment.method.kind].second_order
    forward = experiment.method.side_by_side() * flops(experiment.network, spec)
    width = 4 if experiment.engine.precision == "float32" else 8
    return Cost(
        forward * (support * steps * (9 if second else 3) + query * 3.0),
        forward / 100 * width * (support * steps * (4 if second else 1) + query * 2),
    )


def _examples(spec: TaskSpec) -> tuple[int, int]:
    """Of one task's support and query set."""
    per_class = spec.outputs if spec.task_type == "classification" else 1
    return spec.shots * per_class, spec.queries * per_class


def counts(net: Net, partition: Partition, learned: dict[str, dict[str, torch.Tensor]]) -> dict[str, int]:
    """Parameters of the network by answer, and `other`: learned numbers beyond the network."""
    size = {name: int(torch.Size(shape).numel()) for name, shape in net.shapes.items()}
    adapted, frozen = set(partition.adapted), set(partition.frozen)
    return {
        "total": sum(size.values()),
        "adapted": sum(n for name, n in size.items() if name in adapted and name not in frozen),
        "fixed_inside": sum(n for name, n in size.items() if name not in adapted and name not in frozen),
        "frozen": sum(n for name, n in size.items() if name in frozen),
        "other": sum(leaf.numel() for group, named in learned.items() if group != "init" for leaf in named.values()),
    }
