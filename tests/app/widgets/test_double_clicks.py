"""A hurried hand clicks twice: once is meant."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.widgets.buttons import Button
from app.widgets.card import Card

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def row(qtbot):
    """A shown widget to lay others into."""
    made = QWidget()
    qtbot.addWidget(made)
    QHBoxLayout(made)
    made.resize(300, 100)
    return made


def twice(widget, below):
    """A double click as Qt delivers it: press and release on what is there, the second half on what is there by then."""
    QTest.mouseClick(widget, LEFT)
    then = below()
    QTest.mouseDClick(then, LEFT)  # of a widget: the second press alone
    QTest.mouseRelease(then, LEFT, NONE, QPoint(5, 5))


def test_a_button_that_took_anothers_place_is_not_meant(qtbot, row):
    resume, pause = Button("Resume"), Button("Pause")
    done = []
    for button in (resume, pause):
        row.layout().addWidget(button)
        button.clicked.connect(lambda _=False, button=button: done.append(button.text()))
    pause.hide()
    resume.clicked.connect(resume.hide)
    resume.clicked.connect(pause.show)
    row.show()
    twice(resume, lambda: pause)
    assert done == ["Resume"]
    QTest.mouseClick(pause, LEFT)
    assert done == ["Resume", "Pause"], "a click of its own is"


def test_a_button_that_stays_counts_every_click(row):
    step, done = Button("One step"), []
    row.layout().addWidget(step)
    step.clicked.connect(lambda: done.append(1))
    row.show()
    twice(step, lambda: step)
    assert len(done) == 2


def test_a_card_is_pressed_once(row):
    card, done = Card("Explore", clickable=True), []
    row.layout().addWidget(card)
    card.clicked.connect(lambda: done.append(1))
    row.show()
    twice(card, lambda: card)
    assert len(done) == 1
