"""One run from its experiment: phases, the outer loop with validation and checkpoints, the evaluation. It names no method."""

import os
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.config import Experiment
from core.data.pictures import heard_by
from core.draws import at_step
from core.engine.allocator import keeping, settle
from core.engine.ranks import END, GO_ON, STOP, Ranks
from core.engine.tiers import Tiers
from core.errors import BadExperiment, BadFile, CoreError, Interrupted, LostRank, NonFinite, OutOfMemory
from core.inner import with_start
from core.optim import OuterOptimizer, settled
from core.tree import flat
from core.types import Aux, Groups, Meta, Task, Tensors, keep, plain_spec

from .alternatives import alternatives, target_of
from .assembly import Assembly, asks_for_pretraining, assemble, baseline_start, counts
from .bounds import free_memory, out_of_memory
from .checkpoint import Checkpoint, check_fits, in_order_of, load, refuse_changed_data, save
from .collector import spare, sparing
from .control import Control, StopRequested
from .evaluate import curves, moved, to_device
from .events import (
    Alternative,
    Checkpointed,
    Curves,
    Diverged,
    Evaluated,
    Failed,
    Finished,
    PanelData,
    PhaseChanged,
    RandomStart,
    Sink,
    Started,
    TaskViews,
    TierChanged,
    Validated,
    Warned,
)
from .hard_tasks import HardTasks
from .memory import Estimate, Peak, estimate
from .meter import Meter
from .online import Online
from .planning import planned
from .remedies import WHERE_FROM_HERE, changes_of, in_words, is_good, outer_at, with_remedy
from .starting import begun_with
from .viewing import VIEWED, panels, with_predictions

CHECKPOINT_SECONDS = 60


def train(
    experiment: Experiment,
    sink: Sink,
    control: Control,
    folder: Path,
    data_folder: Path,
    *,
    resume: Path | None = None,
    engine: dict[str, Any] | None = None,
    ranks: Ranks | None = None,
) -> None:
    """Train and tell the sink everything; the last event is Finished or Failed.

    folder: where checkpoints go; resume: the checkpoint to go on from; engine: the stored plan to replay; ranks: the other
    processes of this run, of which the first alone validates, saves and evaluates.
    """
    with keeping(), sparing():
        _train(experiment, sink, control, folder, data_folder, resume, engine, ranks)


def _train(
    experiment: Experiment, sink: Sink, control: Control, folder: Path, data_folder: Path, resume: Path | None,
    engine: dict[str, Any] | None, ranks: Ranks | None,
) -> None:  # fmt: skip
    run: _Run | None = None
    try:
        sink(PhaseChanged("loading the tasks"))
        with heard_by(_DataHeard(sink, control)):
            parts = assemble(experiment, data_folder, engine)
            settle()  # what loading has left free would hide what the run adds
            peak = Peak()
            if not engine and ranks is None:
                parts = planned(parts, data_folder, lambda words: sink(PhaseChanged(words)), lambda: control.stopping)
        run = _Run(parts, sink, control, folder, data_folder, resume, engine or {}, ranks)
        run.peak = peak
        run.go()
    except CoreError as error:
        lost = {"interrupted": True} if isinstance(error, LostRank | Interrupted) else {}
        lost |= {"non_finite": True} if isinstance(error, NonFinite) else {}
        details = {"exit_code": error.exit_code, **lost}
        sink(Failed(str(error), True, run.step if run else 0, details=details))
    except Exception as error:
        if not out_of_memory(error):
            sink(Failed(f"{type(error).__name__}: {error}", False, run.step if run else 0, traceback.format_exc()))
            return
        problem = OutOfMemory(
            f"out of memory on {run.assembly.device if run else 'the device'}; lower engine.chunk or outer.meta_batch"
        )
        sink(Failed(str(problem), True, run.step if run else 0, str(error), {"exit_code": problem.exit_code}))
    finally:
        if run is not None:
            run.tiers.close()


