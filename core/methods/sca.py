"""SCA (Antoniou, Storkey 2019, arXiv 1905.10295): a learned critic goes on adapting where the labels end.

After the support steps the network moves on the *inputs* of the query set, down the value of a critic that sees its
predictions alone; initialization, step sizes by tensor and step, and critic are learned together. Transductive.
"""

from typing import Any

import torch
from torch import Generator, Tensor

from core import losses
from core.errors import BadExperiment
from core.inner import descend, learned_start, plain_init, predict, start_weights
from core.nets.critics import (
    Critic,
    Seen,
    dilated_critic,
    relation_shapes,
    small_critic,
    task_embedding,
    usual_start,
    views_of,
)
from core.outer import one_task
from core.types import (
    Aux,
    Fast,
    Given,
    Loss,
    Meta,
    Method,
    Net,
    Noise,
    Panel,
    Partition,
    Recipe,
    Rollout,
    Task,
    Tensors,
)


def sca(net: Net, loss: Loss, recipe: Recipe, partition: Partition, settings: Any) -> Method:
    """theta_(t+1) = theta_t - eta_t * gradient of the support loss, then of C_W(predictions on the query inputs).

    The gradient of the critic's step is never taken as a constant: W is learned through nothing else.
    """
    supported, total = recipe.steps, recipe.steps + settings.critic_steps
    classes = net.outputs if loss is losses.cross_entropy else 1
    critic = _critic(net, classes, len(partition.adapted), settings)
    still = {*partition.adapted, *partition.frozen}
    norms = tuple(name for name in net.norm if name not in still) if settings.norm_per_step else ()
    start, begin_weights = plain_init(net, partition.frozen), learned_start(net, partition.adapted)

    def init(generator: Generator) -> Meta:
        meta = start(generator)
        weights = start_weights(net, meta)
        dtype = next(iter(weights.values())).dtype
        rate = {name: _rates(weights[name], recipe, settings) for name in partition.adapted}
        learned = {**meta.learned, "critic": usual_start(critic.shapes, generator, dtype)}
        if norms:
            learned["norm"] = {name: weights[name].expand(total, *weights[name].shape).clone() for name in norms}
        if settings.task_embedding:
            learned["relation"] = usual_start(_relation(net, classes), generator, dtype)
        if settings.learn_rates:
            return meta._replace(learned={**learned, "rate": rate})
        return meta._replace(learned=learned, fixed={**meta.fixed, "rate": rate})

    def weights(meta: Meta, fast: Fast) -> Tensors:
        return {**start_weights(net, meta), **fast.get("norm", {}), **fast["weights"]}

    def begin(meta: Meta, given: Given, noise: Noise) -> Fast:
        """Norm rows of step t are those of the network after t steps; those before the first are the start's own."""
        fast = begin_weights(meta, given, noise)
        if norms:
            fast["norm"] = {name: meta.learned["init"][name] for name in norms}
        if settings.task_embedding:
            features = _features(net, start_weights(net, meta), given.support.x)
            found = task_embedding(meta.learned["relation"], features, given.support, classes, settings.activation)
            fast["task"] = {"embedding": found.mean(0) if settings.critic == "small" else found.flatten()}
        return fast

    def step(meta: Meta, fast: Fast, given: Given, noise: Noise, t: int) -> Fast:
        criticised = t >= supported and settings.critic_steps > 0

        def support_loss(moved: Tensors) -> Tensor:
            outputs = net.apply(weights(meta, {**fast, "weights": moved}), given.support.x)
            return loss(outputs, given.support)

        def critic_value(moved: Tensors) -> Tensor:
            return value(meta, {**fast, "weights": moved}, given)

        moved = fast["weights"]
        if not criticised or given.query_x.shape[0]:  # nothing to look at: the critic is silent
            moved = descend(
                critic_value if criticised else support_loss, moved, rates(meta, t), clip=recipe.clip,
                first_order=recipe.first_order and not criticised,
            )  # fmt: skip
        row = min(t, total - 1)
        rows = {name: meta.learned["norm"][name][row] for name in norms}
        return {**fast, "weights": moved, **({"norm": rows} if norms else {})}

    def rates(meta: Meta, t: int) -> dict[str, Tensor | float]:
        """The row of step t; beyond the trained steps the last one. shared: a critic step takes a support step's."""
        named = {**meta.fixed.get("rate", {}), **meta.learned.get("rate", {})}
        row = min(t, total - 1)
        if settings.rate_of_critic == "shared" and t >= supported:
            row = min(t - supported, supported - 1)
        return {name: named[name][0, row] for name in partition.adapted}

    def value(meta: Meta, fast: Fast, given: Given) -> Tensor:
        """C_W: the critic's sum (or mean) over the query inputs, a scalar without bound."""
        outputs = predict(method, meta, fast, given, given.query_x)
        seen = Seen(
            given.query_x.flatten(1)[:, : 0 if classes > 1 else None],
            views_of(outputs, classes=classes > 1),
            _extra(fast, outputs, settings),
            given.query_weight,
        )
        _refuse_other_ways(critic, meta.learned["critic"], net)
        each = critic.value(meta.learned["critic"], seen)
        whole = (each * given.query_weight).sum()
        return whole if settings.reduce == "sum" else whole / given.query_weight.sum().clamp(min=1)

    def terms(meta: Meta, fast: Fast, task: Task, noise: Noise, t: int, progress: Tensor) -> tuple[Tensor, Aux]:
        """v0 * loss before the critic + v1 * loss after it; the labels of the query set count here alone."""
        found, aux = losses.measure(loss, predict(method, meta, fast, task.given, task.query.x), task.query)
        if total == supported:
            return found, aux
        after = _share_after(progress, settings) if settings.outer_loss == "both" else 1.0
        return (after * found, aux) if t == total else ((1 - after) * found, {"loss_before_critic": aux["query_loss"]})

    def begin_task(meta: Meta, task: Task, noise: Noise) -> Fast:
        return begin(meta, task.given, noise)

    def panels(meta: Meta, tasks: Task, noise: Noise) -> tuple[Panel, ...]:
        before, after, values = [], [], []
        for i in range(len(tasks.support.x)):
            task: Task = one_task(tasks, i)
            fast = begin(meta, task.given, noise)
            for t in range(total):
                if t == supported:
                    before.append(loss(predict(method, meta, fast, task.given, task.query.x), task.query))
                    values.append(value(meta, fast, task.given))
                fast = step(meta, fast, task.given, noise, t)
            after.append(loss(predict(method, meta, fast, task.given, task.query.x), task.query))
        return _panels(before, after, values, {name: rates(meta, supported)[name] for name in partition.adapted})

    at = (supported, total) if settings.outer_loss == "both" and total > supported else (total,)
    method = Method(net, init, begin, step, weights, Rollout(total, at, begin_task, terms), panels=panels)
    return method if total > supported else method._replace(panels=lambda meta, tasks, noise: ())


