"""A Set up page whose looks, measurements and samples are made up, and whose runner only notes what it is given."""

from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget

from app.pages.setup import facts, knowledge
from app.pages.setup.page import SetupPage
from core.training.events import TaskViews
from tests.app.pages import empty, make_workspace, theme

__all__ = ["empty", "make_workspace", "theme"]

MLP = {
    "body.0.weight": (40, 1), "body.0.bias": (40,), "body.2.weight": (40, 40), "body.2.bias": (40,),
    "head.weight": (1, 40), "head.bias": (1,),
}  # fmt: skip
CONV = {
    f"body.{block}.{part}": shape
    for block in range(2)
    for part, shape in (("conv.weight", (8, 8, 3, 3)), ("conv.bias", (8,)), ("norm.weight", (8,)), ("norm.bias", (8,)))
} | {"head.weight": (5, 8), "head.bias": (5,)}


def description(experiment):
    """As core.summary.describe gives it."""
    shapes = MLP if experiment.network.kind == "mlp" else CONV
    rows = tuple(
        SimpleNamespace(
            name=name, shape=shape, count=int(np.prod(shape)), adapted=not name.endswith("norm.weight"),
            frozen=name.endswith("norm.weight"), ruled="it learns no scale" if name.endswith("norm.weight") else "",
        )
        for name, shape in shapes.items()
    )  # fmt: skip
    counts = {"total": 1761, "adapted": 1761, "fixed_inside": 0, "frozen": 0, "other": 0}
    spec = SimpleNamespace(task_type=experiment.tasks.task_type, input_shape=(1,), outputs=1)
    return SimpleNamespace(
        spec=spec, tensors=rows, counts=counts, problems=(), sentence="It will be trained.", module=""
    )


def sampled(settings, folder, seed, count):
    draw = np.random.default_rng(seed)
    if settings.task_type == "regression":
        pairs = {part: draw.normal(size=(count, 5, 1)) for part in ("support_x", "support_y", "query_x", "query_y")}
        return TaskViews("regression", **pairs)
    pictures = draw.integers(0, 255, (count, settings.ways, 28, 28, 1), dtype=np.uint8)
    labels = np.tile(np.arange(settings.ways), (count, 1))
    return TaskViews("classification", pictures, labels, pictures, labels)


def price(experiment, folder):
    return SimpleNamespace(
        seconds_per_step=0.004, first_order_seconds_per_step=0.002, memory_bytes=83_000_000, total_seconds=36.0,
        engine={"device": "cpu"},
    )  # fmt: skip


@pytest.fixture
def made_up(monkeypatch):
    """No torch behind the page, and no waiting for a pause in the typing."""
    for pause in ("_LOOK_MS", "_SAMPLE_MS", "_MEASURE_MS"):
        monkeypatch.setattr(knowledge, pause, 5)
    monkeypatch.setattr(facts, "check", lambda experiment, folder: facts.Checked(description(experiment)))
    monkeypatch.setattr(facts, "measure", price)
    monkeypatch.setattr(facts, "sample", sampled)


@pytest.fixture
def started(empty, monkeypatch):
    """What the runner was given: (experiment, seeds)."""
    given = []

    def start(experiment, seeds=1):
        given.append((experiment, seeds))
        return ["0123456789ab"]

    monkeypatch.setattr(empty.runner, "start", start)
    return given


@pytest.fixture
def open_page(qtbot, empty, made_up):
    """A function that opens the page on the empty data folder, as at a start of the program."""

    def open_one():
        page = SetupPage(empty)
        qtbot.addWidget(page, before_close_func=lambda page: page.desk.close())
        page.resize(1000, 680)
        page.show()
        return page

    return open_one


@pytest.fixture
def page(qtbot, open_page):
    """The page, once the first look is there."""
    made = open_page()
    qtbot.waitUntil(lambda: made.desk.view.fresh and made.desk.view.price is not None, timeout=8000)
    return made


def find(widget, name, kind=QWidget):
    """The one child of that object name."""
    found = widget.findChildren(kind, name)
    assert len(found) == 1, f"{len(found)} are called {name}"
    return found[0]
