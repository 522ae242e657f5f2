"""Programs that a journey opens, and that are all closed at its end."""

import pytest
from shiboken6 import isValid

from app.main import Program
from app.services.background import is_idle
from tests.journeys.person import PATIENCE, Person


@pytest.fixture
def open_program(qtbot, qapp):
    """A function folder -> (a program on it, who sits in front of it)."""
    opened = []

    def make(folder):
        program = Program(folder)
        opened.append(program)
        qtbot.addWidget(program.window)
        program.window.resize(1100, 720)
        program.window.show()
        program.open_folder(folder)
        program.window.activateWindow()
        qtbot.waitUntil(program.window.isActiveWindow)
        return program, Person(qtbot, program.window)

    yield make
    for program in opened:
        if program.window.workspace is not None:
            program.window.workspace.runner.end_all()
            qtbot.waitUntil(lambda space=program.window.workspace: space.runner.current is None, timeout=PATIENCE)
        qtbot.waitUntil(is_idle, timeout=PATIENCE)
        if isValid(program.window):  # else pytest-qt has closed it, and let go of it while we waited
            program.window.close()
        program.close()
        program.deleteLater()
