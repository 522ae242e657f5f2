"""Plots are fed what a run can hold: nothing, one point, thousands, nothing but NaN, values of all signs, long names."""

import time
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QSlider

from app.plots.adaptation import AdaptationPlot
from app.plots.axes import log_ticks, plain, short_time, time_step, whole_step
from app.plots.chart import NOTHING_FINITE, NOTHING_YET, bounds, joined
from app.plots.curve import Curve, CurvePlot
from app.plots.labels import EndLabel, spread
from app.plots.pictures import PictureView
from app.plots.spark import Sparkline
from app.plots.table import TableDialog, as_csv
from app.plots.task import TaskView
from app.services.theme import Theme
from tests.app.fake_run import pictures, views

NONE, ONE, NAN = np.empty(0), np.array([1.0]), np.full(50, np.nan)
MANY = np.linspace(3, 0.1, 60_000)
MIXED = np.array([1.0, -1.0, 0.0, np.nan, np.inf, 2.0])


@pytest.fixture
def theme(qapp):
    return Theme("light")


@pytest.fixture
def shown(qtbot):
    def show(widget):
        qtbot.addWidget(widget)
        widget.resize(640, 400)
        widget.show()
        qtbot.waitExposed(widget)
        return widget

    return show


@pytest.mark.parametrize("y", [NONE, ONE, NAN, MANY, MIXED], ids=["none", "one", "nan", "many", "mixed"])
@pytest.mark.parametrize("smoothing", [0.0, 0.9])
@pytest.mark.parametrize("log", [False, True])
def test_curves_of_every_kind_are_drawn(theme, shown, y, smoothing, log):
    plot = shown(CurvePlot(theme))
    plot.set_smoothing(smoothing)
    plot.set_log(log)
    plot.set_best((1.0, 0.5))
    plot.set_ticks([1.0, 2.0])
    plot.set_curves([Curve("training", np.arange(len(y)), y), Curve("n" * 300, np.arange(len(y)), y, series=1)])
    assert not plot.grab().isNull()
    assert len(plot.as_table()) <= 1 + 2 * 2000


def test_values_that_a_log_scale_cannot_show_are_counted(theme, shown):
    plot = shown(CurvePlot(theme))
    plot.set_curves([Curve("a", np.arange(6), MIXED)])
    assert not plot.note.isVisible()
    plot.set_log(True)
    assert plot.note.text().startswith("2 values")


def test_sixty_thousand_points_are_drawn_fast_enough(theme, shown):
    plot = shown(CurvePlot(theme))
    plot.set_smoothing(0.98)
    curve = Curve("training", np.arange(len(MANY)), MANY)
    plot.set_curves([curve])
    before = time.perf_counter()
    plot.set_curves([curve])
    assert time.perf_counter() - before < 0.5  # some 10 ms on a quiet machine


def test_the_best_point_and_a_table_are_there(theme, shown):
    plot = shown(CurvePlot(theme))
    plot.set_curves([Curve("validation", np.array([1.0, 2.0]), np.array([3.0, 2.0]), smoothed=False, points=True)])
    assert plot.as_table() == [
        ("curve", "outer step", "loss", "smoothed"),
        ("validation", 1.0, 3.0, 3.0),
        ("validation", 2.0, 2.0, 2.0),
    ]
    assert "validation" in plot.canvas.accessibleDescription()


def test_the_view_follows_the_data_until_it_is_zoomed_by_hand(qtbot, theme, shown):
    plot = shown(CurvePlot(theme))
    plot.set_curves([Curve("a", np.arange(10.0), np.arange(10.0))])
    view = plot.canvas.plotItem.vb
    plot._by_hand(None)
    view.setRange(xRange=(2, 3), yRange=(2, 3), padding=0)
    plot.set_curves([Curve("a", np.arange(100.0), np.arange(100.0))])
    assert view.viewRange()[0] == pytest.approx([2, 3])
    qtbot.keyClick(plot.canvas, Qt.Key.Key_Home)
    assert view.viewRange()[0][1] >= 99


def test_items_are_used_again_instead_of_piling_up(theme, shown):
    plot = shown(CurvePlot(theme))
    for length in range(10, 60):
        plot.set_curves(
            [Curve("a", np.arange(length), np.ones(length)), Curve("b", np.arange(length), np.ones(length))]
        )
    count = len(plot.canvas.scene().items())
    plot.set_curves([Curve("a", np.arange(70), np.ones(70)), Curve("b", np.arange(70), np.ones(70))])
    assert len(plot.canvas.scene().items()) == count
    plot.set_curves([])
    assert len(plot.canvas.scene().items()) < count


