"""The cache of compiled passes: a library is machine code, so only what this user has built is ever loaded.

A data folder may come from elsewhere (a colleague's, an archive): every card carries a seal over its library, made with a
secret that lies outside of all data folders. The seal also finds a damaged file before the system maps it.
"""

import hashlib
import hmac
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

LIBRARY, CARD, AGREED = "pass.pt2", "card.json", "agreed"
KERNELS = "kernels-"
"""Begins the name of a folder whose library is core.kernels', which serves every convolutional network."""
KEPT = 20
DAY = 24 * 3600.0
LOOK_SECONDS = 0.2


def complete(folder: Path) -> bool:
    return (folder / CARD).is_file() and (folder / LIBRARY).is_file()


def seal(folder: Path, card: dict[str, Any]) -> None:
    """Write the card of the library that lies there; the card goes last."""
    (folder / CARD).write_text(json.dumps({**card, "seal": _seal(folder, card)}), encoding="utf-8")


def opened(folder: Path) -> dict[str, Any]:
    """The card. Raises ValueError where the library is damaged or not of this user's own making, OSError where it is
    not there."""
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    found = card.pop("seal", None) if isinstance(card, dict) else None
    if not isinstance(found, str) or not hmac.compare_digest(found.encode(), _seal(folder, card).encode()):
        raise ValueError("it is damaged, or was not built by this user on this machine")
    with suppress(OSError):
        os.utime(folder)  # used last, thrown away last
    return dict(card)


@contextmanager
def alone(target: Path, waits: Callable[[], None]) -> Iterator[None]:
    """One process builds a key, others wait, and call `waits` every now and then, which may raise; the system lets go of the
    lock of one that dies."""
    import fcntl

    with target.with_name(f".{target.name}.lock").open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waits()
                time.sleep(LOOK_SECONDS)
        yield


def agreed(folder: Path, key: str) -> bool:
    """Has the library there given the eager gradient of the pass `key`, and sooner, when it was last compared?"""
    return (folder / AGREED / key).is_file()


def note_agreement(folder: Path, key: str) -> None:
    """So that the next launch need not compare again; where that cannot be written, it will."""
    with suppress(OSError):
        (folder / AGREED).mkdir(exist_ok=True)
        (folder / AGREED / key).touch()


def prune(shelf: Path, kept: int = KEPT) -> None:
    """Keep the libraries used last; throw away what killed builds have left."""
    entries = [entry for entry in shelf.iterdir() if entry.is_dir()]
    ready = sorted((entry for entry in entries if not entry.name.startswith(".")), key=_age)
    dead = [entry for entry in entries if entry.name.startswith(".building-") and _age(entry) > DAY]
    for entry in [*ready[kept:], *dead]:
        shutil.rmtree(entry, ignore_errors=True)
        with suppress(OSError):
            entry.with_name(f".{entry.name}.lock").unlink()


def _age(entry: Path) -> float:
    """[s]; what has just gone is old."""
    try:
        return time.time() - entry.stat().st_mtime
    except OSError:
        return float("inf")


def _seal(folder: Path, card: dict[str, Any]) -> str:
    with (folder / LIBRARY).open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    text = json.dumps([content, card], sort_keys=True)
    return hmac.new(_secret(), text.encode(), hashlib.sha256).hexdigest()


def own_place() -> Path:
    """A folder of this user, outside of all data folders."""
    import appdirs

    return Path(appdirs.user_config_dir("headstart", appauthor=False))


def _secret() -> bytes:
    """[32 bytes] of this user, made at first use; readable by nobody else."""
    path = own_place() / "compiled.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{secrets.token_hex(8)}.part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        with suppress(FileExistsError):  # of a process that was faster: its secret stands
            os.link(part, path)
        part.unlink()
    secret = path.read_bytes()
    if len(secret) != 32:
        raise ValueError(f"{path} is damaged; delete it")
    return secret
