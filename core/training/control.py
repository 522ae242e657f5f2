"""Pause and stop, looked at by the training thread once a chunk of tasks."""

import threading


class StopRequested(Exception):
    """Unwinds the outer step that was under way; its result is thrown away."""


class Control:
    """Shared by the thread that trains and the one that clicks. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._run = threading.Event()
        self._run.set()

    def stop(self) -> None:
        """End after the chunk under way: what is learned is kept."""
        self._stop.set()
        self._run.set()

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
