"""PLATIPUS (Finn, Xu, Levine 2018, arXiv 1806.02817): a Gaussian over initializations is learned; a sample of it adapts.

Training samples from the posterior, whose mean has taken a gradient step on the query set; use samples from the prior, whose
mean has taken one on the support set. The KL divergence between the two makes the second as good as the first.
"""

import math
from typing import Any

import torch
from torch import Generator, Tensor

from core import losses, tree
from core.inner import descend, gradient_method, merged, plain_init, predict, start_weights
from core.sampled_panels import sampled_panels
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

LEAST, MOST = -8.0, 1.0  # of the log standard deviations: a vanishing prior makes the divergence infinite


def platipus(net: Net, loss: Loss, recipe: Recipe, partition: Partition, settings: Any) -> Method:
    """J = mean over tasks of L(A(theta), query) + weight * KL(q || p), theta ~ q (section 5 of the method file).

    What adapts is what has a Gaussian; everything else, normalization too, is learned as a plain number. L is the mean loss,
    the divergence a sum over all weights.
    """
    start, plain, moved = plain_init(net, partition.frozen), merged(net), partition.adapted

    def init(generator: Generator) -> Meta:
        meta = start(generator)
        weights = {**meta.fixed.get("init", {}), **meta.learned.get("init", {})}
        spread = math.log(settings.initial_std)
        like = next(iter(weights.values()))
        gammas = {which: like.new_full((), settings.initial_gamma) for which in ("prior", "posterior")}
        logs = {
            which: {name: torch.full_like(weights[name], spread) for name in moved}
            for which in ("log_prior", "log_posterior")
        }
        return meta._replace(learned={**meta.learned, **logs, "gamma": gammas})

    def noise(generator: Generator, meta: Meta, given: Given, steps: int) -> Noise:
        """Standard normal, one number a weight that adapts: {"sample": {name: [tasks, *shape]}}."""
        weights, tasks = start_weights(net, meta), len(given.support.x)
        return {"sample": {name: _normal(generator, tasks, weights[name]) for name in moved}}

    def centre(meta: Meta, batches: tuple[Batch, ...], which: str) -> Tensors:
        """Mean of the prior or the posterior: one gradient step of learned length from the shared mean."""
        weights = start_weights(net, meta)

        def fit(adapted: Tensors) -> Tensor:
            outputs = [loss(net.apply({**weights, **adapted}, batch.x), batch) for batch in batches]
            return torch.stack(outputs).sum()

        mean = tree.select(weights, moved)
        lengths: dict[str, Tensor | float] = dict.fromkeys(mean, meta.learned["gamma"][which])
        return descend(fit, mean, lengths, clip=recipe.clip, first_order=recipe.first_order)

    def begin(meta: Meta, given: Given, noise: Noise) -> Fast:
        return {"weights": draw(centre(meta, (given.support,), "prior"), meta.learned["log_prior"], noise)}

    def posterior(meta: Meta, task: Task, noise: Noise) -> Fast:
        """The start used in training. Both means go along: their distance is judged after the last step."""
        seen = (task.support, task.query) if settings.posterior == "both" else (task.query,)
        mean = centre(meta, seen, "posterior")
        sample = draw(mean, meta.learned["log_posterior"], noise)
        return {"weights": sample, "posterior": mean, "prior": centre(meta, (task.support,), "prior")}

    def terms(meta: Meta, fast: Fast, task: Task, noise: Noise, t: int, progress: Tensor) -> tuple[Tensor, Aux]:
        fit, aux = losses.measure(loss, predict(method, meta, fast, task.given, task.query.x), task.query)
        divergence = gaussian_kl(
            fast["posterior"], meta.learned["log_posterior"], fast["prior"], meta.learned["log_prior"]
        )
        warm = settings.kl_warmup
        weight = settings.kl_weight * ((progress / warm).clamp(max=1) if warm else 1.0)
        return fit + weight * divergence, {**aux, "kl": divergence.detach()}

    def panels(meta: Meta, tasks: Task, noise: Noise) -> tuple[Panel, ...]:
        scatter = assumed_scatter(settings.target_noise, settings.kl_weight, tasks.query)
        shown = sampled_panels(method, meta, tasks, noise, recipe.steps, scatter)
        return (*shown, _spreads(meta, net), _lengths(meta))

    method = gradient_method(net, loss, recipe, init=init, begin=begin, weights=plain, noise=noise)
    method = method._replace(
        objective=Rollout(recipe.steps, (recipe.steps,), posterior, terms), panels=panels, samples=settings.samples
    )
    return method


def assumed_scatter(target_noise: float | None, kl_weight: float, query: Batch) -> float:
    """Standard deviation of targets about a sample. Where none is given it is what the objective assumes: a mean squared error
    beside a KL weight w is the strict bound with 2 s^2 / n = w, n query points a task (section 6 of the method file)."""
    if target_noise is not None:
        return target_noise
    examples = float(query.weight.sum()) / max(1, len(query.weight))
    return math.sqrt(kl_weight * examples / 2)


def draw(mean: Tensors, log_std: Tensors, noise: Noise) -> Tensors:
    """mean + std * epsilon. A shared head has one row of deviations for all classes, and draws of each."""
    return {name: leaf + _std(log_std[name]) * noise["sample"][name] for name, leaf in mean.items()}


def gaussian_kl(mean_q: Tensors, log_q: Tensors, mean_p: Tensors, log_p: Tensors) -> Tensor:
    """KL(q || p) of diagonal Gaussians by their log standard deviations, summed over all entries of all tensors."""
    parts = []
    for name, mean in mean_q.items():
        q, p = (logs[name].clamp(LEAST, MOST) for logs in (log_q, log_p))
        distance = (2 * (q - p)).exp() + (mean - mean_p[name]).square() * (-2 * p).exp()
        parts.append((p - q + distance / 2 - 0.5).sum())
    return torch.stack(parts).sum()


def _std(log_std: Tensor) -> Tensor:
    return log_std.clamp(LEAST, MOST).exp()


def _normal(generator: Generator, tasks: int, like: Tensor) -> Tensor:
    shape = (tasks, *like.shape)
    return torch.randn(shape, generator=generator, dtype=like.dtype, device=generator.device)


# panels


def _spreads(meta: Meta, net: Net) -> Panel:
    """Prior standard deviation relative to the size of the weights: where a task's samples may differ."""
    init = {**meta.fixed.get("init", {}), **meta.learned.get("init", {})}
    logs = meta.learned["log_prior"]
    sizes = [_std(leaf).mean() / init[name].square().mean().sqrt().clamp(min=1e-6) for name, leaf in logs.items()]
    note = "Mean prior deviation of a tensor, over the root mean square of its weights. Near 0 all samples share it."
    return Panel("bars", "Spread of the initializations", note, torch.stack(sizes), tuple(logs))


def _lengths(meta: Meta) -> Panel:
    gamma = meta.learned["gamma"]
    note = "Length of the gradient step from the shared mean, on the support set (prior) and the query set (posterior)."
    return Panel("bars", "Learned step to the mean", note, torch.stack([*gamma.values()]), tuple(gamma))
