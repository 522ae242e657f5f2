"""The lock on the data folder: one process writes; readers never lock."""

from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from core.errors import FolderInUse

from .files import as_core_error

NAME = "headstart.lock"


def take(folder: Path) -> BaseFileLock:
    """The lock, held until released; the system releases it when the process dies. Raises FolderInUse."""
    lock = FileLock(folder / NAME, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise FolderInUse(
            f"another Headstart writes to {folder}; close it, or choose another folder with --data-folder"
        ) from None
    except OSError as error:
        known = as_core_error(error, folder / NAME)
        if known is None:
            raise
        raise known from error
    return lock
