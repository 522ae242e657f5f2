"""The wheel: what is in it, and whether it works from another folder without the repository."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def done(command: list[str | Path], **options) -> subprocess.CompletedProcess[str]:
    answer = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300, **options)
    assert answer.returncode == 0, f"{command}\n{answer.stdout[-2000:]}\n{answer.stderr[-4000:]}"
    return answer


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    pytest.importorskip("hatchling", reason="pip install hatchling to build the wheel")
    folder = tmp_path_factory.mktemp("dist")
    done([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT)
    return next(folder.glob("headstart-*.whl"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def empty_environment(wheel: Path, tmp_path_factory) -> Path:
    """Only the wheel is installed; a .pth lends it the libraries of the environment that runs the tests."""
    folder = tmp_path_factory.mktemp("environment")
    done([sys.executable, "-m", "venv", "--without-pip", folder])
    pip = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "--disable-pip-version-check"]
    done([*pip, "install", "--no-deps", "--no-index", wheel])
    site = next((folder / "lib").glob("python3.*")) / "site-packages"
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


@pytest.mark.parametrize("folder", ["presets", "help", "icons"])
def test_the_wheel_carries_every_resource(names: set[str], folder: str):
    files = [file for file in (ROOT / "resources" / folder).rglob("*") if file.is_file() and file.suffix != ".pyc"]
    assert files, f"resources/{folder} is empty"
    assert {file.relative_to(ROOT).as_posix() for file in files} <= names


def test_the_wheel_carries_what_a_linux_menu_needs(names: set[str]):
    shared = {name.partition(".data/data/share/")[2] for name in names if ".data/data/share/" in name}
    sizes = (16, 24, 32, 48, 64, 128, 256, 512)
    assert shared == {
        "applications/headstart.desktop",
        "metainfo/headstart.metainfo.xml",
        "icons/hicolor/scalable/apps/headstart.svg",
        *(f"icons/hicolor/{size}x{size}/apps/headstart.png" for size in sizes),
    }


def test_the_wheel_carries_code_and_licence_but_no_tests(names: set[str]):
    tops = {name.split("/")[0] for name in names}
    assert {"app", "core", "resources"} <= tops
    assert "tests" not in tops
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_migrations_of_the_catalog_are_in_the_wheel(names: set[str]):
    folder = ROOT / "core" / "storage" / "migrations"
    files = {file.relative_to(ROOT).as_posix() for file in folder.rglob("*.py")}
    assert files
    assert files <= names


def test_the_installed_program_works_from_another_folder(empty_environment: Path, tmp_path: Path):
    command = empty_environment / "bin" / "headstart"
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")},
        "HEADSTART_DATA_FOLDER": str(tmp_path / "data"),
        "PATH": f"{command.parent}:{os.environ['PATH']}",
    }
    answer = done([command, "doctor", "--json"], cwd=tmp_path, env=environment)
    assert isinstance(json.loads(answer.stdout), dict)
    presets = json.loads(done([command, "presets", "--json"], cwd=tmp_path, env=environment).stdout)
    assert "sinusoid-maml" in {preset["name"] for preset in presets}
    where = done([empty_environment / "bin" / "python", "-c", "import core; print(core.__file__)"], cwd=tmp_path).stdout
    assert Path(where.strip()).is_relative_to(empty_environment)
