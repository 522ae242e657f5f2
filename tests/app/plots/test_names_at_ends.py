"""Names at the ends of lines: beside one another, over one another, cut where a plot is narrow; tables of plots."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont, QFontMetricsF

from app.plots.curve import Curve, CurvePlot
from app.plots.labels import EndLabel, avoid, beside
from app.plots.table import RowsModel, decimals
from tests.app.pages import theme

__all__ = ["theme"]


def end(name, x, y=0.0):
    return EndLabel(name, x, y, QColor("black"), QFont())


def test_names_at_different_ends_give_way_only_to_those_that_they_would_lie_on(qapp):
    near, far = end("short", 1.0), end("far", 5.0)
    assert beside([far, near], span=5.0, pixels=1000) == [[near], [far]]
    assert beside([far, near], span=5.0, pixels=20) == [[near, far]]


def test_a_name_is_cut_in_the_middle_where_the_plot_is_narrow_and_whole_again_where_it_is_wide(qapp):
    name = end("a name with an end", 1.0)
    whole = name.width
    name.limit(70)
    assert name.width <= 70
    assert "…" in name.shown
    name.limit(400)
    assert name.width == whole


def training(qtbot, theme, width, steps):
    """A plot of one falling curve of so many steps, shown."""
    plot = CurvePlot(theme)
    qtbot.addWidget(plot)
    plot.resize(width, 300)
    plot.set_curves([Curve("training", np.arange(1.0, steps + 1.0), np.linspace(3, 0.1, steps))])
    plot.show()
    qtbot.waitExposed(plot)
    return plot


def test_a_training_is_drawn_from_step_0(qtbot, theme):
    plot = training(qtbot, theme, 500, 2000)
    (left, right), _ = plot.canvas.plotItem.vb.viewRange()
    assert left == 0
    ticks = [tick for _, found in plot.canvas.bottom.tickValues(left, right, 400) for tick in found]
    assert 0 in ticks


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ([3.9427, 12.5], 4),
        ([0.5, 0.25], 5),
        ([1.0, 20.0], None),
        ([1e-9, 1.0001], None),
        ([math.nan], None),
        (["a"], None),
    ],
)
def test_a_column_has_so_many_decimals(values, places):
    assert decimals(values) == places


def test_points_of_a_column_stand_under_one_another(qapp):
    model = RowsModel([("curve", "loss"), ("a", 3.9427), ("b", 3.1)], None)
    assert [model.data(model.index(row, 1)) for row in (0, 1)] == ["3.94270", "3.10000"]
    assert model.data(model.index(0, 0)) == "a"


FLAT = (np.array([0.0, 100.0]), np.array([0.5, 0.5]))
VIEW, SIZE = (0.0, 120.0, 0.0, 1.0), (600.0, 300.0)


def test_the_name_of_a_short_curve_gives_way_to_a_longer_one_and_a_stroke_leads_to_its_point(qapp):
    short = end("short", 40.0, 0.5)
    far = end("long", 100.0, 0.5)
    x, y = avoid([short, far], [FLAT, (np.array([0.0, 40.0]), np.array([0.9, 0.5]))], VIEW, SIZE)
    height = short.height / SIZE[1]
    assert 0.5 * height < abs(short.at - 0.5) < 1.6 * height, (
        "it would lie on the long curve, and one line is no long way"
    )
    assert far.at == 0.5, "nothing is in its way"
    assert not len(x), "beside its point it needs no stroke"
    lines = [(FLAT[0], FLAT[1] + move * height) for move in (-2, -1.2, -0.4, 0.4, 1.2, 2)]
    x, y = avoid([short], lines, VIEW, SIZE)
    assert abs(short.at - 0.5) > 2 * height, "a bundle of lines is left behind"
    assert (x[0], y[0]) == (40.0, 0.5)
    assert x[1] > 40.0
    assert y[1] == short.at
    assert len(x) == 2


def test_names_do_not_move_where_they_cover_nothing(qapp):
    names = [end("a", 100.0, 0.2), end("b", 100.0, 0.8)]
    x, _ = avoid(names, [FLAT], VIEW, SIZE)
    assert [name.at for name in names] == [0.2, 0.8]
    assert not len(x)


def test_the_last_number_of_an_axis_is_whole_where_no_names_stand_at_the_right(qtbot, theme):
    plot = training(qtbot, theme, 600, 10000)
    view = plot.canvas.plotItem.vb
    last = view.mapViewToScene(QPointF(10000.0, 0.0)).x()
    half = 0.5 * QFontMetricsF(theme.font("small")).horizontalAdvance("10,000")
    assert last + half <= plot.canvas.width()
