"""EM mixture of initializations (after Jerfel et al. 2019, arXiv 1812.06080): K starts, each task is shared out among them.

No published method: a reference of our own (no official code was found). Component k adapts theta_k to the support set; its
responsibility is r_k = softmax_k((log pi_k - scale * n * loss_k) / temperature), and the outer loss is
sum_k stop(r_k) * query loss_k. With one component it is MAML.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor
from torch.utils._pytree import tree_map

from core import losses, tree
from core.func import vmap
from core.inner import plain_init, predict, rollout
from core.methods.maml import maml
from core.nets.free import is_free
from core.panels import by_mode
from core.types import (
    Aux,
    Batch,
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

from .mixture_growth import far_from_prior, grown, newcomer

NO_MASS = 1e-3
CLOSER = 0.1  # how far from its donor a revived component stays, as a share of what lay between them


def mixture(net: Net, loss: Loss, recipe: Recipe, partition: Partition, settings: Any) -> Method:
    """assignment "soft": all K adapt, r is a constant of the outer gradient (EM). "hard": the component of the largest r
    alone adapts and learns; scoring builds no graph, so memory is MAML's. grow: `components` is the most there can be."""
    count, hard = settings.components, settings.assignment == "hard"
    names = component_groups(count)
    base, plain, over = maml(net, loss, recipe, partition), plain_init(net, partition.frozen), _over(net)
    score = "auto" if settings.score == "query-train-only" else settings.score
    scored, scale = _scorer(base, loss, recipe.steps, score), _scale(loss, settings.deviation)
    together = not hard and settings.prediction == "weighted"

    def init(generator: Generator) -> Meta:
        """Independent starts, or one and others near it: equal ones would stay equal. Frozen tensors are common to all."""
        meta = plain(generator)
        first = meta.learned["init"]
        others = [_near(first, generator) if settings.nearby else plain(generator).learned["init"] for _ in names[1:]]
        like = next(iter(first.values()))
        alive = like.new_tensor([1.0, *[0.0 if settings.grow else 1.0] * (count - 1)])
        running = {"count": like.new_ones(count) * alive, "alive": alive, "idle": like.new_zeros(count)}
        state = {"mixture": running, **(newcomer(first, count) if settings.grow else {})}
        return Meta(dict(zip(names, [first, *others], strict=True)), meta.fixed, state)

    def evidence(meta: Meta, given: Given) -> Tensor:
        """log pi_k - scale * n * loss_k without a graph: [components], or one more for a new component where it grows."""
        log_prior = _log_prior(meta, settings)
        if count == 1 and not settings.grow:
            return log_prior
        fit = fits(meta, lambda one: scored(one, given))
        return (log_prior - scale * given.support.weight.sum() * fit).detach()

    def evidence_of_query(meta: Meta, task: Task) -> Tensor:
        """The same by the loss on the query set after adapting to the whole support set: while training alone."""
        fit = fits(meta, lambda one: loss(predict(base, one, rolled(one, task), task.given, task.query.x), task.query))
        return (_log_prior(meta, settings) - scale * task.query.weight.sum() * fit).detach()

    def rolled(one: Meta, task: Task) -> Fast:
        return rollout(base, one, task.given, {}, recipe.steps)

    def fits(meta: Meta, judge: Callable[[Meta], Tensor]) -> Tensor:
        """A loss for each component [components], and behind them the global prior's where it grows; without a graph."""
        columns = tree.detach(_stacked(meta, names, with_prior=settings.grow))
        with torch.no_grad():
            found: Tensor = over(lambda one: judge(_only(meta, one)), columns)
        return found

    def chosen(meta: Meta, fast: Fast) -> Meta:
        return _only(meta, _pick(_stacked(meta, names), fast["mixture"]["evidence"][:count]))

    def begin(meta: Meta, given: Given, noise: Noise) -> Fast:
        return begun(meta, given, noise, evidence(meta, given))

    def begun(meta: Meta, given: Given, noise: Noise, log_weight: Tensor) -> Fast:
        found = {"mixture": {"evidence": log_weight}}
        if hard:
            return {**base.begin(chosen(meta, found), given, noise), **found}
        starts = over(lambda one: base.begin(_only(meta, one), given, noise)["weights"], _stacked(meta, names))
        return {"weights": starts, **found}

    def step(meta: Meta, fast: Fast, given: Given, noise: Noise, t: int) -> Fast:
        if hard:
            return {**fast, **base.step(chosen(meta, fast), {"weights": fast["weights"]}, given, noise, t)}

        def moved(one: Tensors, weights: Tensors) -> Tensors:
            return base.step(_only(meta, one), {"weights": weights}, given, noise, t)["weights"]

        return {**fast, "weights": over(moved, _stacked(meta, names), fast["weights"])}

    def weights(meta: Meta, fast: Fast) -> Tensors:
        if hard:
            return base.weights(chosen(meta, fast), fast)

        def whole(one: Tensors, moved: Tensors) -> Tensors:
            return base.weights(_only(meta, one), {"weights": moved})

        all_of_them = over(whole, _stacked(meta, names), fast["weights"])
        found = fast["mixture"]["evidence"][:count]
        if not together:
            return _pick(all_of_them, found)
        return {**all_of_them, "share": shares(found, settings.temperature, hard)}

    def terms(meta: Meta, fast: Fast, task: Task, noise: Noise, t: int, progress: Tensor) -> tuple[Tensor, Aux]:
        """Responsibilities are constants (EM): else a component would be rewarded for a support set that scores well."""
        heat, all_evidence = _temperature(settings, progress), fast["mixture"]["evidence"]
        share = shares(all_evidence[:count], heat, hard)
        aux = {"share": share}
        if settings.grow:
            aux["new"] = shares(all_evidence, heat, hard)[count]
        if hard:
            found = predict(base, chosen(meta, fast), fast, task.given, task.query.x)
            value, measured = losses.measure(loss, found, task.query)
            pull = far_from_prior(meta, names) * settings.prior_weight / 2 if settings.grow else 0.0
            return value + pull, {**measured, **aux, "component_loss": share * measured["query_loss"]}

        def judged(one: Tensors, moved: Tensors) -> tuple[Tensor, Aux]:
            found = predict(base, _only(meta, one), {"weights": moved}, task.given, task.query.x)
            return losses.measure(loss, found, task.query)

        values, measured = over(judged, _stacked(meta, names), fast["weights"])
        mean = {name: (share * value).sum() for name, value in measured.items()}
        pull = far_from_prior(meta, names) * settings.prior_weight / 2 if settings.grow else 0.0
        return (share * values).sum() + pull, {**mean, **aux, "component_loss": share * measured["query_loss"]}

    def start(meta: Meta, task: Task, noise: Noise) -> Fast:
        by_query = settings.score == "query-train-only" and (count > 1 or settings.grow)
        found = evidence_of_query(meta, task) if by_query else evidence(meta, task.given)
        return begun(meta, task.given, noise, found)

    def advance(before: Meta, after: Meta, aux: Aux, progress: Tensor) -> Meta:
        """Counts; a component that got no mass stays where it was, whatever its momentum says; one without mass for long
        is put beside the one that serves its tasks worst; a new one is born."""
        running, mass = before.state["mixture"], aux["share"].sum(0)
        still = mass < NO_MASS
        idle = torch.where(still, running["idle"] + 1, 0)
        held = [
            {
                name: torch.where(still[k], before.learned[group][name], leaf)
                for name, leaf in after.learned[group].items()
            }
            for k, group in enumerate(names)
        ]
        if settings.revive_after:
            loss_of = aux["component_loss"].sum(0) / mass.clamp(min=NO_MASS)
            worst = torch.where(still, -1.0, loss_of).argmax()
            late = (idle >= settings.revive_after) & (running["alive"] > 0.5)
            held, idle = _revived(held, late, worst), torch.where(late, 0, idle)
        state = {"count": settings.decay * running["count"] + mass, "alive": running["alive"], "idle": idle}
        meta = after._replace(
            learned=dict(zip(names, held, strict=True)), state={**before.state, "mixture": {**running, **state}}
        )
        return grown(meta, names, aux, settings) if settings.grow else meta

    def living(meta: Meta) -> tuple[Tensors, ...]:
        alive = meta.state["mixture"]["alive"].tolist()
        fixed = meta.fixed.get("init", {})
        return tuple({**fixed, **meta.learned[group]} for group, lives in zip(names, alive, strict=True) if lives > 0.5)

    def largest(meta: Meta) -> Tensors:
        return living(meta)[int(meta.state["mixture"]["count"].argmax())]

    def alone(found: Tensors) -> Tensors:
        return _pick(tree.without(found, ["share"]), found["share"]) if together else found

    def panels(meta: Meta, tasks: Task, noise: Noise) -> tuple[Panel, ...]:
        found = [
            shares(evidence(meta, tree_map(lambda leaf, i=i: leaf[i], tasks.given))[:count], settings.temperature, hard)
            for i in range(len(tasks.support.x))
        ]
        return _panels(meta, torch.stack(found), tasks.about.get("mode"))

    shown = _ensemble(net, over, classes=loss is losses.cross_entropy) if together else net
    walk = Rollout(recipe.steps, (recipe.steps,), start, terms)
    return Method(
        shown, init, begin, step, weights, walk, advance=advance, panels=panels, plain=largest, components=living, alone=alone
    )  # fmt: skip


