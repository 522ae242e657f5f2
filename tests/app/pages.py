"""Fixtures for pages on a real catalog: import them in a folder's conftest."""

import shutil

import pytest
from shiboken6 import isValid

from app.frame.window import MainWindow
from app.services.background import wait_for_background
from app.services.settings import Settings
from app.services.theme import Theme
from app.workspace import Workspace
from core.storage.catalog import Catalog
from tests.app import shelf


@pytest.fixture
def theme(qapp):
    made = Theme("dark")
    made.apply()
    return made


@pytest.fixture
def make_workspace(qtbot, theme):
    """A function catalog -> Workspace; all are closed at the end."""
    opened = []

    def make(catalog):
        space = Workspace(catalog, theme, Settings(catalog.folder))
        opened.append(space)
        return space

    yield make
    wait_for_background(5)
    for space in filter(isValid, opened):  # a window that was closed has let go of its own
        space.close()
        space.deleteLater()


@pytest.fixture
def empty(make_workspace, tmp_path):
    """A workspace whose catalog holds nothing."""
    return make_workspace(Catalog.open(tmp_path / "data"))


@pytest.fixture(scope="session")
def varied_folder(tmp_path_factory):
    """A data folder with runs of all states; copied for every test."""
    folder = tmp_path_factory.mktemp("varied") / "data"
    shelf.varied(folder).close()
    return folder


def window_on(qtbot, space):
    """The least window on a workspace, shown."""
    made = MainWindow(space.theme)
    qtbot.addWidget(made)
    made.show_workspace(space)
    made.resize(1100, 720)
    made.show()
    return made


def arguments_of(space):
    """What the pages of the varied folder are opened with so that something is on them."""
    runs = {run.name: run.id for run in space.catalog.runs()}
    return {
        "live": runs["sinusoid-maml"],
        "compare": f"{runs['sinusoid-maml']},{runs['sinusoid-reptile']}",
        "initialization": next(one.id for one in space.catalog.initializations() if one.name == "sinusoid-maml"),
    }


@pytest.fixture
def varied(make_workspace, varied_folder, tmp_path):
    """A workspace on a catalog with runs of all states."""
    shutil.copytree(varied_folder, tmp_path / "data")
    return make_workspace(Catalog.open(tmp_path / "data"))


def child(widget, kind, name):
    """The one child of that object name."""
    found = widget.findChild(kind, name)
    assert found is not None, f"nothing is called {name}"
    return found