class _DataHeard:
    """How far the decoding of a data set is, told as a phase every few per cent; a stop ends it there."""

    def __init__(self, sink: Sink, control: Control) -> None:
        self._sink, self._control, self._said = sink, control, ""

    def __call__(self, what: str, share: float) -> None:
        if self._control.stopping:
            raise Interrupted(f"stopped while {what}, before the first step: nothing was trained yet")
        words = f"{what}: {5 * int(20 * share)} %"
        if words != self._said:
            self._said = words
            self._sink(PhaseChanged(words))


class _Run:
    """The state of one training: meta-parameters, optimizer, best so far. Lives on the training thread alone."""

    def __init__(
        self, assembly: Assembly, sink: Sink, control: Control, folder: Path, data_folder: Path, resume: Path | None,
        engine: dict[str, Any], ranks: Ranks | None,
    ) -> None:  # fmt: skip
        self.ranks = ranks
        if ranks is not None:
            ranks.refuse_too_few(assembly.experiment.outer.meta_batch)
        self.assembly, self.experiment = assembly, assembly.experiment
        self.sink, self.control, self.folder, self.data_folder = sink, control, folder, data_folder
        self.resumed, self.engine = resume is not None, engine
        torch.set_num_threads(assembly.plan.threads)
        sink(PhaseChanged("building the network"))
        self.meta = self._initial(from_file=resume is None)
        self.best: Meta | None = None
        self.best_accuracy: float | None = None
        self.diverged = ""
        self.views: TaskViews | None = None
        self.best_step, self.best_loss, self.stale, self.step, self.validated = 0, float("inf"), 0, 0, -1
        self.changes = changes_of(engine)
        self.checkpoint = resume
        self.whole = assembly  # with pictures and classes, also once the method works on features
        self.good = [] if resume is None else [*_earlier(resume), resume]
        """Checkpoints worth going back to, the newest last."""
        stored = self._restore(resume) if resume else None
        self._take_optimizer(stored)
        self.first_step = self.step
        self.meter = Meter(sink, stored.card["seconds"] if stored else 0.0)
        self.tried = self.good[-1] if resume and self.changes and self.changes[-1][0] == self.step else None
        self.tiers = self._new_tiers()
        self.peak: Peak | None = None
        self.memory: Estimate | None = None
        self.may_swap, self.evaluation_chunk = False, assembly.plan.evaluation_chunk
        self.online, self.hard = self._online(stored), self._hard_tasks(stored)
        self.saved_at, self.saved_step, self.timed = time.monotonic(), self.step if resume else -1, Path()
        for note in () if self.resumed else assembly.splits.notes:
            self._say(note)

    def _initial(self, *, from_file: bool) -> Meta:
        """What step 0 begins with; from_file: at network.start, where there is one."""
        assembly, experiment = self.assembly, self.experiment
        begun = assembly.method.init(at_step(experiment.seed, "init"))
        if from_file and experiment.network.start is not None:
            apart = at_step(experiment.seed, "components")
            begun = begun_with(begun, assembly.net, experiment.network.start, experiment.method.kind, apart)
        return moved(begun, assembly.device)

    def _take_optimizer(self, stored: Checkpoint | None) -> None:
        """The outer optimizer as the settings of this step want it, with the moments of the checkpoint."""
        self.optimizer = self._fresh_optimizer(self.meta)
        if stored is not None:
            if not self.optimizer.fits(self.meta.learned, stored.optimizer):
                raise BadFile(
                    f"the checkpoint {self.checkpoint} belongs to another experiment: its optimizer is another one"
                )
            self.optimizer.load(self.meta.learned, stored.optimizer)

    def _fresh_optimizer(self, meta: Meta) -> OuterOptimizer:
        method = self.experiment.method
        self.outer = outer_at(self.experiment.outer, self.changes, self.step)
        return OuterOptimizer(
            meta.learned, self.outer, method.group_rates(),
            group_clips=method.group_clips(), group_decay=method.group_decay(),
            entry_clips=method.entry_clips(), tensor_clips=method.tensor_clips(),
        )  # fmt: skip

    def _new_tiers(self) -> Tiers:
        swaps = [(int(step), str(tier)) for step, tier in self.engine.get("swaps", [])]
        chunks = [(int(step), int(size)) for step, size in self.engine.get("chunks", [])]
        return Tiers(
            self.experiment, self.assembly.method, self.assembly.plan, self.data_folder, swaps, self._between_chunks,
            self._say, alone=self.ranks is None, chunks=chunks,
        )  # fmt: skip

    def _online(self, stored: Checkpoint | None) -> Online | None:
        """The record of the stream, where the tasks are one."""
        stream = self.assembly.splits.stream
        return None if stream is None else Online(stream, self._judged, stored.card.get("online") if stored else None)

    def _hard_tasks(self, stored: Checkpoint | None) -> HardTasks | None:
        """The curriculum, where the method asks for one."""
        every = self.experiment.method.hard_tasks()
        if not every:
            return None
        pool = self.assembly.splits.pool
        if pool is None:
            raise BadExperiment(
                f"method.hard_every: hard tasks are drawn from classes, and {self.experiment.tasks.kind} has none; choose 0"
            )
        return HardTasks(pool, every, stored.card.get("failed", []) if stored else [])

    @property
    def leads(self) -> bool:
        return self.ranks is None or self.ranks.leads

    def go(self) -> None:
        """Everything: reference, outer loop, last checkpoint, evaluation."""
        if not self.leads:
            self._begin_with_body()
            self._follow()
            return
        done_reason = ""
        try:
            self._begin_with_body()
            self._estimate()
            self._prepare()
            self.tiers.prepare(self.step + 1, lambda words: self.sink(PhaseChanged(words)), self._between_evaluations)
            self.may_swap = self.tiers.consider(self.step + 1, 0.0)
            self.sink(self._started())
            self.sink(PhaseChanged("training"))
            spare()
            done_reason = self._trained()
            evaluated = self._evaluate()
            self.sink(evaluated)
            self._finish("finished", done_reason)
        except StopRequested:
            self.meter.halt()
            bad = self.meter.flush()
            if bad is None and self.step > 0:  # before the first step there is nothing to keep
                self._save("last")
            self._finish("stopped", self.diverged or done_reason)
        except LostRank:
            self.meter.halt()
            if self.step > 0:  # the last whole step is the same on every rank
                self._save("last")
            raise

    def stage(self) -> Meta:
        """The outer loop alone, as a stage of another run: the best meta-parameters. Raises StopRequested, what is done
        being kept."""
        try:
            self._draw_validation()
            self._loop()
        except StopRequested:
            self._flush()
            if self.step > 0:
                self._save("last")
            raise
        self._flush()
        return self.best or self.meta

    def _estimate(self) -> None:
        """What the run will add to the process; on a GPU the dry run measures it."""
        if self.assembly.device.type != "cpu":
            return
        mine = None if self.ranks is None else self.ranks.share(self.experiment.outer.meta_batch)
        settle()
        already = 0 if self.peak is None else self.peak.now()
        share = None if mine is None else mine.stop - mine.start
        with suppress(
            RuntimeError, MemoryError
        ):  # no memory for it, or an operation that cannot be watched: the run goes on
            self.memory = estimate(self.assembly, self.meta, share, already)
        settle()
        if self.peak is not None:
            self.peak.restart()  # what was tried out beforehand does not count

    def _begin_with_body(self) -> None:
        """Where the method asks for one: the pretrained body (a resumed run has it). Where nothing else is looked at, the
        method works on its features from here on."""
        if not asks_for_pretraining(self.experiment):
            return
        if not self.resumed:
            self.meta = with_start(self.meta, self._body())
            self.optimizer = self._fresh_optimizer(self.meta)
        from .features import on_features

        self.assembly = on_features(
            self.assembly,
            self.meta,
            self.data_folder,
            self._phase,
            self._between_evaluations,
            replayed=bool(self.engine),
        )
        torch.set_num_threads(self.assembly.plan.threads)
        self.tiers, self.evaluation_chunk = self._new_tiers(), self.assembly.plan.evaluation_chunk

    def _body(self) -> Tensors:
        """Of several ranks the leader alone pretrains, and tells the others."""
        from .pretraining import pretrained, received, sent

        if self.ranks is not None and not self.leads:
            return received(self.ranks)
        self.sink(self._started())
        try:
            body = pretrained(self.whole, self.sink, self.control, self.folder / "pretraining", self.data_folder)
        except StopRequested:
            sent(self.ranks, None)
            raise
        sent(self.ranks, body)
        return body

    def _phase(self, words: str) -> None:
        self.sink(PhaseChanged(words))

    def _follow(self) -> None:
        """A rank that only computes: the leader says when to end."""
        assert self.ranks is not None
        while self.ranks.decide(GO_ON) == GO_ON:
            self._follow_changes()
            self._outer_step(self.step + 1)
            self.meter.forget()

    # what is no number

    def _trained(self) -> str:
        """The outer loop up to its last checkpoint; where a loss becomes no number, on as the person says."""
        while True:
            try:
                reason = self._loop()
                self._save("last")
                return reason
            except NonFinite as error:
                remedy = self._asked(error)
            self.changes = with_remedy(self.changes, self.step, remedy, self.experiment.outer)
            self.tried = self.checkpoint
            self.sink(self._started())
            self.sink(PhaseChanged("training"))
            self._say(f"{self.diverged}: {in_words(self.changes[-1])}")
            self.diverged = ""

    def _asked(self, error: NonFinite) -> str:
        """The remedy, everything being as the last good checkpoint has it. Raises the error where nobody answers."""
        self.meter.halt()
        if self.ranks is not None or not self.control.answers:
            raise error
        self.diverged = str(error).removesuffix(f"; {WHERE_FROM_HERE}")
        if self.good and self.good[-1] == self.tried:
            self.good.pop()  # it was on its way there already
        self.good = [path for path in self.good if path.exists()]
        self.checkpoint = self.good[-1] if self.good else None
        seen, self.step = self.step, 0
        stored = None if self.checkpoint is None else self._restore(self.checkpoint)
        self.sink(Diverged(seen, self.diverged, self.step))
        try:
            remedy = self.control.ask()
        except StopRequested:
            if stored is not None:
                self._go_back(stored)
            raise
        self._go_back(stored)
        return remedy

    def _go_back(self, stored: Checkpoint | None) -> None:
        """What goes with the checkpoint's tensors; without one, to the very beginning."""
        if stored is None:
            self.meta, self.best, self.best_accuracy = self._initial(from_file=True), None, None
            self.best_step, self.best_loss, self.stale, self.validated = 0, float("inf"), 0, -1
            if asks_for_pretraining(self.experiment):
                self.meta = with_start(self.meta, self._body())
        self._take_optimizer(stored)
        self.first_step = self.saved_step = self.step
        self.saved_at = time.monotonic()
        first = self.meter.first_loss  # what a later checkpoint is judged by
        self.meter = Meter(self.sink, stored.card["seconds"] if stored else 0.0)
        self.meter.first_loss = first
        self.online, self.hard = self._online(stored), self._hard_tasks(stored)

    # the outer loop

    def _loop(self) -> str:
        """Validate, save, step, until something ends it: a resumed run enters anywhere and owes nothing."""
        while True:
            self._look_online()
            if self._validation_due():
                self._validate()
            if reason := self._reason_to_end():
                self._decided(END)
                return reason
            self._checkpoint_if_due()
            self._follow_changes()
            if self.step >= self.experiment.outer.steps:
                self._decided(END)
                return ""
            if self._decided(STOP if self.control.stopping else GO_ON) == STOP:
                raise StopRequested
            self.meter.start()
            try:
                self._outer_step(self.step + 1)
            finally:
                if self.meter.due or self.control.stopping:
                    self._flush()
                    self.may_swap = self.may_swap or self.tiers.consider(self.step + 1, self.meter.seconds)

    def _follow_changes(self) -> None:
        """Other settings of the outer loop from here on; the optimizer's moments stay."""
        if self.changes and outer_at(self.experiment.outer, self.changes, self.step) != self.outer:
            held = self.optimizer.tensors(self.meta.learned)
            self.optimizer = self._fresh_optimizer(self.meta)
            self.optimizer.load(self.meta.learned, held)

    def _decided(self, wish: int) -> int:
        """Ranks stop together, between two steps; alone, a stop is heard between two chunks."""
        return GO_ON if self.ranks is None else self.ranks.decide(wish)

    def _validation_due(self) -> bool:
        on_time = self.step % self.experiment.validate_every() == 0 or self.step == self.experiment.outer.steps
        return on_time and self.validated != self.step

    def _reason_to_end(self) -> str:
        """Why steps are left out; empty while the run goes on."""
        patience, minutes = self.experiment.evaluation.patience, self.experiment.outer.minutes
        if patience is not None and self.stale >= patience:
            return f"no better validation in {patience} validations"
        if minutes is not None and self.meter.seconds > 60 * minutes:
            return f"time limit of {minutes:g} minutes"
        return ""

    def _outer_step(self, step: int) -> None:
        """Draws follow from (seed, step) alone; the step counts once the optimizer has moved."""
        experiment, assembly = self.experiment, self.assembly
        generator = at_step(experiment.seed, "tasks", step, assembly.device)
        distribution = assembly.splits.train.during(step)
        size = experiment.outer.meta_batch
        tasks = (
            self.hard.sample(distribution, generator, size, step) if self.hard else distribution.sample(generator, size)
        )
        draws = at_step(experiment.seed, "noise", step, assembly.device)
        meta = self._start_of(step)
        noise = assembly.method.noise(draws, meta, tasks.given, experiment.inner.steps)
        progress = torch.tensor((step - 1) / experiment.outer.steps, dtype=assembly.dtype, device=assembly.device)
        arguments = (meta, tasks, noise, progress)
        if self.may_swap:
            self._swap(step, arguments)
        gradient, aux = self._gradient(step, arguments)
        replaced = self._replacement(meta, gradient, aux, step)
        if meta is not self.meta:  # only now: a stop in the middle of the step leaves everything as it was
            self.meta, self.optimizer = meta, self._fresh_optimizer(meta)
        before = self.meta if assembly.method.advance is keep else _copied(self.meta)
        self.optimizer.step(self.meta.learned, replaced or gradient, step)
        advanced = assembly.method.advance(before, self.meta, aux, progress)
        self.meta = advanced._replace(learned=settled(self.meta.learned, advanced.learned))
        distribution.hear(tasks, aux)
        if self.hard:
            self.hard.hear(tasks, aux, step)
        self.step = step
        if replaced is None:
            self.meter.add(step, aux["query_loss"], aux.get("accuracy"))

    def _replacement(self, meta: Meta, gradient: Groups, aux: Aux, step: int) -> Groups | None:
        """The update of a step whose loss or gradient is not finite, where the method has one; None for all other steps."""
        decay = self.experiment.method.instead_of_not_finite()
        if decay is None:
            return None
        leaves = [leaf for named in gradient.values() for leaf in named.values()]
        if all(bool(leaf.isfinite().all()) for leaf in (aux["query_loss"], *leaves)):
            return None
        self._say(f"the loss or its gradient is not finite in outer step {step}: that step decays the maps alone")
        return {
            group: {name: leaf.detach() * decay.get(group, 0.0) for name, leaf in named.items()}
            for group, named in meta.learned.items()
        }

    def _start_of(self, step: int) -> Meta:
        """What the step moves: where a stream begins every round anew, a fresh initialization in the first step of a round."""
        stream = self.assembly.splits.stream
        if stream is None or not stream.fresh or stream.begins(step) is None:
            return self.meta
        generator = at_step(self.experiment.seed, "init", step)
        return moved(self.assembly.method.init(generator), self.assembly.device)

    def _gradient(self, step: int, arguments: tuple[Any, ...]) -> tuple[Groups, Aux]:
        """By the tier of the step; where memory is short in smaller chunks, told before their result is used."""
        while True:
            try:
                compute = self.tiers.gradient(step)
                return compute(*arguments) if self.ranks is None else self.ranks.gradient(compute, *arguments)
            except Exception as error:
                if not out_of_memory(error) or not self.tiers.halve(step):
                    raise
            free_memory(self.assembly.device)  # outside the handler, whose traceback holds what did not fit
            self.sink(TierChanged(step, self.tiers.tier_at(step), self._engine(step)))

    def _swap(self, step: int, arguments: tuple[Any, ...]) -> None:
        """Take the faster tier for this step and all after it; told first, so that a killed run can replay it."""
        self.may_swap, agreed = False, False
        try:
            agreed = self.tiers.agree(step, arguments)
        except Exception as error:
            if not out_of_memory(error):
                raise
            self.tiers.stay_eager("out of memory while the tiers were compared")
        if agreed:
            self.sink(TierChanged(step, self.tiers.tier_at(step), self._engine(step)))

    def _say(self, text: str) -> None:
        self.sink(Warned(text, self.step))

    def _between_chunks(self) -> None:
        if self.control.paused:
            self.meter.halt()
            self.control.wait_while_paused()
            self.meter.start()
        if self.ranks is None:
            self.control.check()

    def _flush(self) -> None:
        bad = self.meter.flush()
        if bad is not None:
            raise NonFinite(
                f"the outer loss became {bad[1]} at step {bad[0]}{self._first_bad_tensor()}; {WHERE_FROM_HERE}"
            )

    def _first_bad_tensor(self) -> str:
        for key, leaf in flat({**self.meta.learned, **self.meta.state}).items():
            if not bool(torch.isfinite(leaf).all()):
                return f" (first in {key})"
        return ""

    # fixed tasks

    def _prepare(self) -> None:
        """The fixed validation tasks, and the random start on them."""
        from core.tasks import views

        self.sink(PhaseChanged("drawing the validation tasks"))
        shown = self._draw_validation()
        self.views = views(self.assembly.spec, _first(shown, VIEWED))
        self.sink(PhaseChanged("measuring a random start"))
        self.sink(RandomStart(self._random_start(self.validation)))

    def _draw_validation(self) -> Task:
        shown, self.validation, _ = self._fixed("validation", self.experiment.evaluation.validation_tasks)
        self.viewed = _first(self.validation, VIEWED)
        return shown

    def _fixed(self, part: str, count: int) -> tuple[Task, Task, str]:
        """(tasks as a person sees them, as the network takes them, the digest of the former)."""
        from core.tasks import fixed_tasks

        key, parts = self.experiment.tasks.evaluation_key(), self.assembly
        shown, digest = fixed_tasks(getattr(parts.shown, part), key, part, count)
        taken = shown if parts.pictures is None else fixed_tasks(getattr(parts.splits, part), key, part, count)[0]
        return shown, to_device(taken, parts.device, parts.dtype), digest

    def _random_start(self, tasks: Task) -> Curves:
        fresh = moved(baseline_start(self.assembly, self.meta), self.assembly.device)
        return self._curves(self.assembly.baseline, fresh, tasks)

    def _curves(self, method: Any, meta: Meta, tasks: Task) -> Curves:
        """In smaller chunks where memory is short; no number depends on them but in its last bits."""
        plan = self.assembly.plan
        while True:
            try:
                return curves(
                    method, self.assembly.loss, meta, tasks, self.experiment.inner.evaluation_steps,
                    chunk=self.evaluation_chunk, vectorised=plan.mode == "vectorised", check=self._between_evaluations,
                    workers=plan.workers,
                )  # fmt: skip
            except Exception as error:
                if not out_of_memory(error) or self.evaluation_chunk == 1:
                    raise
            free_memory(self.assembly.device)
            self._say(
                f"out of memory: evaluating {self.evaluation_chunk // 2} tasks at a time instead of {self.evaluation_chunk}"
            )
            self.evaluation_chunk //= 2

    def _between_evaluations(self) -> None:
        self.control.wait_while_paused()
        self.control.check()

    def _validate(self) -> None:
        """Measure the fixed validation tasks; keep the best."""
        self.meter.halt()
        self._flush()
        measured = self._curves(self.assembly.method, self.meta, self.validation)
        steps, plan = self.experiment.inner.evaluation_steps, self.assembly.plan
        views = self.views and with_predictions(
            self.views, self.assembly.method, self.meta, self.viewed, self.assembly.spec, steps,
            chunk=self.evaluation_chunk, vectorised=plan.mode == "vectorised", check=self._between_evaluations,
        )  # fmt: skip
        after = self.experiment.best_after()
        better = self._judge(float(measured.loss[:, after].mean()))
        if better:
            self.best_accuracy = None if measured.accuracy is None else float(measured.accuracy[:, after].mean())
        self.sink(Validated(self.step, self.meter.seconds, measured, better, views, self._panels()))

    def _panels(self) -> tuple[PanelData, ...]:
        steps, modes = self.experiment.inner.evaluation_steps, self.assembly.spec.modes
        own = panels(self.assembly.method, self.meta, self.viewed, steps, modes)
        return own if self.online is None else (*self.online.panels(), *own)

    def _look_online(self) -> None:
        """Where the tasks are a stream: what the present meta-parameters make of the task that is arriving."""
        if self.online is None or not self.online.due(self.step):
            return
        self.meter.halt()
        self._flush()
        if said := self.online.look(self.step, self.meta, self._start_of(self.step + 1)):
            self._say(said)

    def _judged(self, meta: Meta, task: Task) -> tuple[float, float | None]:
        """Of one task: loss and accuracy on its query set after the adaptation of evaluation."""
        found = self._curves(self.assembly.method, meta, to_device(task, self.assembly.device, self.assembly.dtype))
        return float(found.loss[0, -1]), None if found.accuracy is None else float(found.accuracy[0, -1])

    def _judge(self, value: float) -> bool:
        """Is it the best so far? Only after the last look for a stop: a validation counts whole or not at all."""
        better = value < self.best_loss
        if better:
            self.best, self.best_step, self.best_loss, self.stale = _copied(self.meta), self.step, value, 0
        else:
            self.stale += 1
        self.validated = self.step
        return better

    def _evaluate(self) -> Evaluated:
        """The best initialization and a random start on the fixed test tasks."""
        self.sink(PhaseChanged("evaluating on the test tasks"))
        _, tasks, digest = self._fixed("test", self.experiment.evaluation.tasks)
        best, step = (self.best, self.best_step) if self.best is not None else (self.meta, self.step)
        learned = self._curves(self.assembly.method, best, tasks)
        self._refuse_non_finite(learned)
        names = self.assembly.shown.test.spec.names
        fresh = self._random_start(tasks)
        return Evaluated(step, learned, fresh, digest, names, self._alternatives(tasks), target_of(self.assembly))

    def _alternatives(self, tasks: Task) -> tuple[Alternative, ...]:
        """What a person would otherwise do, where that is asked for."""
        if not self.experiment.measures_alternatives():
            return ()
        self.sink(PhaseChanged("measuring the alternatives"))
        check = self._between_evaluations
        return tuple(alternatives(self.assembly, tasks, self._curves, check, self.data_folder))

    def _refuse_non_finite(self, learned: Curves) -> None:
        """A result that is no number is a failed run, whatever the training loss was; other numbers of steps are a warning."""
        means, after = learned.loss.mean(0), self.experiment.best_after()
        bad = np.flatnonzero(~np.isfinite(means))
        if after in bad:
            raise NonFinite(
                f"the loss on the test tasks became {means[after]} after {after} inner steps; {WHERE_FROM_HERE}"
            )
        if len(bad):
            self._say(
                f"the loss on the test tasks is no longer finite after {bad[0]} inner steps (finite after {after})"
            )

    # files

    def _checkpoint_if_due(self) -> None:
        if self.step == 0:  # the seed says it all
            return
        if self.step % self.experiment.checkpoint_every() == 0:
            self._save("regular")
        elif time.monotonic() - self.saved_at > CHECKPOINT_SECONDS:
            self._save("timed")

    def _save(self, reason: str) -> None:
        """A checkpoint of finite tensors; a timed one replaces the timed one before it."""
        self.meter.halt()
        self._flush()
        if self.saved_step == self.step:
            return
        if bad := self._first_bad_tensor():
            raise NonFinite(f"a tensor is no longer finite at step {self.step}{bad}; {WHERE_FROM_HERE}")
        path = self.folder / f"step-{self.step:08d}.safetensors"
        plan = self.assembly.plan.as_dict()
        card = {
            "step": self.step, "seconds": self.meter.seconds, "best_step": self.best_step, "stale": self.stale,
            "validated": self.validated,
            "best_loss": self.best_loss if self.best is not None else None, "plan": plan, "experiment": self.experiment.plain(),
            "digest": self.experiment.digest(), "tasks": plain_spec(self.assembly.spec),
            **({} if self.online is None else {"online": self.online.plain()}),
            **({} if self.hard is None else {"failed": self.hard.failed}),
        }  # fmt: skip
        sha256, size = save(path, Checkpoint(self.meta, self.optimizer.tensors(self.meta.learned), self.best, card))
        self.saved_at, self.saved_step = time.monotonic(), self.step
        if is_good(self.meter.last_loss, self.meter.first_loss):
            self.good.append(path)
        self.sink(Checkpointed(self.step, str(path), sha256, size, reason))
        if self.timed != Path() and self.timed not in self.good[-1:]:
            self.timed.unlink(missing_ok=True)
        self.timed = path if reason == "timed" else Path()

    def _restore(self, path: Path) -> Checkpoint:
        stored = load(path, self.assembly.device)
        check_fits(stored.meta, self.meta, path)
        refuse_changed_data(stored.card, self.assembly.spec)
        card, fresh = stored.card, self.meta
        self.meta, self.step, self.validated = in_order_of(fresh, stored.meta), card["step"], card["validated"]
        self.best = None if stored.best is None else in_order_of(fresh, stored.best)
        self.best_step, self.stale = card["best_step"], card["stale"]
        self.best_loss = float("inf") if card["best_loss"] is None else card["best_loss"]
        return stored

    # words

    def _started(self) -> Started:
        found = counts(self.assembly.net, self.assembly.partition, self.meta.learned)
        device = torch.cuda.get_device_name() if self.assembly.device.type == "cuda" else f"CPU, {os.cpu_count()} cores"
        return Started(self.step, self.experiment.outer.steps, device, self._engine(self.step + 1), found)

    def _engine(self, step: int) -> dict[str, Any]:
        """As stored with the run: the plan, the tier of `step`, and every swap."""
        tier = self.tiers.tier_at(step)
        ranks = {} if self.ranks is None else {"ranks": self.ranks.world}
        trial = {"trial": list(self.assembly.trial)} if self.assembly.trial else {}
        memory = {} if self.memory is None else {"estimate_bytes": self.memory.most}
        return {
            **self.assembly.plan.as_dict(), **trial, **ranks, **memory, "tier": tier,
            "swaps": [list(swap) for swap in self.tiers.swaps],
            "chunks": [list(change) for change in self.tiers.chunks],
            **({"changes": [list(change) for change in self.changes]} if self.changes else {}),
        }  # fmt: skip

    def _finish(self, status: str, reason: str) -> None:
        rate, steady = self.meter.rates(self.step, self.first_step)
        self.sink(Finished(status, self.step, self.meter.seconds, rate, steady, reason, self._peak_bytes()))

    def _peak_bytes(self) -> int | None:
        """What the run added to the process at most, or took on the GPU."""
        if self.assembly.device.type == "cuda":
            return int(torch.cuda.max_memory_allocated())
        return None if self.peak is None else self.peak.grown()


def _earlier(checkpoint: Path) -> list[Path]:
    """Of the same run, oldest first."""
    return sorted(path for path in checkpoint.parent.glob("step-*.safetensors") if path.name < checkpoint.name)


def _copied(meta: Meta) -> Meta:
    def copy(groups: Groups) -> Groups:
        return {group: {name: leaf.detach().clone() for name, leaf in named.items()} for group, named in groups.items()}

    return Meta(copy(meta.learned), copy(meta.fixed), copy(meta.state))


def _first(tasks: Task, number: int) -> Task:
    from core.types import map_task

    chosen: Task = map_task(lambda leaf: leaf[:number], tasks)
    return chosen
