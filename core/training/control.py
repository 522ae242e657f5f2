"""Pause and stop, looked at by the training thread once a chunk of tasks."""

import threading


class StopRequested(Exception):
    """Unwinds the outer step that was under way; its result is thrown away."""


class Control:
    """Shared by the thread that trains and the one that clicks. All methods may be called from any thread."""

    def __init__(self, *, answers: bool = False) -> None:
        """answers: somebody sees what the run asks (events.Diverged) and answers it; else it fails there."""
        self.answers = answers
        self._stop = threading.Event()
        self._answered = threading.Event()
        self._answer = ""
        self._run = threading.Event()
        self._run.set()

    def stop(self) -> None:
        """End after the chunk under way: what is learned is kept."""
        self._stop.set()
        self._run.set()
        self._answered.set()

    def answer(self, remedy: str) -> None:
        """What the run that asks is to do, of core.training.remedies.REMEDIES; `stop` ends it at its last good checkpoint."""
        self._answer = remedy
        self.go_on()
        self._answered.set()

    def ask(self) -> str:
        """Wait for the answer. Raises StopRequested where the run is to end instead."""
        self._answered.wait()
        self._answered.clear()
        self.check()
        return self._answer

    def pause(self) -> None:
        self._run.clear()

    def go_on(self) -> None:
        self._run.set()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    @property
    def paused(self) -> bool:
        return not self._run.is_set()

    def check(self) -> None:
        """Raise StopRequested once a stop was asked for."""
        if self._stop.is_set():
            raise StopRequested

    def wait_while_paused(self) -> None:
        self._run.wait()
