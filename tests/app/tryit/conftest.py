"""A page on initializations that were really learned, in a moment."""

import shutil

import pytest

from app.pages.tryit.page import TryitPage
from core.runs import enqueue, execute
from core.storage.catalog import Catalog
from tests.app.pages import empty, make_workspace, theme
from tests.core.deploy.made import PICTURES, QUICK
from tests.core.training.helpers import noise_pictures, tiny

__all__ = ["empty", "make_workspace", "theme"]

LONG = "ein sehr langer Name mit Donaudampfschifffahrtsgesellschaft " * 5
RUNS = {
    "first": QUICK,
    "second": (*QUICK, "seed=1"),
    "countries": (*QUICK, "tasks.kind=life-expectancy"),
    "pictures": PICTURES,
    LONG.strip()[:290]: (*QUICK, "seed=2"),
}


@pytest.fixture(scope="session")
def learned_folder(tmp_path_factory):
    """A data folder with runs on sinusoids, countries and pictures of noise."""
    folder = tmp_path_factory.mktemp("learned") / "data"
    with pytest.MonkeyPatch.context() as patched, Catalog.open(folder) as catalog:
        for name, settings in RUNS.items():
            if name == "pictures":
                patched.setattr("core.tasks.build", noise_as_built, raising=False)
            run = execute(catalog, enqueue(catalog, tiny(*settings, f"name={name}")).id)
            assert run.status == "finished", run.message
            patched.undo()
    return folder


def noise_as_built(settings, *, data_folder, device="cpu", dtype=None):
    """Pictures of noise where the page builds the tasks with fewer words than training does."""
    import torch

    return noise_pictures(settings, data_folder=data_folder, device=device, dtype=dtype or torch.float32)


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """A random start is given few steps, so that no test waits for seconds."""
    monkeypatch.setattr("app.pages.tryit.work.MOST_STEPS", 40)


@pytest.fixture
def learned(make_workspace, learned_folder, tmp_path):
    shutil.copytree(learned_folder, tmp_path / "data")
    return make_workspace(Catalog.open(tmp_path / "data"))


@pytest.fixture
def show(qtbot):
    """show(workspace, "first") -> the page, when the first answer is there."""

    def build(workspace, name="", beside=""):
        ids = {record.name: record.id for record in workspace.catalog.initializations()}
        page = TryitPage(workspace)
        qtbot.addWidget(page)
        page.resize(948, 680)
        page.show()
        page.activateWindow()
        argument = ids.get(name, name)
        page.open(f"{argument}?beside={ids[beside]}" if beside else argument)
        settle(qtbot, page)
        return page

    return build


def settle(qtbot, page):
    """Until nothing is computed any more."""
    qtbot.waitUntil(lambda: not page.desk.working and not page.picker.loading and page._others is None, timeout=30_000)
