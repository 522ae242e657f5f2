"""The main job, clicked through as a person would: the example from Home, Live, the catalog, a second run, a
comparison, the export, and the exported file read by plain PyTorch. Real training, a few steps of it."""

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QRadioButton, QTableView

from app.main import Program
from app.services.background import is_idle
from core.config import presets, with_settings
from core.storage.records import Status
from tests.journeys.person import PATIENCE, Person

FEW = [
    "outer.steps=60",
    "outer.meta_batch=5",
    "evaluation.tasks=20",
    "evaluation.validation_tasks=10",
    "inner.evaluation_steps=3",
]


@pytest.fixture
def program(qtbot, qapp, tmp_path, monkeypatch):
    """The whole program on an empty folder; the example is the real one, but short."""
    monkeypatch.setattr("app.frame.commands.example", lambda: with_settings(presets()["sinusoid-maml"].experiment, FEW))
    made = Program()
    made.open_folder(tmp_path / "data")
    qtbot.addWidget(made.window)
    made.window.resize(1280, 820)
    made.window.show()
    qtbot.waitExposed(made.window)
    yield made
    qtbot.waitUntil(is_idle, timeout=PATIENCE)
    made.window.close()
    made.close()
    made.deleteLater()


@pytest.fixture
def person(qtbot, program):
    return Person(qtbot, program.window)


def train_the_example(person, space):
    person.click("rail.home")
    person.click("home.example")
    assert person.window.place == "live"
    run = space.runner.current
    person.wait(lambda: space.runner.current is None)
    assert space.catalog.run(run).status == Status.FINISHED, space.catalog.run(run).message
    person.wait(lambda: person.find("live.status").status == "finished")
    return run


def answer_dialog(kind, name):
    """Once a modal dialog is open: choose the option and press its button."""

    def look():
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QDialog):
            QTimer.singleShot(50, look)
            return
        dialog.findChild(QRadioButton, kind).setChecked(True)
        dialog.findChild(QPushButton, name).click()

    QTimer.singleShot(0, look)


@pytest.mark.gui
def test_from_the_first_launch_to_an_exported_file(person, program, tmp_path, monkeypatch):
    space = program.window.workspace
    assert "Seven real runs" in person.find("home.explore").text_label.text()

    run = train_the_example(person, space)
    assert person.reads("live.fact.step") == "60 of 60"
    assert person.find("live.tasks").rowCount() == 10
    page = program.window.pages["live"]
    assert len(page.loss.plot.as_table()) > 60
    assert page.adaptation.plot.as_table()[-1][0] == 3

    second = space.runner.start(with_settings(presets()["sinusoid-fomaml"].experiment, FEW))[0]
    person.wait(lambda: space.runner.current is None)
    assert space.catalog.run(second).status == Status.FINISHED

    person.click("rail.catalog")
    view = person.find("catalog.runs.table", QTableView)
    person.wait(lambda: view.model().rowCount() == 2)

    person.click("rail.live")
    program.window.go("live", run)
    person.click("live.compare")
    assert program.window.place == "compare"
    program.window.go("compare", f"{run},{second}")
    compare = program.window.pages["compare"]
    person.wait(lambda: len(compare._runs) == 2)
    paired = space.catalog.evaluation(run).digest == space.catalog.evaluation(second).digest
    assert paired, "both runs are judged on the same tasks"

    program.window.go("live", run)
    person.click("live.initialization")
    assert program.window.place == "initialization"
    for suffix in (".safetensors", ".pt"):
        target = tmp_path / f"start{suffix}"
        monkeypatch.setattr("app.pages.initialization.exporting.ask_path", lambda *_, at=target: at)
        answer_dialog(f"initialization.export.{suffix[1:]}", "initialization.export.write")
        person.click("initialization.export")
        person.wait(target.exists)
        person.wait(is_idle)
    check_exported(tmp_path)


def check_exported(folder):
    """Plain PyTorch reads the state dict; three lines of ours adapt the other to new data."""
    import numpy as np
    import torch

    from core.deploy import load

    weights = torch.load(folder / "start.pt", weights_only=True)
    module = torch.nn.Sequential()
    module.body = torch.nn.Sequential(torch.nn.Linear(1, 40), torch.nn.ReLU(), torch.nn.Linear(40, 40), torch.nn.ReLU())
    module.head = torch.nn.Linear(40, 1)
    module.load_state_dict(weights)
    x = np.linspace(-5, 5, 5)[:, None].astype(np.float32)
    predicted = load(folder / "start.safetensors").adapt(x, np.sin(x)).predict(x)
    assert np.asarray(predicted).shape == (5, 1)


@pytest.mark.gui
def test_a_stopped_run_goes_on_after_a_restart(qtbot, person, program, tmp_path):
    space = program.window.workspace
    long = with_settings(
        presets()["sinusoid-maml"].experiment, [*FEW, "outer.steps=100000", "evaluation.validate_every=50"]
    )
    run = space.runner.start(long)[0]
    program.window.go("live", run)
    person.wait(lambda: len(space.runner.live.numbers) > 20)
    person.click("live.stop")
    person.wait(lambda: space.runner.current is None)
    done = space.catalog.run(run).step
    assert space.catalog.run(run).status == Status.STOPPED
    qtbot.waitUntil(is_idle, timeout=PATIENCE)

    program.open_folder(tmp_path / "data")  # as after a restart: everything comes from the disk
    space = program.window.workspace
    program.window.go("live", run)
    assert person.reads("live.fact.step").startswith(f"{done:,} of")
    person.click("live.resume")
    person.wait(lambda: space.runner.live is not None and len(space.runner.live.numbers) > 5)
    person.wait(lambda: space.runner.live.started is not None)  # events wait for the window's next look
    assert space.runner.live.started.first_step == done
    steps = space.runner.live.read()["steps"]
    assert list(steps[: done + 5]) == list(range(1, done + 6))
    space.runner.stop()
    person.wait(lambda: space.runner.current is None)