@pytest.mark.parametrize(
    "values",
    [
        np.empty((0, 0)),
        np.empty((0, 5)),
        np.ones((1, 1)),
        np.full((4, 5), np.nan),
        np.ones((500, 11)),
        -np.ones((3, 4)),
    ],
    ids=["nothing", "no task", "one", "nan", "many", "negative"],
)
@pytest.mark.parametrize("log", [False, True])
def test_adaptation_of_every_kind_is_drawn(theme, shown, values, log):
    plot = shown(AdaptationPlot(theme))
    plot.set_log(log)
    plot.set_values(values, values * 2)
    plot.select(0)
    plot.set_step(2)
    assert not plot.grab().isNull()
    assert plot.as_table()[0][0] == "inner step"


def test_a_method_without_a_step_zero_starts_at_one(theme, shown):
    values = np.ones((3, 5))
    values[:, 0] = np.nan
    plot = shown(AdaptationPlot(theme))
    plot.set_values(values)
    assert np.isnan(plot.as_table()[1][1])
    assert plot.as_table()[2][1] == 1.0


def test_more_lines_than_can_be_seen_are_said(theme, shown):
    plot = shown(AdaptationPlot(theme))
    plot.set_values(np.ones((500, 4)))
    assert plot.note.text().startswith("200 of 500")


def test_lines_drawn_as_one_are_joined_inside_and_not_between():
    lines = np.array([[1.0, 2.0, 3.0], [4.0, np.nan, 6.0]])
    assert joined(lines).tolist() == [True, True, False, False, False, False]


def test_a_regression_task_shows_the_step_of_the_slider(qtbot, theme, shown):
    view = shown(TaskView(theme))
    view.set_views(views(), 1)
    assert view.step == 10
    with qtbot.waitSignal(view.step_changed):
        view.findChild(QSlider, "task.step").setValue(3)
    assert "after 3 steps" in {row[0] for row in view.as_table()}
    assert len(view.as_table()) == 1 + 5 + 10 + 50


def test_a_classification_task_shows_pictures_with_chances(theme, shown):
    held = pictures()
    view = shown(TaskView(theme))
    view.set_views(held, 0)
    view.set_step(4)
    table = view.as_table()
    assert len(table) == 11
    assert table[1][3:] == pytest.approx(tuple(held.query_probability[0, 4, 0]))
    assert not view.grab().isNull()
    assert "of 10 query pictures" in view.pictures.accessibleDescription()


def test_a_view_without_predictions_shows_the_points_alone(theme, shown):
    from dataclasses import replace

    view = shown(TaskView(theme))
    view.set_views(replace(views(), grid_x=None, grid_y=None), 0)
    assert not view.slider.isEnabled()
    assert not view.grab().isNull()


def test_going_to_other_tasks_and_kinds_keeps_no_old_picture(theme, shown):
    view = shown(TaskView(theme))
    for held in (None, views(), pictures(), None, views(tasks=1)):
        view.set_views(held, 0)
        assert not view.grab().isNull()


@pytest.mark.parametrize("values", [(), (1.0,), (1.0, 1.0), (1.0, float("nan"), 2.0), tuple([float("nan")] * 5)])
def test_small_lines_of_every_kind_are_drawn(theme, shown, values):
    line = shown(Sparkline(theme, values))
    assert not line.grab().isNull()
    assert len(line.as_table()) == 1 + len(values)


