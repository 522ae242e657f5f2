"""What lies where in the repository."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOP = {
    ".ci",
    ".githooks",
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "app",
    "core",
    "packaging",
    "pyproject.toml",
    "resources",
    "tests",
}
LARGEST = 1_500_000


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    answer = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode or not answer.stdout:
        pytest.skip("not a git checkout")
    return [name for name in answer.stdout.split("\0") if name and (ROOT / name).exists()]


def test_the_top_level_holds_only_what_belongs_there(tracked):
    assert {name.split("/")[0] for name in tracked} <= TOP


def test_every_folder_of_tests_is_a_package(tracked):
    folders = {Path(name).parent for name in tracked if name.startswith("tests/") and name.endswith(".py")}
    assert not [str(folder) for folder in folders if not (ROOT / folder / "__init__.py").exists()]


def test_packaging_is_no_package_and_shadows_no_library():
    assert not (ROOT / "packaging" / "__init__.py").exists()


def test_no_large_file_is_tracked(tracked):
    assert not [name for name in tracked if (ROOT / name).stat().st_size > LARGEST]


def test_no_file_names_a_package_registry(tracked):
    hosts = re.compile(
        "|".join(
            ["py" + "pi\\.org", "python" + "hosted", "npm" + "js\\.", "deb\\." + "debian", "download\\." + "pytorch"]
        )
    )
    texts = [name for name in tracked if Path(name).suffix in {".py", ".md", ".toml", ".sh", ".xml", ""}]
    assert not [name for name in texts if hosts.search((ROOT / name).read_text(encoding="utf-8", errors="ignore"))]


def test_the_version_is_the_same_everywhere():
    import tomllib

    import core

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == core.__version__
    assert f'version="{core.__version__}"' in (ROOT / "packaging" / "headstart.metainfo.xml").read_text(
        encoding="utf-8"
    )
