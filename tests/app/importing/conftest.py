"""Small sets of pictures, and a table whose understanding is made up; the rest of the dialog is real."""

import pytest

from app.pages.importing import look
from core.data.inspection import Column, Group, Inspection, LeftOut
from core.errors import BadFile
from tests.app.pages import empty, make_workspace, theme
from tests.app.setup.conftest import made_up, open_page, page, started
from tests.core.data.own_images import small_sets as small

__all__ = ["empty", "made_up", "make_workspace", "open_page", "page", "started", "theme"]


@pytest.fixture
def photos(tmp_path):
    return small.zipped(tmp_path / "photos.zip", small.files(20, 8) | {"c03/broken.png": b"broken"})


@pytest.fixture
def trees(tmp_path):
    """A file that exists; what is understood of it stands in `understood_table`."""
    path = tmp_path / "trees.csv"
    path.write_text("tree,age,height,note\n")
    return path


@pytest.fixture
def asked(monkeypatch):
    """The options of every look; a table is understood by them."""
    seen = []

    def inspect(path, folder, heard, options):
        seen.append(options)
        heard("reading", 0.5)
        if options.get("target") == ("note",):
            raise BadFile("note: a text cannot be predicted; choose a column of numbers")
        return understood_table(path, options)

    monkeypatch.setattr(look, "inspect", inspect)
    return seen


def understood_table(path, options):
    task = options.get("task_column", "tree")
    inputs, target = options.get("inputs", ("age",)), options.get("target", ("height",))

    def role(name):
        return "task" if name == task else "input" if name in inputs else "target" if name in target else "unused"

    columns = [Column(name, kind, role(name), 0, 9) for name, kind in TYPES.items()]
    return Inspection(
        "table", str(path), "a table", "9 trees, 90 rows.", (("rows", "90"),),
        tuple(Group(f"tree {at}", 10, "train") for at in range(9)), tuple(columns), (LeftOut("line 7", "has no height"),),
        {"tasks.kind": "table", "tasks.path": str(path), "tasks.task_column": task, "tasks.inputs": list(inputs),
         "tasks.target": list(target), "tasks.shots": 3},
        () if target else ("no column to predict; say which one is the target",),
    )  # fmt: skip


TYPES = {"tree": "category", "age": "number", "height": "number", "note": "text"}
