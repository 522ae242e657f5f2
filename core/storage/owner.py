"""Who runs a run: process, when that process was born, and since which start of the machine."""

import os
from functools import cache
from pathlib import Path
from typing import Any


@cache
def me() -> dict[str, Any]:
    return {"process": os.getpid(), "born": _born(os.getpid()), "boot": boot_id()}


def alive(owner: dict[str, Any] | None) -> bool:
    """Whether that very process still runs: a number used again, or a machine started again, is another one."""
    if owner == me():
        return True
    if not owner or owner.get("boot") != boot_id():
        return False
    born = _born(int(owner.get("process", -1)))
    return born is not None and owner.get("born") is not None and abs(born - owner["born"]) < 1.0


@cache
def boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        import psutil

        return f"{psutil.boot_time():.0f}"


def _born(process: int) -> float | None:
    import psutil

    try:
        return float(psutil.Process(process).create_time())
    except (psutil.Error, ValueError):
        return None
