"""Does an exported program do what Headstart does? Run on made-up and on real tasks of several sizes, before it counts as done."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from core.deploy import Initialization
from core.draws import at_step
from core.errors import CoreError
from core.scaling import in_units
from core.types import Batch

from .adaptation import Program

ALLOWED = 1e-4
KINK = 1e-2
FRESH = 3
Array = NDArray[Any]
Runner = Callable[[Array, Array, Array], Array]
Sets = tuple[Array, Array, Array]
"""(support x, support y, query x) of one task, in the units of the data."""


class Check(NamedTuple):
    """What a comparison found. difference: the largest, of probabilities, or of values by the spread of the targets (where
    they are larger than that, by their own size), tasks at a kink left out; at_kinks: how many of those there were (see
    `check`); fault: a sentence where it is too large."""

    made_up: int
    real: int
    skipped: int
    difference: float
    at_kinks: int = 0
    fault: str = ""
    why_none_real: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {**self._asdict(), "allowed": ALLOWED}

    def sentence(self) -> str:
        told = f"agrees with Headstart to {self.difference:.0e} on {self.made_up} made-up and {self.real} real tasks"
        if self.at_kinks:
            told += f" (of these {self.at_kinks} to {KINK:g} alone, where rounding turns a unit on or off)"
        return told + (f" ({self.why_none_real})" if self.why_none_real else "")


def check(
    run: Runner, initialization: Initialization, program: Program, data_folder: Path, told: Callable[[int, int], None]
) -> Check:
    """Tasks on which Headstart's own answer is not finite are skipped; if it is so on all, that is a fault.

    A task may lie at a kink: a unit so near to zero that the order of a sum decides whether it passes its slope on, and with
    it all that follows. Another library sums in another order, so such a task says nothing. It is told from a wrong program by
    FRESH made-up tasks of the same size, which all have to agree, and by its own difference, which has to be small.
    """
    real, why = _real(initialization, program, data_folder)
    sets = [*_made_up(program), *real]
    largest, skipped, kinks, fault = 0.0, 0, 0, ""
    for number, (x, y, asked) in enumerate(sets, 1):
        expected = _expected(initialization, program, x, y, asked)
        if not np.isfinite(expected).all():
            skipped += 1
            continue
        found = run(*_typed(program, x, y, asked))
        off = _difference(found, expected, program)
        if ALLOWED < off <= KINK and _fresh_ones_agree(run, initialization, program, len(x), len(asked)):
            kinks += 1
            continue
        if not off <= ALLOWED and not fault:
            fault = f"predictions for {len(x)} support and {len(asked)} query examples differ by {off:.2g} (allowed {ALLOWED:g})"
        largest = max(largest, off)
        told(number, len(sets))
    if kinks > len(sets) // 4 and not fault:
        fault = f"predictions for {kinks} of {len(sets)} tasks differ by more than {ALLOWED:g}"
    if skipped == len(sets):
        fault = (
            "its adaptation ends in numbers that are not finite on every task that was tried; use fewer steps (--steps)"
        )
    return Check(len(sets) - len(real), len(real), skipped, largest, kinks, fault, why)


def _fresh_ones_agree(
    run: Runner, initialization: Initialization, program: Program, support: int, queries: int
) -> bool:
    draws = np.random.default_rng(1)
    for _ in range(FRESH):
        x, y, asked = _one_made_up(program, draws, support, queries)
        expected = _expected(initialization, program, x, y, asked)
        if (
            np.isfinite(expected).all()
            and not _difference(run(*_typed(program, x, y, asked)), expected, program) <= ALLOWED
        ):
            return False
    return True


def runner(path: Path) -> Runner:
    """The file as its reader will run it: by torch alone, or by onnxruntime alone."""
    if path.suffix == ".pt2":
        module = torch.export.load(path).module()

        def by_torch(*arrays: Array) -> Array:
            with torch.no_grad():
                found: Array = module(*map(torch.from_numpy, arrays)).numpy()
            return found

        return by_torch
    import onnxruntime

    from .tracing import INPUTS

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def by_onnxruntime(*arrays: Array) -> Array:
        found: Array = session.run(None, dict(zip(INPUTS, arrays, strict=True)))[0]
        return found

    return by_onnxruntime


def _expected(initialization: Initialization, program: Program, x: Array, y: Array, asked: Array) -> Array:
    return initialization.adapt(x, y, steps=program.steps).predict(asked)


def _typed(program: Program, x: Array, y: Array, asked: Array) -> Sets:
    kind, labels = (str(t).removeprefix("torch.") for t in (program.x_type, program.y_type))
    return np.ascontiguousarray(x, kind), np.ascontiguousarray(y, labels), np.ascontiguousarray(asked, kind)


def _difference(found: Array, expected: Array, program: Program) -> float:
    if found.shape != expected.shape:
        return float("inf")
    size = 1.0 if program.classes else np.maximum(_spread(program, "y"), np.abs(expected))
    return float(np.max(np.abs(found.astype(np.float64) - expected) / size, initial=0.0))


def _spread(program: Program, axis: str) -> Array:
    scaling = program.spec.scaling
    return np.asarray(scaling[f"{axis}_std"] if scaling else 1.0)


# tasks


def _made_up(program: Program) -> Iterator[Sets]:
    """Sizes from the smallest task to many examples; labels in no order."""
    draws, least = np.random.default_rng(0), program.ways if program.classes else 1
    for support, queries in ((least, 1), (2 * least + 1, 3), (3 * least, 16), (5 * least + 2, 40)):
        yield _one_made_up(program, draws, support, queries)


def _one_made_up(program: Program, draws: np.random.Generator, support: int, queries: int) -> Sets:
    x, asked = _inputs(program, draws, support), _inputs(program, draws, queries)
    return x, _targets(program, draws, support), asked


def _inputs(program: Program, draws: np.random.Generator, count: int) -> Array:
    shape, scaling = (count, *program.spec.input_shape), program.spec.scaling
    if len(shape) == 4 and not scaling:
        return draws.random(shape)
    low, high = program.spec.input_range or (-1.0, 1.0)
    values = draws.uniform(low, high, shape) if not scaling else draws.normal(size=shape)
    return in_units(values, program.spec, "x")


def _targets(program: Program, draws: np.random.Generator, count: int) -> Array:
    if program.classes:
        return draws.permutation(np.arange(count) % program.ways)
    return in_units(draws.normal(size=(count, program.spec.outputs)), program.spec, "y")


def _real(initialization: Initialization, program: Program, data_folder: Path) -> tuple[list[Sets], str]:
    """Test tasks of the experiment, whole and with a part of their support set; or none, and why."""
    from core.tasks import build

    if program.ways != program.spec.outputs:
        return [], "its real tasks have another number of classes"
    try:
        splits = build(
            initialization.experiment.tasks, data_folder=data_folder, device=torch.device("cpu"), dtype=torch.float32
        )
        tasks = splits.test.sample(at_step(0, "export"), 4)
    except CoreError as error:
        return [], f"no real tasks: {error}"
    found = []
    for i in range(4):
        support, query = (Batch(*(leaf[i] for leaf in batch)) for batch in (tasks.support, tasks.query))
        x, y = _raw(support, program)
        asked, _ = _raw(query, program)
        if tuple(x.shape[1:]) != tuple(program.spec.input_shape):
            return [], "its tasks give cached features"
        if i % 2:
            kept = _some(y, program)
            x, y = x[kept], y[kept]
        if len(x) and len(asked) and (not program.classes or len(np.unique(y)) == program.ways):
            found.append((x, y, asked))
    return found, ""


def _raw(batch: Batch, program: Program) -> tuple[Array, Array]:
    there = batch.weight > 0
    x = in_units(batch.x[there].double().numpy(), program.spec, "x")
    y = batch.y[there].numpy()
    return x, y if program.classes else in_units(y.astype(np.float64), program.spec, "y")


def _some(y: Array, program: Program) -> Array:
    """Positions: one example of every class, or the first half."""
    if program.classes:
        return np.unique(y, return_index=True)[1]
    return np.arange(max(1, len(y) // 2))
