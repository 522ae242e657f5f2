"""Forms as a person meets them: typing, arrows, wheel, problems, marks."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
)

from app.forms import Form, specs
from core.config import kinds
from core.config.experiment import Inner, Outer
from core.config.networks import ConvStrided
from core.config.own_data import Table
from core.config.own_images import Images
from core.config.tasks import Omniglot
from tests.app.setup.conftest import find


@pytest.fixture
def make_form(qtbot, theme):
    def make(model, prefix):
        form = Form(specs(model, prefix), page="setup", name=prefix)
        qtbot.addWidget(form)
        form.set_values({})
        form.resize(460, 500)
        form.show()
        form.heard = []
        form.changed.connect(lambda key, value: form.heard.append((key, value)))
        return form

    return make


def test_typing_tells_key_and_value(qtbot, make_form):
    form = make_form(Inner, "inner")
    line = find(form, "setup.inner.learning_rate", QLineEdit)
    line.selectAll()
    qtbot.keyClicks(line, "1e-3")
    assert form.heard[-1] == ("inner.learning_rate", 0.001)
    form.set_values({"inner.learning_rate": 0.001})
    assert line.text() == "1e-3"


def test_setting_values_tells_nothing(make_form):
    form = make_form(Inner, "inner")
    form.set_values({"inner.steps": 7, "inner.order": "first", "inner.clip": 2.0})
    assert form.heard == []
    assert find(form, "setup.inner.steps", QLineEdit).text() == "7"
    assert find(form, "setup.inner.order.first", QPushButton).isChecked()


def test_arrow_keys_step_within_the_bounds(qtbot, make_form):
    form = make_form(Inner, "inner")
    line = find(form, "setup.inner.steps", QLineEdit)
    qtbot.keyClick(line, Qt.Key.Key_Up)
    for _ in range(4):
        qtbot.keyClick(line, Qt.Key.Key_Down)
    assert [value for _, value in form.heard] == [2, 1, 0]
    assert not find(form, "setup.inner.steps.less", QToolButton).isEnabled()


def test_an_empty_optional_number_begins_at_its_lowest(qtbot, make_form):
    form = make_form(Omniglot, "tasks")
    find(form, "setup.tasks.more", QToolButton).click()
    line = find(form, "setup.tasks.train_shots", QLineEdit)
    assert line.placeholderText() == "the same"
    qtbot.keyClick(line, Qt.Key.Key_Up)
    assert form.heard == [("tasks.train_shots", 1)]


def test_the_wheel_changes_nothing(make_form):
    form = make_form(Outer, "outer")
    for name, kind in (("setup.outer.steps", QLineEdit), ("setup.outer.schedule", QComboBox)):
        widget = find(form, name, kind)
        wheel = QWheelEvent(
            QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(widget, wheel)
    assert form.heard == []


def test_arrows_move_along_the_segments(qtbot, make_form):
    form = make_form(Inner, "inner")
    qtbot.keyClick(find(form, "setup.inner.order.second", QPushButton), Qt.Key.Key_Right)
    assert form.heard == [("inner.order", "first")]


def test_a_check_box_says_on_and_off(qtbot, make_form):
    form = make_form(ConvStrided, "network")
    box = find(form, "setup.network.scale", QCheckBox)
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton)
    assert (form.heard, box.text()) == ([("network.scale", True)], "on")


def test_a_list_of_options_tells_the_chosen_one(qtbot, make_form):
    form = make_form(ConvStrided, "network")
    box = find(form, "setup.network.norm", QComboBox)
    qtbot.keyClick(box, Qt.Key.Key_Down)
    box.activated.emit(box.currentIndex())
    assert form.heard[-1] == ("network.norm", "support")


def test_a_problem_stands_below_its_field_and_unfolds_it(make_form):
    form = make_form(Inner, "inner")
    form.set_problems({"inner.clip": ("Inner clip is wrong.", True)})
    below = find(form, "setup.inner.clip.problem", QLabel)
    assert below.isVisible()
    assert below.text() == "✕ Inner clip is wrong."
    assert "Inner clip is wrong." in find(form, "setup.inner.clip").accessibleDescription()
    form.set_problems({})
    assert not below.isVisible()


def test_an_edited_field_says_what_it_was(make_form):
    form = make_form(Inner, "inner")
    form.set_differences({"inner.clip": None, "inner.steps": 5})
    assert find(form, "setup.inner.clip.was", QLabel).text() == "● edited, was no clipping"
    assert find(form, "setup.inner.steps.was", QLabel).text() == "● edited, was 5"


def test_a_value_that_is_no_option_is_shown_and_none_is_checked(make_form):
    form = make_form(ConvStrided, "network")
    form.set_values({"network.norm": "odd", "network.head": "odd"})
    assert find(form, "setup.network.norm", QComboBox).placeholderText() == "odd"
    assert not find(form, "setup.network.head.fixed", QPushButton).isChecked()


@pytest.mark.parametrize("section", ["tasks", "network", "method"])
def test_every_field_of_every_kind_has_a_named_widget_with_words(make_form, section):
    for model in kinds(section).values():
        form = make_form(model, section)
        for spec in specs(model, section):
            widget = find(form, f"setup.{spec.key}")
            assert widget.accessibleName() == spec.title
            assert widget.accessibleDescription() == spec.sentence


def test_a_path_is_looked_for_among_what_it_may_be(qtbot, make_form, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/a/file.csv", ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/a/folder")
    for model, button, chosen in (
        (Omniglot, "browse", "/a/folder"),
        (Table, "browse", "/a/file.csv"),
        (Images, "browse", "/a/folder"),
        (Images, "file", "/a/file.csv"),
    ):
        form = make_form(model, "tasks")
        find(form, f"setup.tasks.path.{button}", QPushButton).click()
        assert form.heard[-1] == ("tasks.path", chosen)
        form.close()
