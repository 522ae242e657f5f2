"""One-dimensional regression: every family is a row of ranges and one of a few formulas.

Specification and sources: task_distributions.md, sections 2.1 to 2.3. A task is drawn as [inputs | parameters] in one
call; formulas shared by several families (line, parabola and cubic are one polynomial) are evaluated once.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor

from core.errors import BadExperiment
from core.types import Batch, Task, TaskDistribution, TaskSpec, TaskSplits

from .draws import by_device

Range = tuple[float, float]
Formula = Callable[[Tensor, Tensor], Tensor]
"""(x [tasks, examples, 1], parameters [parameters, tasks, 1, 1]) -> y like x."""


def sine(x: Tensor, p: Tensor) -> Tensor:
    """Amplitude times the sine of x minus phase."""
    return p[0] * torch.sin(x - p[1])


def wave(x: Tensor, p: Tensor) -> Tensor:
    """Amplitude, frequency, phase inside the sine."""
    return p[0] * torch.sin(p[1] * x + p[2])


def raised_wave(x: Tensor, p: Tensor) -> Tensor:
    """Amplitude, frequency, and a shift outside the sine, as HSML's code has it."""
    return p[0] * torch.sin(p[1] * x) + p[2]


def polynomial(x: Tensor, p: Tensor) -> Tensor:
    """Coefficients from the constant upward; missing degrees have the range (0, 0)."""
    y = p[-1]
    for coefficient in reversed(p[:-1]):
        y = y * x + coefficient
    return y.expand_as(x)


def parabola(x: Tensor, p: Tensor) -> Tensor:
    """Size, whose sign is that of p[3], vertex (p[1], p[2])."""
    return torch.copysign(p[0], p[3]) * (x - p[1]).square() + p[2]


def bend(x: Tensor, p: Tensor) -> Tensor:
    return p[0] * torch.tanh(x - p[1]) + p[2]


def corner(x: Tensor, p: Tensor) -> Tensor:
    return p[0] * (x - p[1]).abs() + p[2]


def signed_corner(x: Tensor, p: Tensor) -> Tensor:
    """As `corner`, the sign of the slope being that of p[3]."""
    return torch.copysign(p[0], p[3]) * (x - p[1]).abs() + p[2]


class Family(NamedTuple):
    """ranges: of the uniform parameters, in the order in which the formula takes them."""

    name: str
    formula: Formula
    ranges: tuple[Range, ...]


class Law(NamedTuple):
    """balanced: modes in exact balance inside every call (to within one task); else drawn for each task."""

    families: tuple[Family, ...]
    x: Range
    balanced: bool
    source: str


_THREE: Range = (-3.0, 3.0)
_SIGN: Range = (-1.0, 1.0)
_SMALL: Range = (0.02, 0.15)
_SINE = Family("sinusoid", sine, ((0.1, 5.0), (0.0, math.pi)))
_LINE = Family("line", polynomial, (_THREE, _THREE))
_FIVE_CODE = (
    _SINE,
    _LINE,
    Family("quadratic", parabola, (_SMALL, _THREE, _THREE, _SIGN)),
    Family("tanh", bend, (_THREE, _THREE, _THREE)),
    Family("absolute", corner, (_THREE, _THREE, _THREE)),
)
_FIVE_PAPER = (
    Family("sinusoid", wave, ((0.1, 5.0), (0.5, 2.0), (0.0, 2 * math.pi))),
    *_FIVE_CODE[1:4],
    Family("absolute", signed_corner, (_SMALL, _THREE, _THREE, _SIGN)),
)
_FOUR = (
    Family("sinusoid", raised_wave, ((0.1, 5.0), (0.8, 1.2), (0.0, 2 * math.pi))),
    _LINE,
    Family("quadratic", polynomial, (_THREE, (-2.0, 2.0), (-0.2, 0.2))),
    Family("cubic", polynomial, (_THREE, (-2.0, 2.0), (-0.2, 0.2), (-0.1, 0.1))),
)
_DEGREES = tuple(Family(f"degree {n}", polynomial, tuple((-(0.5**i), 0.5**i) for i in range(n + 1))) for n in range(3))


def law(settings: Any) -> Law:
    """The law that the settings name: families, input range, balance, source."""
    wide = (-5.0, 5.0)
    if settings.kind == "sinusoid":
        return Law((_SINE,), wide, False, "A sin(x - p), A in [0.1, 5], p in [0, pi] (Finn et al. 2017)")
    if settings.kind == "sinusoid-line":
        low = 1.0 if settings.variant == "platipus" else 0.1
        waves = Family("sinusoid", sine, ((low, 5.0), (0.0, math.pi)))
        return Law((waves, _LINE), wide, False, f"half sinusoids (A from {low:g}), half lines ({settings.variant})")
    if settings.kind == "five-modes":
        families = _FIVE_PAPER if settings.variant == "paper" else _FIVE_CODE
        source = f"the first {settings.modes} modes of MMAML, ranges of its {settings.variant} (Vuorio et al. 2019)"
        return Law(families[: settings.modes], wide, True, source)
    if settings.kind == "four-families":
        return Law(_FOUR, wide, False, "sine, line, quadratic, cubic (HSML, Yao et al. 2019)")
    return Law(_DEGREES, (-2.0, 2.0), False, "polynomials of degree 0, 1, 2 (MT-net, Lee and Choi 2018)")


