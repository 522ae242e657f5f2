"""What LEO shows of itself: where codes lie before and after adaptation, whether they differ, learned step sizes, and in
regression curves drawn from the codes' distributions."""

from collections.abc import Callable

import torch
from torch import Tensor

from core.draws import at_step
from core.func import vmap
from core.looped import over
from core.panels import projected
from core.types import Fast, Given, Meta, Method, Noise, Panel, Task, map_task

DRAWN, SAMPLES, POINTS = 4, 8, 60
MOST_TOLD = 6  # modes or classes that codes are told apart by
Start = Callable[[Meta, Task, Noise], Fast]


def leo_panels(
    method: Method, training_start: Start, steps: int, latent_steps: int, *, sampled: bool
) -> Callable[[Meta, Task, Noise], tuple[Panel, ...]]:
    """sampled: show curves over the only input, of `steps` steps from each drawn code."""

    def walked(meta: Meta, fast: Fast, given: Given, noise: Noise, count: int) -> Fast:
        for t in range(count):
            fast = method.step(meta, fast, given, noise, t)
        return fast

    def codes(meta: Meta, tasks: Task) -> tuple[Tensor, Tensor]:
        """[tasks, codes, latent] before and after the latent steps, without samples."""

        def both(given: Given) -> tuple[Tensor, Tensor]:
            fast = method.begin(meta, given, {})
            after = walked(meta, fast, given, {}, latent_steps)
            return fast["code"]["now"].mean(1), after["code"]["now"].mean(1)

        found: tuple[Tensor, Tensor] = over(method.net)(both)(tasks.given)
        return found

    def drawn(meta: Meta, tasks: Task) -> tuple[Panel, ...]:
        if not sampled or tasks.query.x.shape[2:] != (1,):
            return ()
        few = map_task(lambda leaf: leaf[:DRAWN], tasks)
        low, high = (end(1) for end in (tasks.query.x.amin, tasks.query.x.amax))
        line = torch.linspace(float(low.min()), float(high.max()), POINTS, dtype=low.dtype, device=low.device)

        def curve(task: Task, noise: Noise) -> Tensor:
            fast = walked(meta, training_start(meta, task, noise), task.given, noise, steps)
            return method.net.apply(method.weights(meta, fast), line[:, None])[:, 0]

        noises = [method.noise(at_step(0, "leo-panel", i, low.device), meta, few.given, steps) for i in range(SAMPLES)]
        curves = torch.stack([vmap(curve)(few, noise) for noise in noises], 1)
        note = "Curves of codes and weights drawn from what the support set says, then adapted: how sure it is."
        names = tuple(f"task {i + 1}" for i in range(len(curves)))
        marks = torch.stack([few.support.x[..., 0], few.support.y[..., 0]], -1)
        return (Panel("curves", "Drawn curves", note, curves, names, x=line.expand(len(curves), POINTS), marks=marks),)

    def panels(meta: Meta, tasks: Task, noise: Noise) -> tuple[Panel, ...]:
        before, after = codes(meta, tasks)
        return (*drawn(meta, tasks), _places(before, after, tasks), _differences(before), _rates(meta))

    return panels


def _places(before: Tensor, after: Tensor, tasks: Task) -> Panel:
    names = _names(tasks, before.shape[1])
    apart = 1 < len(set(names)) <= MOST_TOLD
    labels = tuple(f"{name}, {when}" if apart else when for when in ("before", "after") for name in names)
    places = projected(torch.cat([before.flatten(0, 1), after.flatten(0, 1)]))
    note = "Codes of the validation tasks in their plane of largest variance, before and after the latent steps."
    return Panel("points", "Latent codes", note, places, labels)


def _names(tasks: Task, codes: int) -> list[str]:
    """Of each code: its mode, or its class."""
    if codes > 1:
        labels = tasks.about.get("classes")
        kind, values = "class", torch.arange(codes).repeat(len(tasks.support.x)) if labels is None else labels.flatten()
    else:
        modes = tasks.about.get("mode")
        kind, values = ("task", torch.arange(len(tasks.support.x))) if modes is None else ("mode", modes)
    return [f"{kind} {int(value) + 1}" for value in values]


def _differences(before: Tensor) -> Panel:
    spread = before.flatten(0, 1).std(0, unbiased=False)
    note = "Standard deviation of each entry over codes. All near 0: the codes have collapsed; lower the KL weight."
    return Panel("bars", "How codes differ", note, spread, tuple(f"entry {i + 1}" for i in range(len(spread))))


def _rates(meta: Meta) -> Panel:
    rates = meta.learned["rate"]
    names = ["code", *(name for name in rates if name != "code")]
    note = "Mean size of the learned steps: in the code, then in each tensor of weights."
    values = torch.stack([rates[name].abs().mean() for name in names])
    return Panel("bars", "Learned step sizes", note, values, tuple(names))