def component_groups(count: int) -> tuple[str, ...]:
    """Where the components lie: the first in "init" like any network, the others in groups of their own."""
    return ("init", *(f"component-{k}" for k in range(2, count + 1)))


def begun_together(meta: Meta, generator: Generator) -> Meta:
    """All components of a mixture where the first one is, those behind it a hundredth of noise apart (equal ones would stay
    equal), and the growing one's common start there too. Anything else comes back as it is."""
    others = [group for group in meta.learned if group.startswith("component-")]
    if not others:
        return meta
    first = meta.learned["init"]
    learned = {**meta.learned, **{group: _near(first, generator) for group in others}}
    common = {"prior": {name: leaf.clone() for name, leaf in first.items()}} if "prior" in meta.state else {}
    return meta._replace(learned=learned, state={**meta.state, **common})


def shares(evidence: Tensor, temperature: Tensor | float, hard: bool) -> Tensor:
    """Responsibilities [components], constants for every gradient; hard: 1 for the largest evidence."""
    if hard:
        return torch.nn.functional.one_hot(evidence.argmax(), len(evidence)).to(evidence.dtype)
    return (evidence / temperature).softmax(0).detach()


def _temperature(settings: Any, progress: Tensor) -> Tensor:
    """From its start to its end, linearly over the first share `anneal` of the run."""
    left = (1 - progress / settings.anneal).clamp(min=0) if settings.anneal else torch.zeros_like(progress)
    heat: Tensor = settings.temperature + (settings.start_temperature - settings.temperature) * left
    return heat


