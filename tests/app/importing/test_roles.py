"""What columns are for, as settings."""

import pytest

from app.pages.importing.roles import settings_of, with_role
from core.data.inspection import Column, Inspection

COLUMNS = [
    Column("tree", "category", "task", 0, 5), Column("age", "number", "input", 0, 9),
    Column("girth", "number", "unused", 0, 9), Column("height", "number", "target", 0, 9),
]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "role", "task", "inputs", "target"),
    [
        (["girth"], "input", "tree", ("age", "girth"), ("height",)),
        (["girth"], "task", "girth", ("age",), ("height",)),
        (["age", "girth"], "unused", "tree", (), ("height",)),
        (["girth", "age"], "target", "tree", (), ("age", "girth", "height")),
        (["tree"], "input", None, ("tree", "age"), ("height",)),
    ],
)
def test_roles_become_settings(names, role, task, inputs, target):
    assert with_role(COLUMNS, names, role) == {"task_column": task, "inputs": inputs, "target": target}


def test_the_draft_gets_what_was_chosen_and_what_was_suggested():
    found = Inspection("images", "/a", "", "", settings={"tasks.kind": "images", "tasks.ways": 4, "tasks.side": None})
    assert settings_of(found, {"level": "top"}) == {"tasks.level": "top", "tasks.kind": "images", "tasks.ways": 4}
