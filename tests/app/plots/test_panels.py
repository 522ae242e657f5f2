"""Panels of every form are fed what a method can hold: nothing, one, hundreds, nothing but NaN, long names."""

from dataclasses import replace

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSlider

from app.plots.axes import shortened
from app.plots.forms import alike
from app.plots.panels import PanelStrip, PanelView
from app.plots.table import TableDialog
from app.services.theme import Theme
from core.training.events import PanelData

NAMES = ("body.0.weight", "body.0.bias", "head.weight")
X = np.linspace(-5, 5, 40)


def bars(values=(0.2, 0.5, 1.4), rows=NAMES):
    return PanelData("bars", "Step sizes", "Mean by layer.", np.asarray(values, float), rows)


def heat(rows=4, columns=3):
    values = np.random.default_rng(0).random((rows, columns))
    return PanelData(
        "heat", "Shares", "Task by component.", values, tuple(f"Task {i}" for i in range(rows)), ("A", "B")
    )


def points(count=60):
    values = np.random.default_rng(0).normal(size=(count, 2))
    return PanelData("points", "Codes", "Near means alike.", values, tuple(f"mode {i % 4}" for i in range(count)))


def curves(tasks=3, samples=5):
    phase = np.linspace(0, 1, samples)[None, :, None]
    values = np.sin(X + phase + np.arange(tasks)[:, None, None])
    marks = np.stack([np.zeros((tasks, 2)), np.ones((tasks, 2))], -1)
    return PanelData("curves", "Samples", "One line each.", values, x=np.tile(X, (tasks, 1)), marks=marks)


def lines():
    return PanelData("lines", "Calibration", "Below: too sure.", np.stack([X**2, X]), ("covered", "ideal"), x=X)


FORMS = {"bars": bars, "heat": heat, "points": points, "curves": curves, "lines": lines}
ODD = {
    "no-bars": bars(()),
    "one-bar": bars((1.0,)),
    "negative-bars": bars((-1.0, 2.0, np.nan)),
    "many-bars": bars(np.arange(500.0), tuple(f"body.{i}.weight" for i in range(500))),
    "long-names": bars((1.0, 2.0), ("n" * 300, "m" * 300)),
    "nan-bars": bars((np.nan,) * 3),
    "no-heat": PanelData("heat", "t", "n", np.empty((0, 0))),
    "one-cell": heat(1, 1),
    "many-cells": heat(200, 300),
    "nan-cells": PanelData("heat", "t", "n", np.array([[0.1, np.nan], [np.inf, 1.0]])),
    "no-points": PanelData("points", "t", "n", np.empty((0, 2))),
    "one-point": points(1),
    "nan-points": PanelData("points", "t", "n", np.array([[0.0, np.nan], [1.0, 2.0]]), ("a", "b")),
    "many-groups": PanelData("points", "t", "n", np.random.rand(300, 2), tuple("x" * (i % 30) for i in range(300))),
    "no-curves": PanelData("curves", "t", "n", np.empty((0, 0, 0))),
    "one-curve": curves(1, 1),
    "nan-curves": PanelData("curves", "t", "n", np.full((2, 3, 4), np.nan), x=np.zeros((2, 4))),
    "no-lines": PanelData("lines", "t", "n", np.empty((0, 0))),
    "lines-without-x": PanelData("lines", "t", "n", np.ones((2, 5))),
    "broken-line": PanelData("lines", "t", "n", np.array([[np.nan] * 4, [1, np.nan, 2, 3]])),
}


@pytest.fixture
def theme(qapp):
    return Theme("light")


@pytest.fixture
def shown(qtbot):
    def show(widget):
        qtbot.addWidget(widget)
        widget.resize(420, 300)
        widget.show()
        qtbot.waitExposed(widget)
        return widget

    return show


@pytest.mark.parametrize("panel", [*(make() for make in FORMS.values()), *ODD.values()], ids=[*FORMS, *ODD])
def test_every_form_is_drawn_and_has_a_table(theme, shown, panel):
    view = shown(PanelView(theme))
    view.show_panel(panel)
    assert not view.grab().isNull()
    table = view.as_table()
    assert all(len(row) == len(table[0]) for row in table)
    if panel.values.size:
        assert len(table) > 1


@pytest.mark.parametrize("name", ["dark", "contrast"])
def test_every_form_takes_on_another_theme(theme, shown, name):
    views = [shown(PanelView(theme)) for _ in FORMS]
    for view, make in zip(views, FORMS.values(), strict=True):
        view.show_panel(make())
    theme.choose(name)
    assert all(not view.grab().isNull() for view in views)
    theme.choose("light")