def test_the_table_can_be_copied(qtbot, theme):
    dialog = TableDialog("Numbers", [("a", "b"), (1, 0.25)], None)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.mouseClick(dialog.findChild(QPushButton, "plot.table.copy"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "a,b\n1,0.25\n" == as_csv([("a", "b"), (1, 0.25)])


def test_names_at_the_ends_do_not_overlap(qapp, theme):
    ends = [EndLabel(str(i), 1.0, 0.5, theme.text, theme.font("small")) for i in range(4)]
    for end in ends:
        end.make()
    spread(ends, 0.0, 1.0, 200)
    places = sorted(end.item.pos().y() for end in ends)
    assert min(np.diff(places)) >= ends[0].height / 200 - 1e-9
    assert places[0] >= 0
    assert places[-1] <= 1


@pytest.mark.parametrize(
    ("x", "y", "found"),
    [
        ([np.array([1.0, 5.0])], [np.array([2.0, 3.0])], (1, 5, 2, 3)),
        ([np.array([1.0])], [np.array([2.0])], (0.5, 1.5, 1.5, 2.5)),
        ([NONE], [NONE], None),
        ([NAN], [NAN], None),
    ],
)
def test_a_view_is_never_empty_in_a_direction(x, y, found):
    assert bounds(x, y) == found


@pytest.mark.parametrize(("span", "step"), [(1, 1), (10, 2), (20, 5), (100, 20), (1000, 200)])
def test_inner_steps_are_marked_at_whole_round_numbers(span, step):
    assert whole_step(span, 6) == step


def test_ticks_of_a_log_scale_are_decades_and_few():
    assert [round(10**tick, 6) for tick in log_ticks(-2, 1.2)] == [0.01, 0.1, 1, 10]
    assert [round(10**tick, 6) for tick in log_ticks(0, 1)] == [1, 2, 5, 10]
    assert log_ticks(-300, 300) == []
    assert log_ticks(float("nan"), 1) == []


@pytest.mark.parametrize(
    ("value", "spacing", "text"),
    [
        (2000, 500, "2,000"),
        (0.25, 0.05, "0.25"),
        (0, 1, "0"),
        (1e-6, 1e-6, "10⁻⁶"),
        (-3e20, 1e20, "−3×10²⁰"),
        (-2, 1, "−2"),
    ],
)
def test_tick_words(value, spacing, text):
    assert plain(value, spacing) == text


def test_time_is_marked_as_a_person_counts_it():
    assert [time_step(span) for span in (5, 60, 600, 7200)] == [1, 15, 120, 1800]
    assert [short_time(t) for t in (30, 60, 90, 3600)] == ["30 s", "1 min", "1:30", "1 h 00 min"]


def test_where_no_value_is_a_number_that_is_said_and_goes_with_the_first_that_is_one(shown, theme):
    curves, tasks = shown(CurvePlot(theme, "outer step", "loss")), shown(AdaptationPlot(theme))
    x = np.arange(50.0)
    curves.set_curves([Curve("training", x, NAN)])
    tasks.set_values(np.full((4, 6), np.nan))
    for plot in (curves, tasks):
        assert plot.note.text() == NOTHING_FINITE
        assert plot.note.isVisible()
        assert not plot.canvas.isVisible()  # axes without a curve would be read as one
    curves.set_curves([Curve("training", x, x)])
    tasks.set_values(np.ones((4, 6)))
    assert (curves.note.text(), tasks.note.text()) == ("", "")
    assert curves.canvas.isVisible()
    assert tasks.canvas.isVisible()
    curves.set_curves([])
    assert curves.note.text() == NOTHING_YET


def test_curves_are_as_thick_on_a_screen_of_twice_as_many_pixels(shown, theme, monkeypatch):
    plot = shown(CurvePlot(theme))
    x = np.arange(50.0)
    widths = []
    for ratio in (1.0, 2.0):
        monkeypatch.setattr(plot.canvas, "devicePixelRatioF", lambda ratio=ratio: ratio)
        plot.set_curves([Curve("training", x, x)])
        widths.append(plot._items["0 line"].opts["pen"].widthF())
    assert widths[1] == 2 * widths[0] > 2


def test_a_mark_at_the_first_step_is_seen_whole(theme, shown):
    plot = shown(CurvePlot(theme))
    plot.set_best((0.0, 3.0))
    plot.set_curves([Curve("validation", np.arange(3.0), np.array([3.0, 4.0, 5.0]), smoothed=False, points=True)])
    view = plot.canvas.plotItem.vb
    left, right = view.viewRange()[0]
    assert -left / (right - left) * view.width() >= 7, "half of the star"


def test_points_joined_by_a_solid_line_are_not_taken_for_missing_ones(theme, shown):
    plot = shown(CurvePlot(theme))
    y = np.array([3.0, 2.0, 1.0])
    for solid, style in ((True, Qt.PenStyle.SolidLine), (False, Qt.PenStyle.CustomDashLine)):
        plot.set_curves([Curve("validation", np.arange(3.0), y, series=1, smoothed=False, points=True, solid=solid)])
        assert plot._items["0 line"].opts["pen"].style() == style


def test_names_of_classes_are_whole_where_there_is_room(theme, shown):
    view = shown(PictureView(theme))
    view.resize(600, 300)
    view.show_task(replace(pictures(), class_names=(("a name of letters",) * 5,) * 3), 0, 0)
    assert view._pitch() - 6 >= view.fontMetrics().horizontalAdvance("a name of letters")
    view.resize(320, 300)
    assert 5 * view._pitch() <= 320


def test_numbers_that_were_long_leave_no_room_behind(qtbot, theme, shown):
    plot = shown(CurvePlot(theme))
    short = [Curve("training", np.arange(9.0), np.arange(9.0))]
    plot.set_curves(short)
    before = plot.canvas.left.minimumWidth()
    plot.set_curves([Curve("training", np.arange(9.0), 1.234e20 * np.arange(9.0))])
    qtbot.waitUntil(lambda: plot.canvas.left.minimumWidth() > before)
    plot.set_curves(short)
    plot.reset()
    plot.grab()
    assert plot.canvas.left.minimumWidth() == before
