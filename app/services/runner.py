"""The queue of runs: one at a time on a worker thread whose only content is `core.runs.execute`."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot
from typing_extensions import override

from app.services.live import LiveRun
from core.config import Experiment
from core.errors import CoreError
from core.training.control import Control
from core.training.events import Checkpointed, Failed, Validated

if TYPE_CHECKING:
    from core.storage.catalog import Catalog
    from core.storage.records import RunRecord

Execute = Callable[..., Any]
DRAIN_MS = 100
_FULL = "no space left"  # as core.storage says it
_HELD = "The queue waits, because no space is left on the disk. Free some, then choose Go on with the queue."


def execute_run(*arguments: Any) -> Any:
    from core.runs import execute  # imports torch

    return execute(*arguments)


class Worker(QThread):
    """No parent, so that no widget's end can take it along; its owner keeps a reference until it has finished."""

    def __init__(self, work: Callable[[], Any], live: LiveRun) -> None:
        super().__init__(None)
        self.setObjectName(f"training {live.run_id}")
        self._work = work
        self._live = live

    @override
    def run(self) -> None:
        try:
            self._work()
        except CoreError as error:
            self._tell(str(error), known=True, trace="")
        except BaseException as error:  # a bug: told with its traceback, the window lives on
            self._tell(f"{type(error).__name__}: {error}", known=False, trace=traceback.format_exc())

    def _tell(self, sentence: str, *, known: bool, trace: str) -> None:
        already = any(isinstance(event, Failed) for event in list(self._live.queue))
        if not already and not isinstance(self._live.ended, Failed):
            self._live.sink(Failed(sentence, known, self._live.step, trace))


