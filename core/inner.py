"""The inner loop: gradient steps on fast weights, and the builder that most methods are made with."""

from collections.abc import Callable

from torch import Tensor

from core import losses, tree
from core.func import grad
from core.types import (
    Aux,
    Batch,
    Fast,
    Given,
    Groups,
    Loss,
    Meta,
    Method,
    Net,
    Noise,
    Objective,
    Recipe,
    Rollout,
    Task,
    Tensors,
    keep,
    no_noise,
)

Rates = Callable[[Meta, Fast, Noise, int], dict[str, Tensor | float]]


def descend(
    loss: Callable[[Tensors], Tensor],
    weights: Tensors,
    rates: dict[str, Tensor | float],
    *,
    clip: float | None = None,
    first_order: bool = False,
) -> Tensors:
    """weights - rate * gradient, name by name. Rates broadcast: masks and learned step sizes are the same thing.

    first_order detaches the gradient alone, never the rate in front of it.
    """
    gradient = grad(loss)(weights)
    if first_order:
        gradient = tree.detach(gradient)
    if clip is not None:
        gradient = {name: leaf.clamp(-clip, clip) for name, leaf in gradient.items()}
    return {name: leaf - rates[name] * gradient[name] for name, leaf in weights.items()}


def predict(method: Method, meta: Meta, fast: Fast, given: Given, x: Tensor) -> Tensor:
    """Outputs of the adapted network for x, under its normalization policy. The same line for every method."""
    weights = method.weights(meta, fast)
    if method.net.moments is not None:
        weights = {**weights, **method.net.moments(weights, given.support.x)}
    return method.net.apply(weights, x)


def rollout(method: Method, meta: Meta, given: Given, noise: Noise, steps: int) -> Fast:
    """begin, then `steps` times step."""
    fast = method.begin(meta, given, noise)
    for t in range(steps):
        fast = method.step(meta, fast, given, noise, t)
    return fast


def plain_init(net: Net, frozen: tuple[str, ...]) -> Callable[..., Meta]:
    """Meta-parameters of a network alone: frozen names in `fixed`, the others in `learned`."""

    def init(generator: "object") -> Meta:
        weights = net.init(generator)  # type: ignore[arg-type]
        kept = tree.select(weights, frozen)
        return Meta({"init": tree.without(weights, frozen)}, {"init": kept} if kept else {}, {})

    return init


def with_start(meta: Meta, start: Tensors) -> Meta:
    """The same meta-parameters, but the network's tensors named in `start` begin there, learned or fixed. Tensors are
    copied: the optimizer moves learned ones in place."""

    def begun(groups: Groups) -> Groups:
        named = groups.get("init", {})
        moved = {name: start[name].detach().clone().to(leaf) for name, leaf in named.items() if name in start}
        return {**groups, "init": {**named, **moved}} if moved else groups

    return meta._replace(learned=begun(meta.learned), fixed=begun(meta.fixed))


def present_weights(net: Net, meta: Meta) -> Tensors:
    """What there is of the network before a task: all of it, or the body alone where the method makes the head."""
    there = {**meta.fixed.get("init", {}), **meta.learned.get("init", {})}
    return net.expand(there) if set(net.head) <= there.keys() else there


def start_weights(net: Net, meta: Meta) -> Tensors:
    """The whole network as it stands before a task: learned over fixed, a shared head's row copied to every class."""
    return net.expand({**meta.fixed.get("init", {}), **meta.learned["init"]})


def learned_start(net: Net, adapted: tuple[str, ...]) -> Callable[[Meta, Given, Noise], Fast]:
    """Fast weights begin at their learned (or fixed) values."""

    def begin(meta: Meta, given: Given, noise: Noise) -> Fast:
        return {"weights": tree.select(start_weights(net, meta), adapted)}

    return begin


def merged(net: Net) -> Callable[[Meta, Fast], Tensors]:
    """Plain network weights: fast over learned over fixed."""

    def weights(meta: Meta, fast: Fast) -> Tensors:
        return {**start_weights(net, meta), **fast["weights"]}

    return weights


def constant_rates(rate: float) -> Rates:
    def rates(meta: Meta, fast: Fast, noise: Noise, t: int) -> dict[str, Tensor | float]:
        return dict.fromkeys(fast["weights"], rate)

    return rates


def gradient_method(
    net: Net,
    loss: Loss,
    recipe: Recipe,
    *,
    init: Callable[..., Meta],
    begin: Callable[[Meta, Given, Noise], Fast],
    rates: Rates | None = None,
    weights: Callable[[Meta, Fast], Tensors] | None = None,
    noise: Callable[..., Noise] = no_noise,
    objective: Rollout | Objective | None = None,
    advance: Callable[[Meta, Meta, Aux, Tensor], Meta] = keep,
) -> Method:
    """A method whose adaptation is gradient descent on fast["weights"]; its default outer loss is the query loss."""
    plain = weights or merged(net)
    step_sizes = rates or constant_rates(recipe.rate)

    def step(meta: Meta, fast: Fast, given: Given, noise: Noise, t: int) -> Fast:
        def support_loss(moved: Tensors) -> Tensor:
            outputs = net.apply(plain(meta, {**fast, "weights": moved}), given.support.x)
            return loss(outputs, given.support)

        rate = step_sizes(meta, fast, noise, t)
        moved = descend(support_loss, fast["weights"], rate, clip=recipe.clip, first_order=recipe.first_order)
        return {**fast, "weights": moved}

    def nothing(meta: Meta, task: Task, noise: Noise, progress: Tensor) -> tuple[Tensor, Aux]:
        raise NotImplementedError

    method = Method(net, init, begin, step, plain, objective or nothing, noise, advance)
    return method if objective else method._replace(objective=query_rollout(method, loss, recipe.steps))


def query_rollout(method: Method, loss: Loss, steps: int) -> Rollout:
    """MAML's outer loss: the query loss after the last step."""

    def start(meta: Meta, task: Task, noise: Noise) -> Fast:
        return method.begin(meta, task.given, noise)

    def terms(meta: Meta, fast: Fast, task: Task, noise: Noise, t: int, progress: Tensor) -> tuple[Tensor, Aux]:
        return losses.measure(loss, predict(method, meta, fast, task.given, task.query.x), task.query)

    return Rollout(steps, (steps,), start, terms)


def joined(task: Task) -> Batch:
    """Support and query as one batch (joint training sees no difference)."""
    import torch

    return Batch(*(torch.cat([s, q]) for s, q in zip(task.support, task.query, strict=True)))