def sampler(
    families: tuple[Family, ...],
    x_range: Range,
    shots: int,
    queries: int,
    *,
    noise: float = 0.0,
    balanced: bool = False,
    only: int | None = None,
    dtype: torch.dtype = torch.float32,
) -> Callable[[Generator, int], Task]:
    """Everything is drawn in float32 whatever the precision, so that both precisions see the same tasks. only: the family
    of all tasks; where the whole law draws that family, the task is the very same one."""
    size = shots + queries
    low, width = _parameter_table(families)
    on = by_device(low.to(dtype), width.to(dtype))

    def sample(generator: Generator, tasks: int) -> Task:
        device = generator.device
        draws = torch.rand((tasks, size + low.shape[1], 1), generator=generator, device=device).to(dtype)
        x = draws[:, :size] * (x_range[1] - x_range[0]) + x_range[0]
        mode = _modes(generator, tasks, len(families), balanced)
        mode = mode if only is None else torch.full_like(mode, only)
        lows, widths = (row[mode] if len(families) > 1 else row for row in on(device))
        parameters = (draws[:, size:, 0] * widths + lows).mT[..., None, None]
        y = _evaluate(families, mode, x, parameters)
        if noise:
            y = y + noise * torch.randn(y.shape, generator=generator, device=device).to(dtype)
        weight = torch.ones((tasks, size), dtype=dtype, device=device)
        support, query = (Batch(x[:, at], y[:, at], weight[:, at]) for at in (slice(shots), slice(shots, None)))
        return Task(support, query, {"mode": mode})

    return sample


def _parameter_table(families: tuple[Family, ...]) -> tuple[Tensor, Tensor]:
    """Lower bounds and widths of all parameters [families, most parameters]; parameters not used are 0."""
    most = max(len(family.ranges) for family in families)
    ranges = torch.tensor([[*family.ranges, *[(0.0, 0.0)] * (most - len(family.ranges))] for family in families])
    return ranges[..., 0], ranges[..., 1] - ranges[..., 0]


def _modes(generator: Generator, tasks: int, count: int, balanced: bool) -> Tensor:
    """Index of each task's family [tasks]. In balance from a random first one, so that no family is favoured where the
    number of tasks is not a multiple of theirs."""
    device = generator.device
    if count == 1:
        return torch.zeros(tasks, dtype=torch.int64, device=device)
    if not balanced:
        return torch.randint(count, (tasks,), generator=generator, device=device)
    first = torch.randint(count, (1,), generator=generator, device=device)
    return (torch.arange(tasks, device=device) + first) % count


def _evaluate(families: tuple[Family, ...], mode: Tensor, x: Tensor, parameters: Tensor) -> Tensor:
    """Each formula once for all tasks, then the one that each task's family has."""
    formulas = list(dict.fromkeys(family.formula for family in families))
    y = formulas[0](x, parameters)
    for formula in formulas[1:]:
        mine = torch.zeros_like(mode, dtype=torch.bool)
        for index, family in enumerate(families):
            if family.formula is formula:
                mine = mine | (mode == index)
        y = torch.where(mine[:, None, None], formula(x, parameters), y)
    return y


def build(settings: Any, data_folder: Path, device: str | torch.device, dtype: torch.dtype) -> TaskSplits:
    """One law for all three splits: their tasks differ by their streams of draws."""
    chosen = law(settings)
    only, phase = _family(chosen, settings), getattr(settings, "phase", None)

    def distribution(shots: int, only: int | None = only) -> TaskDistribution:
        spec = TaskSpec(
            task_type="regression",
            input_shape=(1,),
            outputs=1,
            shots=shots,
            queries=settings.queries,
            source=chosen.source,
            noise_floor=settings.noise**2,
            input_range=chosen.x,
            modes=tuple(family.name for family in chosen.families),
        )
        draw = sampler(
            chosen.families,
            chosen.x,
            shots,
            settings.queries,
            noise=settings.noise,
            balanced=chosen.balanced,
            only=only,
            dtype=dtype,
        )
        return TaskDistribution(spec, draw)

    evaluation = distribution(settings.shots)
    shots = settings.train_shots or settings.shots
    train = distribution(shots)
    if phase is not None and only is None:
        stages = [distribution(shots, family) for family in range(len(chosen.families))]
        train = train._replace(at=lambda step: stages[(step - 1) // phase % len(stages)])
    return TaskSplits(train, evaluation, evaluation)


def _family(chosen: Law, settings: Any) -> int | None:
    """Index of the family that `only` names. Raises BadExperiment where the law has no such family."""
    wanted, names = getattr(settings, "only", "all"), [family.name for family in chosen.families]
    if wanted == "all":
        return None
    if wanted not in names:
        raise BadExperiment(f"tasks.only: there is no {wanted!r} among {', '.join(names)}; choose one of those, or all")
    return names.index(wanted)
