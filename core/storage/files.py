"""Files that are either the old one or the whole new one, whatever happens in between."""

import errno
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from core.errors import BadFile, CoreError, DatabaseProblem, DiskFull

_PREFIX, _SUFFIX = ".headstart-", ".part"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}

Content = bytes | Callable[[BinaryIO], None]


def atomic_write(path: Path, content: Content) -> None:
    """Write beside, flush, fsync, replace, fsync the folder. `content`: the bytes, or what writes them to an open file.

    Raises DiskFull or DatabaseProblem (read-only); whatever fails, `path` keeps what it held and no temp file stays.
    """
    part = path.parent / f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
    with known_errors(path):
        try:
            with part.open("xb") as file:
                _fill(file, content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise
        sync_folder(path.parent)


def _place(path: Path) -> str:
    """What a person can change: an export's target is not the data folder's matter."""
    ours = any((folder / "headstart.lock").exists() for folder in list(path.parents)[:3])
    return "--data-folder" if ours else "place"


def make_folder(folder: Path) -> Path:
    """The folder, made with its parents where it is missing; the same sentences as atomic_write."""
    with known_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def writable(folder: Path) -> bool:
    """Whether this process, as who it acts now, may make files there."""
    return os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def sync_folder(folder: Path) -> None:
    """Make a rename durable; some systems (Windows) cannot open a folder and need nothing."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sha256_of(path: Path) -> str:
    """[64 hex digits] of the file's bytes, read in pieces. Raises BadFile where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadFile(f"cannot read {path}: {error.strerror}") from None


def sweep(folder: Path) -> list[Path]:
    """Remove what a killed process left half-written below `folder`. For the holder of the folder's lock only."""
    found = [path for path in folder.rglob(f"{_PREFIX}*{_SUFFIX}") if path.is_file()]
    for path in found:
        with suppress(OSError):
            path.unlink()
    return found


def as_core_error(error: OSError, path: Path) -> CoreError | None:
    """The sentence for a system error that a person can do something about; None for any other."""
    if error.errno in _FULL:
        return DiskFull(
            f"no space left to write {path.name} in {path.parent}; free some, or choose another {_place(path)}"
        )
    if error.errno in _REFUSED:
        return DatabaseProblem(f"cannot write to {path.parent}: {error.strerror}; choose another --data-folder")
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENAMETOOLONG):
        return BadFile(f"cannot write {path}: {error.strerror}; choose another place")
    return None


def _fill(file: BinaryIO, content: Content) -> None:
    if isinstance(content, bytes):
        file.write(content)
    else:
        content(file)


@contextmanager
def known_errors(path: Path) -> Iterator[None]:
    """System errors inside it as sentences, where there is one (see as_core_error). path: what is written."""
    try:
        yield
    except OSError as error:
        known = as_core_error(error, path)
        if known is None:
            raise
        raise known from error
