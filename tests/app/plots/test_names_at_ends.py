"""Names at the ends of lines: beside one another, over one another, cut where a plot is narrow; tables of plots."""

import math

import numpy as np
import pytest
from PySide6.QtGui import QColor, QFont

from app.plots.curve import Curve, CurvePlot
from app.plots.labels import EndLabel, beside
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


def test_a_training_is_drawn_from_step_0(qtbot, theme):
    plot = CurvePlot(theme)
    qtbot.addWidget(plot)
    plot.resize(500, 300)
    plot.set_curves([Curve("training", np.arange(1.0, 2001.0), np.linspace(3, 0.1, 2000))])
    plot.show()
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
