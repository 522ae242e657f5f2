"""Each method's own view is there as a picture of a real run, and the list beside the pictures names its preset and budget."""

import re
from pathlib import Path

import pytest

from core.config import presets
from core.methods.registry import METHODS
from tests.core.methods.test_sensible_help import SHOWS_NOTHING

FOLDER = Path(__file__).resolve().parents[2] / "packaging" / "screenshots" / "methods"
LISTED = dict(
    re.findall(r"^\| `(.+?)\.png` \| ([a-z0-9-]+)", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
)
SHOWN = [kind for kind in METHODS if kind not in SHOWS_NOTHING]


@pytest.mark.parametrize("kind", SHOWN)
def test_a_method_that_shows_something_has_a_picture_of_a_run_of_its_own(kind: str) -> None:
    name = kind.replace("++", "-plus-plus")
    assert (FOLDER / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert presets()[LISTED[name]].experiment.method.kind == kind


def test_no_picture_is_of_something_else() -> None:
    assert {path.stem for path in FOLDER.glob("*.png")} == {kind.replace("++", "-plus-plus") for kind in SHOWN}
