"""Which tier computes a step: eager from the first moment, compiled as soon as its library is there; swaps are kept.

A swap happens between two outer steps, after both tiers agreed on the tasks of that step, and is told (and stored) before it
is used, so that a resumed run replays it at the same step and comes to the same bits.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from core.engine import compiled, graph, shelf
from core.engine.child import Child
from core.engine.compiled import leaves_of, rebuilt
from core.engine.eager import MetaGradient, by_chunks
from core.engine.passes import one_pass
from core.engine.plan import Plan
from core.errors import CoreError
from core.kernels import library
from core.outer import chunks
from core.types import Batch, Groups, Method

if TYPE_CHECKING:
    from core.config import Experiment

WORTH_SECONDS = 10.0
"""Of a whole training, from which on a build is started: one that is not done when the run ends goes on by itself and serves
the next launch, so what is left of this run does not count."""
PATIENCE_SECONDS = 2.0
"""Of training before that is judged."""
AGREEMENT = 1e-3  # of the largest entry of a gradient, float32 sums in another order
FEW = 2
"""Tasks that two tiers are compared on where they go one by one: whole meta-batches of pictures take seconds."""
LONG = 1.0  # [s] a call after which setting up is no longer seen
AGREEMENT_IN_DOUBLE = 1e-6
FEWER = 4
"""As many times fewer queries there, so that the comparison needs no more memory than a step: the estimate holds."""
SMALLEST_FREE = 512 * 2**20
KERNELS = "building own kernels for this machine, a few seconds; the run goes on eagerly until then"
COMPILING = "compiling in the background, at the lowest priority, for this run and later ones; the run goes on eagerly until then"

Swap = tuple[int, str]


class Tiers:
    """For one run. swaps: [(first step, tier)], chunks: [(first step, tasks of a pass)] where memory was short, those of
    earlier pieces first; tell: one line for the log."""

    def __init__(
        self, experiment: "Experiment", method: Method, plan: Plan, data_folder: Path, swaps: list[Swap],
        check: Callable[[], None], tell: Callable[[str], None], *, alone: bool = True,
        chunks: list[tuple[int, int]] | None = None,
    ) -> None:  # fmt: skip
        self.experiment, self.plan, self.data_folder = experiment, plan, data_folder
        self.swaps, self._tell, self._check = list(swaps), tell, check
        self.chunks = list(chunks or [])
        self._pass = one_pass(method, plan)
        self._eager: dict[int, MetaGradient] = {}
        self._folder = compiled.folder_of(experiment, plan, data_folder)
        self._compiled: MetaGradient | None = None
        self._child: Child | None = None
        self._faster = "graph" if experiment.engine.tier == "graph" else "compiled"
        self._given_up = self._never() if alone else "over several ranks it is not built yet"

    def tier_at(self, step: int) -> str:
        """The tier that computes an outer step, as far as swaps are known."""
        return next((tier for first, tier in reversed(self.swaps) if first <= step), "eager")

    def gradient(self, step: int) -> MetaGradient:
        if self.tier_at(step) != "eager" and self._compiled is not None:
            return self._compiled
        return self.eager(step)

    def eager(self, step: int) -> MetaGradient:
        """torch's own operations, in the chunks of that step."""
        size = self.chunk_at(step)
        if size not in self._eager:
            self._eager[size] = by_chunks(self._pass, replace(self.plan, chunk=size), self._check)
        return self._eager[size]

    def chunk_at(self, step: int) -> int:
        """Tasks of one pass in an outer step: the plan's, or fewer from where memory was short."""
        return next((size for first, size in reversed(self.chunks) if first <= step), self.plan.chunk)

    def halve(self, step: int) -> bool:
        """Memory is short: from `step` on half the tasks in a pass, eagerly. False where it is one task already."""
        size = self.chunk_at(step)
        if self.plan.mode == "per-task":  # what lies in memory is what the workers are at
            size = min(size, self.plan.workers)
        if size == 1:
            return False
        self.chunks.append((step, size // 2))
        if self.tier_at(step) != "eager":
            self.swaps.append((step, "eager"))
        self._compiled, self._given_up = None, "memory was short"
        self._tell(f"out of memory: from outer step {step} on {size // 2} tasks in a pass instead of {size}")
        return True

    def prepare(self, step: int, phase: Callable[[str], None], wait: Callable[[], None]) -> None:
        """Before the first step, `step`: load what a replayed run needs, what is cached, or what engine.tier asks for."""
        owed = any(tier == self._faster for _, tier in self.swaps)
        self._get(owed, phase, wait)
        if owed and self._compiled is None:  # other bits than promised from here on, so the record says so
            self.swaps.append((step, "eager"))

    def _get(self, owed: bool, phase: Callable[[str], None], wait: Callable[[], None]) -> None:
        wanted = self.experiment.engine.tier
        if self._given_up and (owed or wanted in ("graph", "compiled")):
            self._tell(f"the {self._faster} tier is not to be had ({self._given_up}); going on eagerly")
        if self._given_up or wanted == "eager":
            return
        if self._faster == "graph":
            self._compiled = by_chunks(graph.graphed(self._pass), self.plan, self._check)
            return
        if self._ready() or ((owed or wanted == "compiled") and self._build_now(phase, wait)):
            self._load()

    def consider(self, step: int, seconds: float) -> bool:
        """Between two steps: start a build that is worth it, or take one that is done. True where `step` may swap."""
        if self._given_up or self.swaps or self.experiment.engine.tier == "eager":
            return False
        if self._compiled is not None:
            return True
        if self._child is None:
            self._start_when_worth(step, seconds)
            return False
        code = self._child.poll()
        if code is None:
            return False
        if code != 0:
            self._give_up(f"compiling failed ({self._child.complaint()}); the run stays eager")
            return False
        self._child.end()
        self._load()
        return self._compiled is not None

    def agree(self, step: int, arguments: tuple[Any, ...]) -> bool:
        """Both tiers on the tasks of `step` (where they go one by one, on a few): close and quicker, and the swap stands; far,
        and the library is thrown away. Kernels that have agreed on this machine before, and were quicker, are not compared
        again: where a step takes seconds, the comparison would take half a minute."""
        assert self._compiled is not None
        kernels = self._faster == "compiled" and compiled.by_kernels(self.experiment, self.plan)
        key = compiled.key_of(self.experiment, self.plan) if kernels else ""
        if kernels and shelf.agreed(self._folder, key):
            self.swaps.append((step, self._faster))
            return True
        if self.plan.mode == "per-task":
            meta, tasks, noise, progress = arguments
            arguments = (meta, *next(chunks(tasks, noise, max(FEW, self.plan.workers))), progress)
        ours, eager_seconds = _timed(self.eager(step), arguments)
        try:
            theirs, compiled_seconds = _timed(self._compiled, arguments)
        except (RuntimeError, ValueError) as error:
            self._give_up(f"the {self._faster} pass cannot be used ({error}); the run stays eager")
            return False
        apart = _apart(ours, theirs)
        if not isfinite(apart):  # the run diverges, which is not the library's fault
            self._give_up("the tiers were not compared: the gradient is not finite; the run stays eager")
            return False
        if apart > AGREEMENT and kernels:
            apart = self._apart_in_double(step, arguments, apart)
        if not apart <= AGREEMENT:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._give_up(f"the {self._faster} gradient is {apart:.1e} away from the eager one and was thrown away")
            return False
        if self.experiment.engine.tier == "auto" and compiled_seconds >= eager_seconds:
            times = f"{1000 * compiled_seconds:.3g} ms a step against {1000 * eager_seconds:.3g} ms"
            self._give_up(f"the compiled pass is no quicker here ({times}); the run stays eager")
            return False
        if kernels and compiled_seconds < eager_seconds:
            shelf.note_agreement(self._folder, key)
        self.swaps.append((step, self._faster))
        return True

    def _apart_in_double(self, step: int, arguments: tuple[Any, ...], apart: float) -> float:
        """Kernels serve float64 too. After five steps over maxima and ReLUs a last bit of float32 can turn a whole gradient
        (learn2learn's was 0.8 of its largest entry away from ours at 20 ways, and 5e-13 in float64): there the difference in
        float64 judges: 0 where it is far smaller. apart: in float32, which stands where float64 is apart too or not to be had."""
        assert self._compiled is not None
        meta, tasks, noise, progress = arguments
        one, drawn = next(chunks(tasks, noise, 1))  # float64 takes several times as long, and twice the memory
        few = slice(max(1, one.query.x.shape[1] // FEWER))
        query = Batch(*(leaf[:, few] for leaf in one.query))
        plain = (meta, one._replace(query=query, about={}), drawn, progress)
        doubles = rebuilt(
            plain, iter([leaf.double() if leaf.is_floating_point() else leaf for leaf in leaves_of(plain)])
        )
        try:
            ours, theirs = (compute(*doubles)[0] for compute in (self.eager(step), self._compiled))
        except (RuntimeError, ValueError):
            return apart
        found = _apart(ours, theirs)
        return 0.0 if found <= AGREEMENT_IN_DOUBLE else apart

    def stay_eager(self, why: str) -> None:
        """No other tier from here on."""
        self._compiled = None
        self._give_up(f"{why}; the run stays eager")

    def close(self) -> None:
        """A build that is under way goes on by itself, for the next launch; one that nobody needs is ended."""
        if self._child is None:
            return
        if self._child.poll() is None:
            self._child.leave()
        else:
            self._child.end()

    def _never(self) -> str:
        if self._faster == "graph":
            return graph.missing(self.plan.device)
        if self.plan.device != "cpu":
            return "on a GPU it is not built yet"
        return compiled.missing()

    def _ready(self) -> bool:
        return shelf.complete(self._folder)

    def _start_when_worth(self, step: int, seconds: float) -> None:
        outer, done = self.experiment.outer, max(1, step - 1)
        whole = min(seconds / done * outer.steps, inf if outer.minutes is None else 60 * outer.minutes)
        if seconds < PATIENCE_SECONDS or whole < WORTH_SECONDS:
            return
        if self._start():
            self._tell(KERNELS if compiled.by_kernels(self.experiment, self.plan) else COMPILING)

    def _start(self, *, waited_for: bool = False) -> bool:
        """Begin to build; where the machine has no room for that (disk, memory, processes) the run goes on without."""
        try:
            if shutil.disk_usage(self.data_folder).free < SMALLEST_FREE:
                self._give_up("not compiled: less than 512 MiB are free in the data folder")
                return False
            if library.passed_over():
                self._tell(library.passed_over())
            self._child = Child(self.experiment, self.plan, self.data_folder, self._folder, waited_for=waited_for)
        except OSError as error:
            self._give_up(f"not compiled: the compiling process cannot be started ({error}); the run stays eager")
            return False
        return True

    def _build_now(self, phase: Callable[[str], None], wait: Callable[[], None]) -> bool:
        quick = compiled.by_kernels(self.experiment, self.plan)
        phase("compiling, a few seconds" if quick else "compiling, about half a minute")
        if not self._start(waited_for=True) or self._child is None:
            return False
        try:
            while self._child.poll() is None:
                wait()
                time.sleep(0.05)
        except BaseException:
            self._child.end()
            raise
        if self._child.poll() != 0:
            self._give_up(f"compiling failed ({self._child.complaint()}); the run stays eager")
            return False
        self._child.end()
        return True

    def _load(self) -> None:
        try:
            loaded = compiled.load(self._folder, self._pass, self.plan)
        except (OSError, RuntimeError, ValueError, KeyError, CoreError) as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._give_up(f"the compiled library cannot be loaded ({error}); the run stays eager")
            return
        self._compiled = by_chunks(loaded, self.plan, self._check)

    def _give_up(self, why: str) -> None:
        self._given_up = why
        self._tell(why)


def _timed(compute: MetaGradient, arguments: tuple[Any, ...]) -> tuple[Groups, float]:
    """(the gradient, seconds of the quicker of two calls: the first may set things up, which matters where it is short)."""
    found: list[float] = []
    while len(found) < 2 and sum(found) < LONG:
        begun = time.perf_counter()
        gradient = compute(*arguments)[0]
        found.append(time.perf_counter() - begun)
    return gradient, min(found)


def _apart(ours: Groups, theirs: Groups) -> float:
    """The largest difference, as a share of the largest entry."""
    pairs = [(leaf, theirs[group][name]) for group, named in ours.items() for name, leaf in named.items()]
    most = torch.stack([leaf.abs().max() for leaf, _ in pairs]).max()
    worst = torch.stack([(a - b).abs().max() for a, b in pairs]).max()
    return float(worst / most.clamp(min=1e-30))
