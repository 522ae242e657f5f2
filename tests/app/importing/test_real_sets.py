"""The real sets through the dialog, as a person takes them in: every table, photographs, handwriting."""

import pytest
from PySide6.QtWidgets import QPushButton, QTableView

from tests.app.setup.conftest import find
from tests.core.data.places import real
from tests.core.data.test_table_report import TABLES, TOO_FEW, listed

from .test_journeys import click, looked, rows_of, text, titles

QUICK = {"ChickWeight", "Orange", "parkinsons_updrs", "pbcseq"}
"""A sure guess, too few tasks, a target to confirm, roles to give and cells missing; the others are slow only for their number."""
WORDS = {"task": "Task column", "input": "Input", "target": "Target"}


def press(qtbot, made, name, role):
    view = find(made, "importing.columns", QTableView)
    view.selectRow(next(index for index, row in enumerate(rows_of(made)) if row[0] == name))
    click(qtbot, find(made, f"importing.role.{role}", QPushButton))
    qtbot.waitUntil(looked(made), timeout=60_000)


def give_roles(qtbot, made, wanted):
    """Press the role of each column whose suggestion is another one, and confirm a target that was only guessed."""
    for role, name in wanted.items():
        if next(row[2] for row in rows_of(made) if row[0] == name) != WORDS[role]:
            press(qtbot, made, name, role)
    for name in [row[0] for row in rows_of(made) if row[2] != "Not used" and row[0] not in wanted.values()]:
        press(qtbot, made, name, "unused")
    if "could be the target" in text(made, "importing.problems"):
        press(qtbot, made, wanted["target"], "target")


@pytest.mark.parametrize("name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in TABLES])
def test_a_real_table_gets_its_roles_and_becomes_the_tasks_or_says_why_not(qtbot, page, name):
    about = listed(name)
    wanted = {"task": about["task_column"], "target": about["suggested_target"], "input": about["suggested_input"]}
    made = page.add_own()
    made.open_path(real("regression") / f"{name}.csv")
    qtbot.waitUntil(looked(made), timeout=60_000)
    give_roles(qtbot, made, wanted)
    add = find(made, "importing.add", QPushButton)
    if name in TOO_FEW:
        assert not add.isEnabled()
        assert f"{TOO_FEW[name]} tasks" in text(made, "importing.problems")
        made.reject()
        return
    assert {row[0]: row[2] for row in rows_of(made) if row[2] != "Not used"} == {
        own: WORDS[role] for role, own in wanted.items()
    }
    assert titles(made)[:2] == ["Overview", f"Columns ({len(rows_of(made))})"]
    assert add.isEnabled(), text(made, "importing.problems")
    click(qtbot, add)
    draft = page.desk.draft
    assert (draft.get("tasks.task_column"), draft.get("tasks.inputs"), draft.get("tasks.target")) == (
        wanted["task"], [wanted["input"]], [wanted["target"]],
    )  # fmt: skip
    assert not [problem for problem in draft.problems() if problem.blocking]


@pytest.mark.parametrize(
    ("folder", "file", "words", "kind"),
    [
        ("mnist", "", "9,968 of MNIST's digits in 56 tasks", "rainbow-mnist"),
        pytest.param("grocery", "grocery_images.zip", "60 classes", "images", marks=pytest.mark.slow),
        pytest.param("omniglot", "", "1,623 classes", "omniglot", marks=pytest.mark.slow),
    ],
)
def test_real_pictures_become_the_tasks(qtbot, page, folder, file, words, kind):
    made = page.add_own()
    made.open_path(real(folder) / file if file else real(folder))
    qtbot.waitUntil(looked(made), timeout=300_000)
    assert words in text(made, "importing.sentence")
    add = find(made, "importing.add", QPushButton)
    assert add.isEnabled(), text(made, "importing.problems")
    click(qtbot, add)
    draft = page.desk.draft
    assert draft.kind("tasks") == kind
    assert not [problem for problem in draft.problems() if problem.blocking]