def _log_prior(meta: Meta, settings: Any) -> Tensor:
    """log pi up to a constant, -inf for components that are not born; where it grows, log zeta of a new one behind them."""
    running = meta.state["mixture"]
    log = torch.zeros_like(running["count"])
    if settings.prior == "counts":
        log = running["count"].clamp(min=1).log() if settings.grow else (running["count"] + 1).log()
    log = torch.where(running["alive"] > 0.5, log, -torch.inf)
    return torch.cat([log, log.new_full((1,), settings.concentration).log()]) if settings.grow else log


def _scale(loss: Loss, deviation: float) -> float:
    """A mean loss times n times this is a negative log-likelihood (up to a constant)."""
    return 1.0 if loss is losses.cross_entropy else 1 / (2 * deviation**2)


# components


def _over(net: Net) -> Callable[..., Any]:
    """Once per component: in one pass for networks on numbers, in a loop for pictures, where a convolution stays whole and
    the one-piece batch norm (whose second derivative is wrong under vmap) may stand."""
    return _looped if len(net.input_shape) == 3 else lambda function, *mapped: vmap(function)(*mapped)


def _looped(function: Callable[..., Any], *mapped: Any) -> Any:
    length = len(next(iter(mapped[0].values())))
    found = [function(*(tree_map(lambda leaf, k=k: leaf[k], each) for each in mapped)) for k in range(length)]
    return tree_map(lambda *leaves: torch.stack(leaves), *found)


def _stacked(meta: Meta, groups: tuple[str, ...], *, with_prior: bool = False) -> Tensors:
    """All components' learned tensors, [components, ...]; behind them the global prior."""
    parts = [meta.learned[group] for group in groups] + ([meta.state["prior"]] if with_prior else [])
    return {name: torch.stack([part[name] for part in parts]) for name in parts[0]}


def _only(meta: Meta, component: Tensors) -> Meta:
    """The meta-parameters as MAML has them: one initialization."""
    return Meta({"init": component}, meta.fixed, {})


def _pick(stacked: Tensors, by: Tensor) -> Tensors:
    """The component of the largest entry of `by` [components]."""
    index = by.argmax()[None]
    return {name: leaf.index_select(0, index)[0] for name, leaf in stacked.items()}


def _near(first: Tensors, generator: Generator) -> Tensors:
    """The first component plus noise of a hundredth of each tensor's root mean square."""
    return {
        name: leaf + 0.01 * leaf.square().mean().sqrt() * torch.randn(leaf.shape, generator=generator, dtype=leaf.dtype)
        for name, leaf in first.items()
    }


def _revived(held: list[Tensors], late: Tensor, donor: Tensor) -> list[Tensors]:
    """Late components beside the donor, on the side where they lay: near, but not equal."""
    stacked = {name: torch.stack([each[name] for each in held]) for name in held[0]}
    source = {name: leaf.index_select(0, donor[None])[0] for name, leaf in stacked.items()}
    return [
        {name: torch.where(late[k], source[name] + CLOSER * (leaf - source[name]), leaf) for name, leaf in each.items()}
        for k, each in enumerate(held)
    ]


