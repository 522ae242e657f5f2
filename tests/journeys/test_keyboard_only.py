"""No mouse at all: set up a run, watch it, pause, stop, resume, throw it away and take it back. Real training, little of it."""

import pytest
from PySide6.QtCore import Qt

from core.storage.records import Status

Key, Ctrl = Qt.Key, Qt.KeyboardModifier.ControlModifier
STEPS = 30_000


def choose(person, words):
    """An action of the palette, by a few letters."""
    person.press(Key.Key_K, Ctrl)
    person.wait(lambda: person.focused() == "palette.line")
    person.types(words)
    person.press(Key.Key_Return)


def fill(person, name, text):
    person.tabs_to(name)
    person.press(Key.Key_A, Ctrl)
    person.types(text)


@pytest.mark.gui
def test_from_an_empty_folder_to_a_finished_run_without_a_mouse(person_at_work):
    person, space = person_at_work
    window = person.window

    person.tabs_to("home.setup")
    person.press(Key.Key_Return)
    assert window.place == "setup"
    person.tabs_to("setup.tasks.kind.sinusoid")
    fill(person, "setup.tasks.shots", "4")
    fill(person, "setup.inner.evaluation_steps", "2")
    fill(person, "setup.outer.steps", f"{STEPS}")
    fill(person, "setup.evaluation.validate_every", "50")
    fill(person, "setup.evaluation.validation_tasks", "10")
    fill(person, "setup.evaluation.tasks", "10")
    fill(person, "setup.name", "by hand")
    person.press(Key.Key_Return, Ctrl)
    person.wait(lambda: window.place == "live")
    run = space.runner.current
    record = space.catalog.run(run)
    assert (record.name, record.total_steps, record.experiment.tasks.shots) == ("by hand", STEPS, 4)

    person.wait(lambda: space.runner.live is not None and len(space.runner.live.numbers) > 5)
    assert person.focused() == "live.pause"
    person.press(Key.Key_Space)
    person.wait(lambda: person.find("live.status").status == "paused")
    held = len(space.runner.live.numbers)
    person.press(Key.Key_Space)
    person.wait(lambda: len(space.runner.live.numbers) > held + 5)
    person.press(Key.Key_Period, Ctrl)
    person.is_idle()
    assert space.catalog.run(run).status == Status.STOPPED

    person.tabs_to("live.resume")
    person.press(Key.Key_Space)
    person.wait(lambda: space.runner.current == run)
    person.wait(lambda: space.runner.live.started is not None)
    choose(person, "discard the run")
    person.is_idle()
    assert space.catalog.run(run).trashed is not None
    person.tabs_to("toast.action")
    person.press(Key.Key_Space)
    assert space.catalog.run(run).trashed is None, "taken back from the toast"


@pytest.fixture
def person_at_work(open_program, tmp_path):
    program, person = open_program(tmp_path / "data")
    return person, program.window.workspace
