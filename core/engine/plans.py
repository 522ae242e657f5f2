"""Plans that a trial has found, kept in the data folder: one small JSON file a kind of experiment and machine."""

import hashlib
import json
import os
import platform
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from core.engine.plan import Plan, available_cores

if TYPE_CHECKING:
    from core.config import Experiment

FORMAT = 1
KEPT = 300


def path_of(experiment: "Experiment", device: torch.device, data_folder: Path) -> Path:
    """Where the plan for these shapes, this method and this machine lies, once one was found."""
    plain = experiment.plain()
    shaped = {
        "format": FORMAT, "tasks": {name: value for name, value in plain["tasks"].items() if name != "path"},
        "network": plain["network"], "method": plain["method"], "subset": plain["subset"],
        "inner": {name: value for name, value in plain["inner"].items() if name != "evaluation_steps"},
        "meta_batch": experiment.outer.meta_batch, "engine": {**plain["engine"], "tier": ""},
        "torch": torch.__version__, "machine": machine(device),
    }  # fmt: skip
    key = hashlib.sha256(json.dumps(shaped, sort_keys=True).encode()).hexdigest()[:24]
    return data_folder / "cache" / "plans" / f"{key}.json"


def machine(device: torch.device) -> list[Any]:
    if device.type == "cuda":
        return [torch.cuda.get_device_name(device)]
    return [platform.machine(), torch.backends.cpu.get_cpu_capability(), available_cores()]


def read(path: Path) -> tuple[Plan, list[dict[str, Any]]] | None:
    """(the plan, what was tried), or None where there is none that can be read."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        plan, rows = Plan.from_dict(stored["plan"]), [dict(row) for row in stored["trial"]]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    known = plan.mode in ("vectorised", "per-task") and plan.walk in ("unrolled", "adjoint")
    numbers = (plan.chunk, plan.threads, plan.workers, plan.evaluation_chunk)
    sound = known and all(isinstance(number, int) and 1 <= number <= 10**6 for number in numbers)
    return (plan, rows) if sound else None


def keep(path: Path, plan: Plan, rows: list[dict[str, Any]], title: str) -> None:
    """Where the folder cannot be written, the plan serves this run alone."""
    from core.storage.files import atomic_write

    text = json.dumps({"format": FORMAT, "title": title, "plan": plan.as_dict(), "trial": rows}, indent=1)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, text.encode())
        _prune(path.parent)


def kept(data_folder: Path) -> list[dict[str, Any]]:
    """All that are there, last found first: [{"title", "plan", "trial"}]."""
    found: list[dict[str, Any]] = []
    for path in _by_age(data_folder / "cache" / "plans"):
        if (stored := read(path)) is None:
            continue
        title = json.loads(path.read_text(encoding="utf-8")).get("title", "")
        found.append({"title": str(title), "plan": stored[0].as_dict(), "trial": stored[1]})
    return found


def _prune(folder: Path) -> None:
    for path in _by_age(folder)[KEPT:]:
        with suppress(OSError):
            os.unlink(path)


def _by_age(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
