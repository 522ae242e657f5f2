"""The README's Python lines run as they stand, on files that the README's commands wrote."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
SHORT = ["outer.steps=4", "evaluation.tasks=8", "evaluation.validation_tasks=4"]

SURROUNDED = """
import sys
import numpy as np

sys.modules["PySide6"] = None
support_x = np.linspace(-4, 4, 5, dtype=np.float32)[:, None]
support_y, query_x = np.sin(support_x), np.zeros((3, 1), dtype=np.float32)
{lines}
assert tuple(prediction.shape) == (3, 1), prediction
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Holds sinusoid.safetensors, sinusoid.pt and sinusoid.onnx."""
    from core.deploy import export
    from core.example import run_example
    from core.export.leaving import leave
    from core.export.words import Wanted
    from core.storage.catalog import Catalog

    folder = tmp_path_factory.mktemp("readme")
    with Catalog.open(folder / "data") as catalog:
        example = run_example(catalog, folder, settings=SHORT)
    export(example.initialization, folder / "sinusoid.safetensors")
    export(example.initialization, folder / "sinusoid.pt")
    leave(example.initialization, folder / "sinusoid.onnx", folder / "data", Wanted(steps=2))
    return folder


@pytest.mark.parametrize("lines", BLOCKS, ids=["core", "torch", "onnxruntime"])
def test_the_lines_that_use_an_exported_file_run(lines: str, folder: Path):
    code = SURROUNDED.format(lines=lines)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert answer.returncode == 0, answer.stderr


def test_the_lines_for_plain_torch_name_nothing_of_ours():
    assert "core" not in BLOCKS[1]


def test_every_make_target_that_the_readme_names_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?:`|^    )make ([a-z][a-z-]*)", README, re.MULTILINE))
    assert targets >= {"run", "test", "check"}
    assert not [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)]


def test_every_file_that_the_readme_shows_is_there():
    shown = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    missing = [name for name in shown if not (ROOT / name).exists()]
    if missing:
        pytest.skip(f"not taken yet: {', '.join(missing)}")


def test_every_preset_that_the_readme_names_exists():
    from core.config import presets

    named = set(re.findall(r"headstart run ([a-z][a-z0-9-]*)", README))
    assert named <= presets().keys()


def test_every_command_that_the_readme_names_exists():
    import typer

    from app.launch import WINDOW
    from core.cli.app import app

    commands = set(typer.main.get_command(app).commands) | set(WINDOW)
    named = set(re.findall(r"^    headstart ([a-z]+) ", README, re.MULTILINE)) | set(
        re.findall(r"`headstart ([a-z]+) ", README)
    )
    assert named <= commands
