"""Who may import whom: read from the source, and tried in fresh processes."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WINDOW = ("app", "PySide6", "pyqtgraph", "shiboken6")
BARE = ("engine", "methods", "nets", "tasks")
TORCH_FREE = (
    "core",
    "core.config",
    "core.cli",
    "core.storage.catalog",
    "core.training.events",
    "core.training.control",
    "core.methods.registry",
    "core.nets.registry",
    "core.tasks.registry",
)

BLOCKED = """
import sys
from importlib.abc import MetaPathFinder

class Blocked(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {names!r}:
            raise ImportError(f"{{name}} must not be imported here")

sys.meta_path.insert(0, Blocked())
import {module}
"""


def imported(file: Path) -> list[tuple[int, str]]:
    """Line and module of every absolute import in a file, nested ones too (relative ones stay inside)."""
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.append((node.lineno, node.module or ""))
    return found


def modules(folder: Path) -> list[str]:
    parts = [file.relative_to(ROOT).with_suffix("").parts for file in sorted(folder.rglob("*.py"))]
    return [".".join(part[:-1] if part[-1] == "__init__" else part) for part in parts]


def in_fresh_process(code: str) -> str:
    """Standard error of a Python that runs the code from the repository; empty where all went well."""
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    return answer.stderr[-2000:] if answer.returncode else ""


def exists(module: str) -> bool:
    path = ROOT.joinpath(*module.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def test_core_imports_neither_the_window_nor_its_libraries():
    wrong = [
        f"{file.relative_to(ROOT)}:{line} imports {name}"
        for file in sorted((ROOT / "core").rglob("*.py"))
        for line, name in imported(file)
        if name.split(".")[0] in WINDOW
    ]
    assert not wrong, "\n".join(wrong)


def test_the_entry_point_imports_no_qt_itself():
    if not exists("app.launch"):
        pytest.skip("app/launch.py is not there yet")
    assert in_fresh_process(BLOCKED.format(names=("PySide6", "pyqtgraph", "torch"), module="app.launch")) == ""


@pytest.mark.parametrize("module", TORCH_FREE)
def test_what_starts_the_program_imports_no_torch(module: str):
    if not exists(module):
        pytest.skip(f"{module} is not there yet")
    heavy = ("torch", "matplotlib", "PIL", "PySide6")
    assert in_fresh_process(BLOCKED.format(names=heavy, module=module)) == ""


def test_no_part_of_the_window_imports_torch_before_it_is_shown():
    if not exists("app.main"):
        pytest.skip("app/main.py is not there yet")
    module = "; import ".join(modules(ROOT / "app"))
    assert in_fresh_process(BLOCKED.format(names=("torch", "matplotlib", "pandas", "alembic"), module=module)) == ""


@pytest.mark.parametrize("part", BARE)
def test_the_mathematics_imports_with_torch_and_numpy_alone(part: str):
    names = ("pydantic", "sqlalchemy", "alembic", "PySide6", "pandas", "typer", "rich", "matplotlib", "app")
    module = "; import ".join(modules(ROOT / "core" / part))
    assert in_fresh_process(BLOCKED.format(names=names, module=module)) == ""


def test_no_source_file_unpickles():
    """But for the reader of data sets that answers every name in a pickle with a stand-in (tests/core/data/test_mini.py)."""
    wrong = [
        f"{file.relative_to(ROOT)}:{line} imports {name}"
        for folder in ("app", "core")
        for file in sorted((ROOT / folder).rglob("*.py"))
        for line, name in imported(file)
        if file != ROOT / "core" / "data" / "restricted.py"
        and name.split(".")[0] in ("pickle", "dill", "cloudpickle", "shelve", "marshal", "joblib")
    ]
    assert not wrong, "\n".join(wrong)
