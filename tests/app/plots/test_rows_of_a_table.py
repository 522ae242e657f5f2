"""Tasks out of a table with several inputs, or with classes: points, empty slots, and predictions as crosses."""

from dataclasses import replace

import numpy as np
import pytest

from app.pages.setup.samples import SampleTile
from app.plots.task import TaskView
from app.services.theme import Theme
from core.training.events import TaskViews

STEPS, SHOTS, QUERIES = 4, 3, 5


@pytest.fixture(scope="module")
def theme(qapp):
    return Theme("light")


def made(kind):
    """Two tasks; the last query slot of the second is empty."""
    draws = np.random.default_rng(0)
    sx, qx = draws.normal(size=(2, SHOTS, 3)), draws.normal(size=(2, QUERIES, 3))
    qx[1, -1] = np.nan
    if kind == "classes":
        sy, qy = draws.integers(0, 2, (2, SHOTS)), draws.integers(0, 2, (2, QUERIES))
        qy[1, -1] = -1
        chances = draws.dirichlet([1, 1], size=(2, STEPS + 1, QUERIES))
        return TaskViews(
            "classification", sx, sy, qx, qy, ("r1", "r2"), (("low", "high"),) * 2, query_probability=chances
        )
    sy, qy = draws.normal(size=(2, SHOTS, 1)), draws.normal(size=(2, QUERIES, 1))
    qy[1, -1] = np.nan
    grid = np.nan_to_num(qx)
    return TaskViews(
        "regression", sx, sy, qx, qy, ("r1", "r2"), grid_x=grid, grid_y=draws.normal(size=(2, STEPS + 1, QUERIES, 1))
    )


@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_predictions_are_crosses_at_the_query_rows_and_empty_slots_have_none(qtbot, theme, kind):
    view = TaskView(theme)
    qtbot.addWidget(view)
    views = made(kind)
    view.set_views(views, 1)
    view.show()
    view.set_step(2)
    predicted = [row for row in view.as_table() if row[0] == "after 2 steps"]
    found = views.query_probability[1, 2].argmax(-1) if kind == "classes" else views.grid_y[1, 2, :, 0]
    assert predicted == [
        ("after 2 steps", pytest.approx(x), pytest.approx(y))
        for x, y in zip(views.query_x[1, :-1, 0], found[:-1], strict=True)
    ]
    assert "Crosses are predictions" in view.fit.note.text()
    assert ("0 low, 1 high" in view.fit.note.text()) == (kind == "classes")


def test_axes_carry_the_names_of_the_columns(qtbot, theme):
    view = TaskView(theme)
    qtbot.addWidget(view)
    view.set_views(replace(made("numbers"), axes=("days", "logSize")), 0)
    assert (view.fit.x_label, view.fit.y_label) == ("days", "logSize")
    assert view.as_table()[0] == ("what", "days", "logSize")
    view.set_views(made("numbers"), 0)
    assert (view.fit.x_label, view.fit.y_label) == ("x", "y")


@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_a_sampled_task_counts_its_points_without_the_empty_slots(qtbot, kind):
    tile = SampleTile("tile")
    qtbot.addWidget(tile)
    tile.show_task(made(kind), 1)
    tile.resize(150, 112)
    assert not tile.grab().isNull()
    said = tile.accessibleDescription()
    assert said.startswith(f"{SHOTS} support points (discs) and {QUERIES - 1} query points (rings)")
    assert ("up is the class: low, high" in said) == (kind == "classes")
