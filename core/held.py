"""What is set for the whole process as long as anybody wants it: the first one sets it, the last one takes it back."""

import threading
from collections.abc import Callable


class Held:
    """A context that may be entered by several threads and inside itself."""

    def __init__(self, begin: Callable[[], object], end: Callable[[], object]) -> None:
        self._begin, self._end = begin, end
        self._inside, self._lock = 0, threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._begin()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._end()
