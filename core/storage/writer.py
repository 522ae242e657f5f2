"""The one thread that writes, with the one connection that may."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from .engine import sentences

T = TypeVar("T")
_Job = tuple[Callable[[Session], Any], "Future[Any]"]


class Writer:
    """Each submitted function is one transaction: committed when `submit` returns, undone when it raises."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self.changes = 0
        self._engine, self._path = engine, path
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="headstart-writer", daemon=True)
        self._thread.start()

    def submit(self, function: Callable[[Session], T]) -> T:
        """Run it on the writer thread and wait. Known troubles of the file come back as a CoreError."""
        future: Future[T] = Future()
        with self._gate:
            if self._closed:
                raise RuntimeError("the catalog is closed")
            self._jobs.put((function, future))
        return future.result()

    def close(self) -> None:
        """Finish what was submitted, then end the thread. May be called twice."""
        with self._gate:
            if self._closed:
                return
            self._closed = True
            self._jobs.put(None)
        self._thread.join()
        self._engine.dispose()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            function, future = job
            try:
                with sentences(self._path), Session(self._engine, expire_on_commit=False) as session, session.begin():
                    result = function(session)
            except BaseException as error:
                future.set_exception(error)
            else:
                self.changes += 1
                future.set_result(result)
