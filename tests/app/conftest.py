"""Workspaces with a made-up run, and the window around them."""

import pytest
from shiboken6 import isValid

from app.frame.window import MainWindow
from app.services.background import wait_for_background
from app.services.settings import Settings
from app.services.theme import Theme
from app.workspace import Workspace
from core.config import Experiment
from core.storage.catalog import Catalog
from tests.app.fake_run import FakeRun


@pytest.fixture
def fake_run():
    return FakeRun()


@pytest.fixture
def space(qtbot, qapp, tmp_path, fake_run):
    """A workspace on an empty catalog whose runs are made up."""
    theme = Theme("light")
    theme.apply()
    catalog = Catalog.open(tmp_path / "data")
    made = Workspace(catalog, theme, Settings(catalog.folder), execute=fake_run)
    yield made
    fake_run.gate.set()
    wait_for_background(10)
    if isValid(made):  # else the window was closed in the test, and let go of it
        made.close()


@pytest.fixture
def window(qtbot, space):
    """The main window on that workspace, shown."""
    made = MainWindow(space.theme)
    qtbot.addWidget(made)
    made.show_workspace(space)
    made.resize(1100, 720)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()  # shortcuts count in the active window alone
    qtbot.waitUntil(made.isActiveWindow)
    yield made
    if isValid(space):
        space.setParent(None)  # the fixture of the workspace closes it


@pytest.fixture
def short():
    """An experiment of thirty steps."""

    def make(name="short", steps=30, **settings):
        return Experiment.model_validate({"name": name, "outer": {"steps": steps}, **settings})

    return make


def ended(space, run_id):
    """A condition for qtbot.waitUntil."""
    return lambda: space.runner.current is None and not space.catalog.run(run_id).status.active