def test_one_view_shows_one_form_after_another(theme, shown):
    view = shown(PanelView(theme))
    for panel in (heat(), curves(), bars(), lines(), points(), None, heat()):
        view.show_panel(panel)
        assert not view.grab().isNull()


def test_a_panel_says_what_it_is_to_a_screen_reader(theme, shown):
    view = shown(PanelView(theme))
    view.show_panel(bars())
    assert view.accessibleName() == view.chart.canvas.accessibleName() == "Step sizes"
    assert view.chart.canvas.accessibleDescription() == "Mean by layer. 3 values from 0.200 to 1.40."


def test_what_cannot_be_drawn_is_said(theme, shown):
    view = shown(PanelView(theme))
    view.show_panel(bars((1.0, np.nan, np.inf)))
    assert view.chart.note.text() == "2 of 3 values are not finite and left out."
    view.show_panel(bars((np.nan,) * 3))
    assert view.chart.note.text() == "There is nothing to draw yet."


def test_the_slider_chooses_the_task_of_curves_and_is_hidden_elsewhere(theme, shown):
    view = shown(PanelView(theme, name="p"))
    view.show_panel(curves())
    slider = view.findChild(QSlider, "p.task")
    assert slider.isVisible()
    slider.setValue(2)
    assert view.as_table()[1][1] == pytest.approx(np.sin(X[0] + 2))
    view.show_panel(curves())
    assert slider.value() == 2
    view.show_panel(bars())
    assert not slider.isVisible()


def test_view_as_table_opens_the_numbers(theme, shown, qtbot):
    view = shown(PanelView(theme, name="p"))
    view.show_panel(bars())
    qtbot.mouseClick(view.table_button, Qt.MouseButton.LeftButton)
    dialog = view.findChild(TableDialog)
    assert dialog.windowTitle() == "Step sizes"
    dialog.accept()


def test_the_table_of_bars_holds_the_whole_names(theme, shown):
    view = shown(PanelView(theme))
    view.show_panel(ODD["long-names"])
    assert view.as_table()[1:] == [("n" * 300, 1.0), ("m" * 300, 2.0)]
    assert shortened("n" * 300) == "nnnnnnnnn…nnnnnnnnn"


def test_a_strip_keeps_its_charts_while_the_same_panels_come(theme, shown):
    strip = shown(PanelStrip(theme))
    strip.set_panels((bars(), curves()))
    first = strip.views[1]
    first.slider.setValue(1)
    strip.set_panels((bars((3.0, 2.0, 1.0)), curves()))
    assert strip.views[1] is first
    assert first.slider.value() == 1
    strip.set_panels((heat(),))
    assert len(strip.views) == 1
    strip.set_panels(())
    assert strip.views == []


def test_charts_can_come_one_at_a_time_and_those_that_are_there_stay_where_they_are(qtbot, theme, shown):
    strip, panels = shown(PanelStrip(theme)), (bars(), curves(), heat())
    strip.resize(900, 400)
    assert strip.set_panels(panels, most_new=1)
    (first,) = strip.views
    qtbot.waitUntil(lambda: first.width() < strip.width() / 3 + 1, timeout=5000)
    before = first.geometry()
    assert strip.set_panels(panels, most_new=1)
    assert not strip.set_panels(panels, most_new=1)
    assert len(strip.views) == 3
    assert strip.views[0] is first
    qtbot.waitUntil(lambda: strip.views[2].geometry().left() > before.right())
    assert first.geometry().left() == before.left()
    assert first.geometry().width() == before.width()


def test_panels_that_do_not_fit_beside_one_another_go_below(qtbot, theme, shown):
    strip = shown(PanelStrip(theme))
    strip.set_panels((bars(), curves(), heat(), points(), lines()))

    def counted():
        tops = [view.mapTo(strip.widget(), view.rect().topLeft()).y() for view in strip.views]
        return [tops.count(top) for top in sorted(set(tops))]

    for width, places in ((1500, [5]), (880, [3, 2]), (580, [2, 2, 1])):
        strip.resize(width, 700)
        qtbot.waitUntil(lambda wanted=places: counted() == wanted)
        assert strip.rows == len(places)
        assert all(view.width() >= 270 for view in strip.views)
        assert strip.horizontalScrollBar().maximum() == 0


def test_a_strip_hands_a_chosen_task_to_the_panels_that_hold_it(theme, shown):
    strip = shown(PanelStrip(theme))
    strip.set_panels((bars(), curves()))
    strip.set_task(1)
    assert strip.views[1].slider.value() == 1
    strip.set_task(7)
    assert strip.views[1].slider.value() == 1


