"""The tools above the outer loss on Live, each by clicks and keys: smoothing, logarithm, robust scale, horizontal axis."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QPushButton, QSlider, QTableView, QToolButton

from core.training.events import Stepped
from tests.app import shelf
from tests.app.live.test_live import child, page

__all__ = ["page"]

STEPS, PEAK = 300, 4000.0


@pytest.fixture
def noisy(space):
    """A run whose loss has noise, and one explosion."""
    catalog = space.catalog
    run = catalog.add_run(shelf.Experiment.model_validate({"name": "noisy", "outer": {"steps": STEPS}}))
    catalog.begin_run(run.id, "cpu", {"tier": "eager"}, {"adapted": 1761}, 0)
    at = np.arange(1, STEPS + 1)
    loss = 1 + 2 * np.exp(-at / 60) + np.random.default_rng(0).normal(0, 0.2, STEPS)
    loss[100] = PEAK
    catalog.append_series(run.id, Stepped(at, loss, np.full(STEPS, np.nan), at * 0.5))
    catalog.end_run(run.id, "finished", step=STEPS, seconds=STEPS * 0.5, rates={}, loss=1.0)
    return run.id


@pytest.fixture
def panel(window, page, noisy):
    window.go("live", noisy)
    return page.loss


def press(qtbot, page, name):
    qtbot.mouseClick(child(page, name, QToolButton), Qt.MouseButton.LeftButton)


def highest(panel):
    """Upper end of what the view holds, in the values of the loss."""
    return panel.plot.canvas.plotItem.vb.viewRange()[1][1]


def rightmost(panel):
    return panel.plot.canvas.plotItem.vb.viewRange()[0][1]


def roughness(panel):
    """Mean jump from point to point of the line that is drawn."""
    [line] = [track.y for track in panel.plot.tracks() if track.name == "training"]
    return float(np.abs(np.diff(line)).mean())


def test_robust_leaves_the_explosion_out_of_the_view_and_gives_it_back(qtbot, page, panel):
    assert highest(panel) > PEAK
    press(qtbot, page, "live.loss.robust")
    assert 3 < highest(panel) < 10, "the curve itself fills the plot"
    assert max(row[2] for row in panel.plot.as_table()[1:]) == PEAK, "nothing is taken out of the numbers"
    press(qtbot, page, "live.loss.robust")
    assert highest(panel) > PEAK


def test_robust_by_the_keyboard(qtbot, page, panel):
    chip = child(page, "live.loss.robust", QToolButton)
    chip.setFocus()
    qtbot.keyClick(chip, Qt.Key.Key_Space)
    assert chip.isChecked()
    assert highest(panel) < 10


def test_smoothing_goes_from_the_raw_curve_alone_to_a_calm_one_over_a_faint_one(qtbot, page, panel):
    slider = child(page, "live.loss.smoothing", QSlider)
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    raw = roughness(panel)
    assert "0 raw" not in panel.plot._items, "the curve itself is there, not twice"
    qtbot.keyClick(slider, Qt.Key.Key_End)
    assert roughness(panel) < raw / 20
    assert panel.plot._items["0 raw"].isVisible(), "the raw curve lies faint behind"
    between = [row for row in panel.plot.as_table()[1:] if row[2] != row[3]]
    assert len(between) > STEPS / 2, "the table holds the raw value and the smoothed one"


def test_smoothing_is_remembered(qtbot, page, panel, space):
    slider = child(page, "live.loss.smoothing", QSlider)
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    assert space.settings.get("smoothing") == 0.0
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert space.settings.get("smoothing") == 0.5


def test_the_logarithm_is_chosen_by_a_click_and_remembered(qtbot, page, panel, space):
    press(qtbot, page, "live.loss.log")
    assert highest(panel) == pytest.approx(np.log10(PEAK), abs=0.5)
    assert space.settings.get("log_loss") is True


@pytest.mark.parametrize(
    ("downs", "axis", "words", "last"),
    [
        (0, "step", "outer step", STEPS),
        (1, "time", "training time", STEPS * 0.5),
        (2, "tasks", "tasks seen", STEPS * 25),
    ],
)
def test_the_horizontal_axis_is_chosen_by_keys(qtbot, page, panel, space, downs, axis, words, last):
    chooser = child(page, "live.loss.axis", QComboBox)
    chooser.setFocus()
    for _ in range(downs):
        qtbot.keyClick(chooser, Qt.Key.Key_Down)
    assert panel.plot.as_table()[0][1] == words
    assert panel.plot.as_table()[-1][1] == pytest.approx(last)
    assert last <= rightmost(panel) < 1.9 * last, "the view goes along"
    assert space.settings.get("curve_x") == axis


@pytest.mark.parametrize(("axis", "words"), [("time", "training time"), ("tasks", "tasks seen")])
def test_an_axis_that_was_chosen_before_is_named_as_it_is(window, page, space, noisy, axis, words):
    space.settings.set("curve_x", axis)
    del window.pages["live"]  # as after a restart
    window.go("live", noisy)
    assert window.pages["live"].loss.plot.as_table()[0][1] == words


def test_a_click_on_table_opens_the_numbers(qtbot, page, panel):
    press(qtbot, page, "live.loss.table")
    view = child(panel.plot, "plot.table.view", QTableView)
    assert view.isVisible()
    assert view.model().rowCount() == STEPS
    qtbot.mouseClick(child(panel.plot, "plot.table.close", QPushButton), Qt.MouseButton.LeftButton)
