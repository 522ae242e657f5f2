"""Work off the GUI thread, its result delivered on the GUI thread to a receiver that is still there."""

import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar
from weakref import WeakMethod, WeakSet

from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

from core.errors import CoreError

T = TypeVar("T")
Report = Callable[[str], None]


class Handle:
    """One piece of work under way. `cancel` drops the result; what runs already runs to its end."""

    def __init__(self, done: Callable[[Any], None] | None, failed: Callable[[str], None] | None) -> None:
        self._done = _weak(done)
        self._failed = _weak(failed)
        self.cancelled = False
        self.future: Future[None] | None = None

    def cancel(self) -> None:
        self.cancelled = True
        if self.future is not None:
            self.future.cancel()

    def deliver(self, result: Any, sentence: str | None) -> None:
        target = self._done() if sentence is None else self._failed()
        receiver = getattr(target, "__self__", None)
        gone = isinstance(receiver, QObject) and not isValid(receiver)
        if target is not None and not gone and not self.cancelled:
            target(result if sentence is None else sentence)


class _Courier(QObject):
    """Lives on the GUI thread; the signal carries a ticket, the parcel waits under a lock."""

    ready = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._parcels: dict[int, tuple[Handle, Any, str | None]] = {}
        self._ticket = 0
        self.ready.connect(self._hand_over, Qt.ConnectionType.QueuedConnection)

    def post(self, handle: Handle, result: Any, sentence: str | None) -> None:
        """Called on any thread."""
        with self._lock:
            self._ticket += 1
            ticket = self._ticket
            self._parcels[ticket] = (handle, result, sentence)
        self.ready.emit(ticket)

    @Slot(int)
    def _hand_over(self, ticket: int) -> None:
        with self._lock:
            handle, result, sentence = self._parcels.pop(ticket)
        handle.deliver(result, sentence)


class _Office:
    """The one pool, made at first use."""

    def __init__(self) -> None:
        self.pool: ThreadPoolExecutor | None = None
        self.courier: _Courier | None = None
        self.futures: set[Future[None]] = set()
        self.handles: WeakSet[Handle] = WeakSet()
        self.report: Report = lambda text: None

    def open(self) -> tuple[ThreadPoolExecutor, _Courier]:
        if self.pool is None:
            self.pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="background")
        if self.courier is None or not isValid(self.courier):
            self.courier = _Courier()
        return self.pool, self.courier


_office = _Office()


def run_in_background(
    work: Callable[[], T], done: Callable[[T], None] | None = None, failed: Callable[[str], None] | None = None
) -> Handle:
    """Call `work` on the pool; then `done` with its result, or `failed` with one sentence, on the GUI thread.

    Bound methods are held weakly: a page that is gone gets nothing. A CoreError is its own sentence; a bug is told as
    "Something went wrong ..." and its traceback goes to the report. Call from the GUI thread.
    """
    pool, courier = _office.open()
    handle = Handle(done, failed)

    def call() -> None:
        try:
            result, sentence = work(), None
        except CoreError as error:
            result, sentence = None, str(error)
        except Exception as error:
            if not handle.cancelled:
                _office.report(traceback.format_exc())
            result, sentence = None, f"Something went wrong: {type(error).__name__}: {error}"
        courier.post(handle, result, sentence)

    _office.handles.add(handle)
    handle.future = pool.submit(call)
    _office.futures.add(handle.future)
    handle.future.add_done_callback(_office.futures.discard)
    return handle


def is_idle() -> bool:
    """No work is waiting or under way."""
    return not _office.futures


def drop_all() -> None:
    """No result of anything under way is delivered any more: those who asked are about to go."""
    for handle in list(_office.handles):
        handle.cancel()


def report_bugs_to(report: Report) -> None:
    """Where tracebacks of background work go; called on the pool's threads."""
    _office.report = report


def wait_for_background(seconds: float) -> bool:
    """Wait at most so long for the work under way; False where some is left. The pool is closed."""
    pool, _office.pool = _office.pool, None
    if pool is None:
        return True
    pool.shutdown(wait=False, cancel_futures=True)
    return not wait(list(_office.futures), timeout=seconds).not_done


def _weak(target: Callable[..., None] | None) -> Callable[[], Callable[..., None] | None]:
    if target is not None and hasattr(target, "__self__") and hasattr(target, "__func__"):
        return WeakMethod(target)  # type: ignore[return-value]
    return lambda: target