def test_groups_of_points_are_named_above_the_chart_in_their_order(theme, shown):
    view = shown(PanelView(theme, name="p"))
    view.show_panel(points())
    told = view.findChild(QLabel, "p.legend")
    assert told.isVisible()
    assert [name for _, _, name in view.chart.legend()] == ["mode 0", "mode 1", "mode 2", "mode 3"]
    assert len({mark for mark, _, _ in view.chart.legend()}) == 4
    assert all(f"mode&nbsp;{i}" in told.text() for i in range(4))
    view.show_panel(bars())
    assert not told.isVisible()


def test_points_that_are_all_named_apart_have_one_look_and_no_legend(theme, shown):
    view = shown(PanelView(theme))
    view.show_panel(PanelData("points", "t", "n", np.zeros((5, 2)), tuple(f"task {i}" for i in range(5))))
    assert view.chart.legend() == []


def test_numbers_of_bars_have_the_same_decimals_so_that_they_are_compared_by_eye(theme, shown):
    view = shown(PanelView(theme))
    view.show_panel(bars((0.0119, 0.0107, 0.5)))
    drawn = [item.toPlainText() for item in view.chart.canvas.items() if isinstance(item, pg.TextItem)]
    assert sorted(drawn) == ["0.011", "0.012", "0.500"]


def test_the_number_of_the_longest_bar_is_whole_in_a_narrow_chart(qtbot, theme, shown):
    view = shown(PanelView(theme))
    view.resize(240, 220)
    view.show_panel(bars((0.0684, 0.0449, 0.0529), ("body.0.conv.weight", "body.1.conv.weight", "head.weight")))
    qtbot.wait(30)
    box = view.chart.canvas.plotItem.vb
    right = box.mapRectToScene(box.rect()).right()
    drawn = [item for item in view.chart.canvas.items() if isinstance(item, pg.TextItem)]
    assert len(drawn) == 3
    assert all(item.mapRectToScene(item.boundingRect()).right() <= right for item in drawn)


def test_numbers_stand_in_the_cells_of_a_heat_map_only_where_they_fit(theme, shown):
    view = shown(PanelView(theme))

    def written():
        return sum(isinstance(item, pg.TextItem) for item in view.chart.canvas.items())

    view.show_panel(heat(4, 3))
    assert written() == 12
    view.show_panel(heat(40, 3))
    assert written() == 0


def test_columns_that_begin_with_the_same_word_are_named_by_the_rest(theme, shown):
    view = shown(PanelView(theme))
    view.show_panel(PanelData("heat", "t", "n", np.ones((2, 2)), ("a", "a"), ("component 1", "component 2")))
    assert view.chart.canvas.bottom.names == ("1", "2")
    assert view.chart.x_label == "component"
    assert view.as_table()[0] == ("name", "component 1", "component 2")
    view.show_panel(heat())
    assert (view.chart.canvas.bottom.names, view.chart.x_label) == (("A", "B", "3"), "")


def test_of_equal_rows_one_is_named(theme, shown):
    view = shown(PanelView(theme))
    view.show_panel(PanelData("heat", "t", "n", np.ones((4, 1)), ("a", "a", "a", "b")))
    assert view.chart.canvas.left.names == ("", "a", "", "b")
    assert [row[0] for row in view.as_table()[1:]] == ["a", "a", "a", "b"]


def test_charts_of_a_row_stand_level_whatever_stands_above_and_below_them(qtbot, theme, shown):
    strip = shown(PanelStrip(theme))
    strip.resize(900, 400)
    long = replace(bars(), note="How far the inner steps take each tensor, by the size of its entries. " * 3)
    strip.set_panels((long, curves(), points()))

    def edges():
        return {(view.y() + view.chart.y(), view.chart.height()) for view in strip.views}

    qtbot.waitUntil(lambda: len(edges()) == 1, timeout=5000)
    strip.set_panels((bars(), bars(), bars()))
    qtbot.waitUntil(lambda: len(edges()) == 1, timeout=5000)
    assert not strip.views[0].legend.sizePolicy().retainSizeWhenHidden()


def test_what_is_not_zero_is_not_told_as_zero():
    assert alike(np.array([1.0, 0.004, 0.0, np.nan])) == ["1.00", "0.004", "0.00", "–"]
    assert alike(np.array([2.97, -1.17])) == ["2.97", "−1.17"]


def test_cells_end_where_their_axis_ends(theme, shown):
    view = shown(PanelView(theme))
    view.show_panel(heat(3, 40))
    left, right = view.chart.canvas.plotItem.vb.viewRange()[0]
    assert right == pytest.approx(39.5)
    assert left == pytest.approx(-0.5)