class Runner(QObject):
    """Queues runs and trains them one after the other. `ticked`: ten times a second while a run is under way, after
    its events were taken in; `changed`: the queue or the state of the run (paused, stopping) is another; `diverged`: the run's
    loss is no number, and it waits for `answer` or `stop`."""

    run_started = Signal(str)
    run_ended = Signal(str)
    ticked = Signal()
    diverged = Signal(str)
    changed = Signal()
    failed_to_start = Signal(str)

    def __init__(self, catalog: Catalog, parent: QObject | None = None, execute: Execute = execute_run) -> None:
        super().__init__(parent)
        self.catalog = catalog
        self.live: LiveRun | None = None
        """Of the run under way, and of the last one after its end."""
        self._execute = execute
        self._waiting: deque[str] = deque()
        self._control = Control(answers=True)
        self._worker: Worker | None = None
        self._discard = False
        self._closing = False
        self._owed: dict[str, tuple[str, bool]] = {}
        """Of runs whose end could not be written: why they ended, and whether they belong into the trash."""
        self._timer = QTimer(self)
        self._timer.setInterval(DRAIN_MS)
        self._timer.timeout.connect(self._drain)

    @property
    def current(self) -> str | None:
        """Id of the run under way."""
        return self.live.run_id if self._worker is not None and self.live is not None else None

    @property
    def waiting(self) -> tuple[str, ...]:
        """Ids of the queued runs, next one first."""
        return tuple(self._waiting)

    def start(self, experiment: Experiment, seeds: int = 1) -> list[str]:
        """Queue a run (n seeds: n runs of one group, seed, seed + 1, ...) and begin if nothing is under way. Ids."""
        import uuid

        from core.runs import enqueue

        group = uuid.uuid4().hex[:12] if seeds > 1 else None
        ids = []
        for offset in range(seeds):
            one = experiment.model_copy(update={"seed": experiment.seed + offset})
            ids.append(enqueue(self.catalog, one, group=group).id)
        self._waiting.extend(ids)
        self._next()
        return ids

    def resume(self, run_id: str) -> None:
        """Queue a run that ended early or was left queued; it goes on from its last checkpoint."""
        if run_id != self.current and run_id not in self._waiting:
            self._waiting.append(run_id)
            self._next()

    def go_on_with_queue(self) -> None:
        """After it was held because of a full disk."""
        self._next()

    def forget(self, run_id: str) -> None:
        """Take a run out of the queue; its row stays."""
        if run_id in self._waiting:
            self._waiting.remove(run_id)
            self.changed.emit()

    def move(self, run_id: str, places: int) -> None:
        """Let a waiting run have its turn so many places later (negative: earlier)."""
        if run_id in self._waiting:
            at = max(0, min(len(self._waiting) - 1, self._waiting.index(run_id) + places))
            self._waiting.remove(run_id)
            self._waiting.insert(at, run_id)
            self.changed.emit()

    def pause(self) -> None:
        self._set_paused(paused=True)

    def go_on(self) -> None:
        self._set_paused(paused=False)

    def answer(self, remedy: str) -> None:
        """To a run that has diverged and asks: go on with that remedy (core.training.remedies)."""
        if self.live is not None and self._worker is not None and self.live.diverged is not None:
            self.live.diverged, self.live.paused = None, False
            self._control.answer(remedy)
            self.changed.emit()

    def stop(self) -> None:
        """Stop and keep: ends after the chunk under way."""
        if self.live is not None and self._worker is not None:
            self.live.stopping = True
            self._control.stop()
            self.changed.emit()

    def discard(self) -> None:
        """Stop, and move the run to the trash once it has ended."""
        self._discard = True
        self.stop()

    def keep(self, run_id: str) -> None:
        """Take a discard back: before the run has ended, or out of the trash."""
        if run_id == self.current:
            self._discard = False
        else:
            self.catalog.restore([run_id])

    def end_all(self, *, discard: bool = False) -> None:
        """Empty the queue (rows stay queued) and stop what trains; `run_ended` follows once it has ended."""
        self._waiting.clear()
        self.changed.emit()
        (self.discard if discard else self.stop)()

    def close(self, seconds: float = 20.0) -> bool:
        """Stop and keep, wait so long at most. False where the training thread has not answered: it is never killed."""
        self._closing = True
        self._waiting.clear()
        self._timer.stop()
        worker = self._worker
        if worker is None:
            return True
        self._control.stop()
        if not worker.wait(round(seconds * 1000)):
            self._timer.start()
            self._closing = False
            return False
        worker.finished.disconnect(self._ended)
        self._ended()
        return True

    def _set_paused(self, *, paused: bool) -> None:
        from core.storage.records import Status

        run_id = self.current
        if (
            run_id is None
            or self.live is None
            or self.live.paused == paused
            or self.live.stopping
            or self.live.diverged
        ):
            return
        self.live.paused = paused
        (self._control.pause if paused else self._control.go_on)()
        self.catalog.set_status(run_id, Status.PAUSED if paused else Status.RUNNING)
        self.changed.emit()

    def _next(self) -> None:
        if self._worker is None and self._waiting and not self._closing:
            run_id = self._waiting.popleft()
            try:
                record = self.catalog.run(run_id)
            except CoreError as error:
                self.failed_to_start.emit(str(error))
                self._next()
                return
            self._begin(record)
        self.changed.emit()

    def _begin(self, record: RunRecord) -> None:
        run_id = record.id
        self.live = live = LiveRun(run_id, record.name, record.experiment)
        if record.step:
            self._recall(live)
        self._control = control = Control(answers=True)
        self._discard = False
        execute, catalog = self._execute, self.catalog
        self._worker = Worker(lambda: execute(catalog, run_id, live.sink, control), live)
        self._worker.finished.connect(self._ended)
        self._worker.start()
        self._timer.start()
        self.run_started.emit(run_id)

    def _recall(self, live: LiveRun) -> None:
        """What a resumed run has behind it."""
        held = self.catalog.series(live.run_id)
        live.before = {name: np.asarray(getattr(held, name), dtype=np.float64) for name in live.numbers.read()}
        stored = self.catalog.validations(live.run_id)
        live.validations = [Validated(seen.step, seen.seconds, seen.curves, seen.best) for seen in stored]
        kept = [one for one in self.catalog.checkpoints(live.run_id) if one.present]
        live.checkpoints = [Checkpointed(one.step, str(one.path), one.sha256, one.bytes, one.reason) for one in kept]

    @Slot()
    def _drain(self) -> None:
        if self.live is not None:
            asked = self.live.diverged is not None
            self.live.drain()
            self.ticked.emit()
            if self.live.diverged is not None and not asked:
                self.changed.emit()
                self.diverged.emit(self.live.run_id)

    @Slot()
    def _ended(self) -> None:
        """The thread has left its run(): take in the last events, forget it, go on with the queue."""
        worker, self._worker = self._worker, None
        if worker is None or self.live is None:
            return
        worker.wait()
        self._timer.stop()
        self._drain()
        run_id = self.live.run_id
        self._put_down(run_id)
        self.run_ended.emit(run_id)
        if self._waiting and self._is_full():
            self.failed_to_start.emit(_HELD)
            self.changed.emit()
        else:
            self._next()

    def _put_down(self, run_id: str) -> None:
        """How it ended, in the catalog. A run that ended by a bug in the recording, or whose end found no room on the disk,
        must not stay "running" for ever; the window and the queue live on."""
        ended = self.live.ended if self.live is not None else None
        sentence = ended.sentence if isinstance(ended, Failed) else ""
        if sentence or self._discard:
            self._owed[run_id] = (sentence, self._discard)
            try:
                self.settle()
            except CoreError as error:
                self.failed_to_start.emit(str(error))

    def settle(self) -> None:
        """Write what could not be written. Raises CoreError where it still cannot; then it stays owed."""
        from core.storage.records import Status

        for run_id, (sentence, discard) in list(self._owed.items()):
            if sentence and self.catalog.run(run_id).status in (Status.RUNNING, Status.PAUSED, Status.QUEUED):
                self.catalog.set_status(run_id, Status.FAILED, sentence)
            if discard:
                self.catalog.trash([run_id])
            del self._owed[run_id]

    @property
    def owes(self) -> bool:
        return bool(self._owed)

    def _is_full(self) -> bool:
        """Whether the run ended because no space was left: the next ones would end in the same way, one after the other."""
        ended = self.live.ended if self.live is not None else None
        return isinstance(ended, Failed) and ended.sentence.startswith(_FULL)