# scoring


def _scorer(base: Method, loss: Loss, steps: int, score: str) -> Callable[[Meta, Given], Tensor]:
    """(one component, what a task gives) -> mean support loss by which it is judged. Never the query set."""

    def along(meta: Meta, given: Given, judge: Batch) -> list[Tensor]:
        """Loss on `judge` after 0..steps steps on the support set."""
        fast, found = base.begin(meta, given, {}), []
        for t in range(steps + 1):
            found.append(loss(predict(base, meta, fast, given, judge.x), judge))
            fast = base.step(meta, fast, given, {}, t) if t < steps else fast
        return found

    def split(meta: Meta, given: Given) -> Tensor:
        one, other = (_half(given.support, at) for at in (0, 1))
        halves = [along(meta, given._replace(support=a), b)[-1] for a, b in ((one, other), (other, one))]
        return torch.stack(halves).mean()

    def mean_path(meta: Meta, given: Given) -> Tensor:
        return torch.stack(along(meta, given, given.support)).mean()

    def scored(meta: Meta, given: Given) -> Tensor:
        if score == "pre":
            return loss(predict(base, meta, base.begin(meta, given, {}), given, given.support.x), given.support)
        if score == "post":
            return along(meta, given, given.support)[-1]
        if score != "auto":
            return split(meta, given) if score == "split" else mean_path(meta, given)
        examples, least = given.support.x.shape[0], _least_to_split(base.net, given.support)
        if is_free(examples):  # a program that is being exported has both ways in it (core.export)
            return torch.where(given.support.weight.sum() >= least, split(meta, given), mean_path(meta, given))
        return split(meta, given) if examples >= least else mean_path(meta, given)

    return scored


def _half(support: Batch, first: int) -> Batch:
    """Every second example. In a program with a free number of examples each twice, and never none: no mean of a loss and no
    statistic of a normalization changes by that, and sizes of 0 and 1, which a symbolic trace would rule out, do not occur."""
    examples = support.x.shape[0]
    if not is_free(examples):
        return Batch(*(leaf[first::2] for leaf in support))
    size = torch.sym_max((examples + 1 - first) // 2, 1)  # type: ignore[no-untyped-call]
    twice = torch.arange(2 * size).div(2, rounding_mode="floor")
    rows = torch.minimum(2 * twice + first, torch.scalar_tensor(examples - 1, dtype=torch.int64))
    return Batch(*(leaf[rows] for leaf in support))


def _least_to_split(net: Net, support: Batch) -> int:
    """Examples from which on halves can hold every class (or two points) each; below, the whole adaptation curve judges."""
    return 4 if support.y.is_floating_point() else 2 * net.outputs


# prediction and panels


def _ensemble(net: Net, over: Callable[..., Any], *, classes: bool) -> Net:
    """The share-weighted mean of a network over its stacked weights: of outputs, or of probabilities (given as their log)."""

    def apply(weights: Tensors, x: Tensor) -> Tensor:
        share = weights["share"]
        found: Tensor = over(lambda one: net.apply(one, x), tree.without(weights, ["share"]))
        log_share = share.log()[:, None, None]
        mixed: Tensor = (
            (log_share + found.log_softmax(-1)).logsumexp(0) if classes else torch.tensordot(share, found, 1)
        )
        return mixed

    def moments(weights: Tensors, x: Tensor) -> Tensors:
        assert net.moments is not None
        of_one = net.moments
        found: Tensors = over(lambda one: of_one(one, x), tree.without(weights, ["share"]))
        return found

    return net._replace(apply=apply, moments=moments if net.moments else None, features=None, readout=None)


def _panels(meta: Meta, found: Tensor, mode: Tensor | None) -> tuple[Panel, ...]:
    """Tasks are ordered by mode, so that a component that serves one shows as a block."""
    tasks, count = found.shape
    columns = tuple(f"component {k + 1}" for k in range(count))
    order = list(range(tasks)) if mode is None else torch.argsort(mode, stable=True).tolist()
    labels = by_mode(mode, tasks)
    rows = tuple(labels[i] if mode is None else f"{labels[i]}, task {i + 1}" for i in order)
    running = meta.state["mixture"]
    share = running["count"] / running["count"].sum().clamp(min=1e-12)
    note = "How far each component answers for a task, by the support set alone; rows sum to 1."
    count_note = "Share of the recent training tasks; 0: without tasks, or not born yet."
    return (
        Panel("heat", "Responsibilities", note, found[order], rows, columns),
        Panel("bars", "Shares of the components", count_note, share, columns),
    )
