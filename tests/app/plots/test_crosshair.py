"""The crosshair: values under the mouse and by keys."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.plots.adaptation import AdaptationPlot
from app.plots.crosshair import nearest
from app.plots.curve import Curve, CurvePlot
from app.plots.scatter import Point, ScatterPlot
from app.services.theme import Theme


@pytest.fixture
def plot(qtbot, qapp):
    made = CurvePlot(Theme("light"), "outer step", "loss")
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    x = np.arange(1, 101, dtype=float)
    made.set_curves([Curve("falling", x, 100 / x, smoothed=False), Curve("short", x[:50], x[:50], 1, smoothed=False)])
    return made


def test_the_values_of_all_curves_at_a_step_are_told(plot):
    plot.crosshair.show_at(19.7)
    assert plot.crosshair.at == 20
    assert plot.crosshair.told.text().splitlines() == ["outer step 20", "5  falling", "20  short"]


def test_a_curve_that_has_ended_tells_nothing(plot):
    plot.crosshair.show_at(80)
    assert plot.crosshair.told.text().splitlines() == ["outer step 80", "1.25  falling"]


def test_values_are_the_same_on_a_logarithmic_scale(plot):
    plot.set_log(True)
    plot.crosshair.show_at(20)
    assert plot.tracks()[0].y[19] == pytest.approx(5)


def test_it_follows_the_mouse_and_goes_with_it(qtbot, plot):
    qtbot.mouseMove(plot.canvas.viewport(), QPoint(300, 200))
    qtbot.waitUntil(lambda: plot.crosshair.told.isVisible())
    plot.crosshair.hide()
    assert plot.crosshair.at is None


def test_left_and_right_walk_from_point_to_point(qtbot, plot):
    plot.canvas.setFocus()
    qtbot.keyClick(plot.canvas, Qt.Key.Key_Right)
    assert plot.crosshair.at == 51
    qtbot.keyClick(plot.canvas, Qt.Key.Key_Left)
    qtbot.keyClick(plot.canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert plot.crosshair.at == 60
    qtbot.keyClick(plot.canvas, Qt.Key.Key_Escape)
    assert plot.crosshair.at is None


def test_adaptation_tells_median_and_random_start(qtbot, qapp):
    made = AdaptationPlot(Theme("light"))
    qtbot.addWidget(made)
    made.set_values(np.array([[3.0, 1.0], [5.0, 2.0], [4.0, 3.0]]), np.array([[6.0, 5.0]]))
    made.crosshair.show_at(1)
    assert made.crosshair.told.text().splitlines() == ["inner step 1", "2  median", "5  random start"]


def test_a_plot_without_curves_and_one_without_values_stay_quiet(qtbot, qapp, plot):
    scatter = ScatterPlot(Theme("light"))
    qtbot.addWidget(scatter)
    scatter.crosshair.show_at(1)
    assert scatter.crosshair.at is None
    plot.set_curves([Curve("empty", np.arange(3.0), np.full(3, np.nan))])
    plot.crosshair.show_at(1)
    assert plot.crosshair.at is None


@pytest.mark.parametrize(("place", "expected"), [(-5, 0), (0.4, 0), (0.6, 1), (2.9, 2), (99, 2)])
def test_the_nearest_point(place, expected):
    assert nearest(np.array([0.0, 1.0, 2.0]), place) == expected


def test_in_a_scatter_the_keys_go_from_point_to_point_and_tell_names(qtbot, qapp):
    scatter = ScatterPlot(Theme("light"))
    qtbot.addWidget(scatter)
    scatter.set_labels("Method", "Test loss")
    points = [
        Point("first", 0, 0.5),
        Point("second", 1, 0.25, 1),
        Point("beside it", 1, 0.75, 2),
        Point("none", 0, float("nan")),
    ]
    scatter.set_points(points, ("maml", "reptile"))
    scatter.show()
    for key, told in (
        (Qt.Key.Key_Left, ["Method reptile", "0.250  second", "0.750  beside it"]),
        (Qt.Key.Key_Left, ["Method maml", "0.500  first"]),
        (Qt.Key.Key_Right, ["Method reptile", "0.250  second", "0.750  beside it"]),
    ):
        qtbot.keyClick(scatter.canvas, key)
        assert scatter.crosshair.told.text().splitlines() == told


def test_in_a_scatter_on_a_logarithmic_axis_the_place_is_told_as_it_is(qtbot, qapp):
    scatter = ScatterPlot(Theme("light"))
    qtbot.addWidget(scatter)
    scatter.set_labels("Inner step size", "Test loss")
    scatter.set_points([Point("small", 0.01, 0.5), Point("large", 1.0, 0.25, 1)])
    scatter.set_log_x(True)
    scatter.show()
    qtbot.keyClick(scatter.canvas, Qt.Key.Key_Left)
    assert scatter.crosshair.told.text().splitlines() == ["Inner step size 1", "0.250  large"]