def _rates(weight: Tensor, recipe: Recipe, settings: Any) -> Tensor:
    """Step sizes of one tensor, one a step [1, support steps + critic steps, 1, ...]; the first axis keeps them whole where a
    head of fewer classes takes the first rows of its tensors."""
    last = recipe.rate if settings.critic_rate is None else settings.critic_rate
    values = [recipe.rate] * recipe.steps + [last] * settings.critic_steps
    return torch.tensor(values, dtype=weight.dtype).reshape(1, -1, *[1] * weight.ndim)


def _share_after(progress: Tensor, settings: Any) -> Tensor:
    """v1 = 0.5 + 0.5 (e + 1) / E of the released code, between its epochs as well; v0 = 1 - v1."""
    share: Tensor = 0.5 + 0.5 * (progress + 1 / settings.epochs).clamp(max=1)
    return share


def _critic(net: Net, classes: int, tensors: int, settings: Any) -> Critic:
    views, inputs = (4, 0) if classes > 1 else (3, int(torch.Size(net.input_shape).numel()))
    extra = 2 * tensors if settings.parameters else 0
    if settings.critic == "small":
        return small_critic(views, inputs + extra + 32 * settings.task_embedding, activation=settings.activation)
    width = inputs + views * net.outputs + extra + 32 * classes * settings.task_embedding
    return dilated_critic(width, norm=settings.critic_norm == "batch", activation=settings.activation)


def _relation(net: Net, classes: int) -> dict[str, tuple[int, ...]]:
    return relation_shapes(net.feature_size, 1 if classes > 1 else net.outputs)


def _features(net: Net, weights: Tensors, x: Tensor) -> Tensor:
    assert net.features is not None
    return net.features(weights, x)


def _extra(fast: Fast, outputs: Tensor, settings: Any) -> Tensor:
    """[extra]: the task's embedding, and mean and mean square of every adapted tensor."""
    parts = [outputs.new_zeros(0)]
    if settings.task_embedding:
        parts.append(fast["task"]["embedding"])
    if settings.parameters:
        parts.extend(torch.stack([leaf.mean(), leaf.square().mean()]) for leaf in fast["weights"].values())
    return torch.cat(parts) if len(parts) > 1 else parts[0]


def _refuse_other_ways(critic: Critic, weights: Tensors, net: Net) -> None:
    """The dilated critic reads as many class scores as it was learned for."""
    if any(weights[name].shape != torch.Size(shape) for name, shape in critic.shapes.items()):
        raise BadExperiment(
            f"this critic cannot read {net.outputs} class scores, it was learned for another number of ways; give that "
            "many classes, or learn one with method.critic = 'small'"
        )


def _panels(
    before: list[Tensor], after: list[Tensor], values: list[Tensor], rates: dict[str, Any]
) -> tuple[Panel, ...]:
    """Loss of every task before and after the critic, the critic's value, and its learned step sizes."""
    names = tuple(f"task {i + 1}" for i in range(len(before)))
    return (
        Panel(
            "bars", "What the critic brought", "Query loss before its steps less that after them, task by task. Below 0 it "
            f"made the task worse. Mean loss {torch.stack(before).mean():.3g} before, {torch.stack(after).mean():.3g} after.",
            torch.stack(before) - torch.stack(after), names,
        ),
        Panel(
            "bars", "The critic's value before its step", "Adaptation goes down this number, which has no unit and may be "
            "negative.", torch.stack(values), names,
        ),
        Panel(
            "bars", "Learned size of the critic's step", "By tensor; 0 would be no critic.",
            torch.stack([rate.mean() for rate in rates.values()]), tuple(rates),
        ),
    )  # fmt: skip
