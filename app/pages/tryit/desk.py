"""What is tried: the start, the task, what came of it; everything is computed in the background and told by signals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from app.pages.tryit.sources import Drawn, Sampled, Source
from app.pages.tryit.work import OTHER, Asked, Loaded, Token, ask, far, open_start, save
from app.services.background import Handle, run_in_background
from app.workspace import Workspace

LEAST_STEPS, MOST_STEPS = 10, 200


@dataclass(frozen=True)
class Beside:
    """What stands beside the start: a random start, and another initialization by id ("" is none)."""

    random_start: bool = True
    other: str = ""


class Desk(QObject):
    """`opened`: a start is ready; `asked`: a task and its answers; `compared`: how a random start goes on; `failed`:
    ("start" or "task", sentence); `saved`: (path, rows); `busy`: whether something is computed."""

    opened = Signal()
    asked = Signal()
    compared = Signal()
    failed = Signal(str, str)
    saved = Signal(str, int)
    busy = Signal(bool)

    def __init__(self, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.loaded: Loaded | None = None
        self.answer: Asked | None = None
        self.source: Source = Sampled()
        self.beside = Beside()
        self.steps = LEAST_STEPS
        self.random_results = np.empty(0)
        self._wanted = ""
        self._others: dict[str, Loaded] = {}
        self._token = Token()
        self._opening: Handle | None = None
        self._asking: Handle | None = None
        self._comparing: Handle | None = None
        self._saving: Handle | None = None

    @property
    def is_busy(self) -> bool:
        return self._opening is not None or self._asking is not None

    @property
    def working(self) -> bool:
        """Busy, or still looking how far a random start gets, or writing."""
        return self.is_busy or self._comparing is not None or self._saving is not None

    def open(self, reference: str) -> None:
        """Load an initialization and try it on a sampled task. One that is open already stays as it is."""
        if self.loaded is not None and self.loaded.record.id == reference:
            self.opened.emit()
            return
        self._drop()
        self.loaded, self.answer, self._wanted = None, None, reference
        self.source, self.beside = Sampled(), Beside(self.beside.random_start)
        catalog = self._workspace.catalog
        self._opening = run_in_background(lambda: open_start(catalog, reference), self._opened, self._not_opened)
        self.busy.emit(True)

    def wait(self) -> None:
        """No task for now: one is about to be named."""
        self._drop()
        self.answer, self.random_results = None, np.empty(0)

    def close(self) -> None:
        """Nothing is tried any more."""
        self._drop()
        self.loaded, self.answer = None, None

    def take(self, source: Source) -> None:
        """Another task."""
        self.source = source
        self.ask()

    def set_beside(self, beside: Beside) -> None:
        if beside != self.beside:
            self.beside = beside
            self.ask()

    def set_steps(self, steps: int) -> None:
        if steps != self.steps:
            self.steps = steps
            self.ask()

    def ask(self) -> None:
        """Compute again; what was under way is dropped."""
        loaded, source = self.loaded, self.source
        if loaded is None:
            return
        self._drop()
        if isinstance(source, Drawn) and not len(source.support):
            self.answer, self.random_results = None, np.empty(0)
            self.asked.emit()
            return
        token = self._token = Token()
        steps, beside, other = self.steps, self.beside, self._other()
        self._asking = run_in_background(
            lambda: ask(loaded, source, steps, random_start=beside.random_start, other=other, token=token),
            self._asked,
            self._not_asked,
        )
        self.busy.emit(True)

    def save(self, path: Path, step: int) -> None:
        """Write the predictions after that step."""
        loaded, answer = self.loaded, self.answer
        if loaded is not None and answer is not None:
            self._saving = run_in_background(lambda: save(loaded, answer, step, path), self._saved, self._not_saved)

    def _other(self) -> Callable[[], Loaded] | None:
        """Loads the other initialization, once."""
        wanted, catalog, known = self.beside.other, self._workspace.catalog, self._others
        if not wanted:
            return None

        def load() -> Loaded:
            if wanted not in known:
                known[wanted] = open_start(catalog, wanted)
            return known[wanted]

        return load

    def _drop(self) -> None:
        self._token.cancelled = True
        for handle in (self._opening, self._asking, self._comparing):
            if handle is not None:
                handle.cancel()
        self._opening = self._asking = self._comparing = None

    @Slot(Loaded)
    def _opened(self, loaded: Loaded) -> None:
        self._opening = None
        self.loaded = loaded
        self.steps = min(MOST_STEPS, max(LEAST_STEPS, loaded.start.steps))
        if self.beside.other == loaded.record.id:  # asked for by name or prefix
            self.beside = replace(self.beside, other="")
        self.opened.emit()
        self.ask()

    @Slot(str)
    def _not_opened(self, sentence: str) -> None:
        self._opening = None
        self.busy.emit(False)
        self.failed.emit("start", sentence)

    @Slot(Asked)
    def _asked(self, answer: Asked) -> None:
        self._asking = None
        self.answer = answer
        self.random_results = np.empty(0)
        self.busy.emit(False)
        self.asked.emit()
        loaded, question, token = self.loaded, answer.question, self._token
        if loaded is not None and self.beside.random_start and question.known.any():
            self._comparing = run_in_background(
                lambda: far(loaded, question, token), self._compared, self._not_compared
            )

    @Slot(str)
    def _not_asked(self, sentence: str) -> None:
        self._asking = None
        self.answer = None
        self.busy.emit(False)
        self.failed.emit("task", sentence)

    @Slot(np.ndarray)
    def _compared(self, results: np.ndarray) -> None:
        self._comparing = None
        self.random_results = results
        self.compared.emit()

    @Slot(str)
    def _not_compared(self, sentence: str) -> None:
        self._comparing = None

    @Slot(tuple)
    def _saved(self, told: tuple[Path, int]) -> None:
        self._saving = None
        self.saved.emit(str(told[0]), told[1])

    @Slot(str)
    def _not_saved(self, sentence: str) -> None:
        self._saving = None
        self._workspace.notify(sentence, "error")

    @property
    def has_other(self) -> bool:
        return self.answer is not None and OTHER in self.answer.traces
