"""What lies outside of what was seen in training."""

import numpy as np

from core.types import TaskSpec
from core.use.outside import outside, unknown

PLAIN = TaskSpec("regression", (1,), 1, 3, 5, "made", input_names=("year",), input_range=(1952.0, 2007.0))
SCALED = TaskSpec(
    "regression", (2,), 1, 3, 5, "made", input_names=("a", "b"),
    scaling={"x_mean": [0.0, 10.0], "x_std": [1.0, 2.0], "y_mean": [0.0], "y_std": [1.0]},
)  # fmt: skip
PICTURES = TaskSpec("classification", (1, 2, 2), 2, 1, 1, "made", encoding={"brightness": {"mean": 0.5, "std": 0.05}})


def test_values_at_the_edge_are_inside():
    assert outside(PLAIN, np.array([[1952.0], [2007.0]]), "query rows") == ()


def test_rows_outside_are_counted_and_the_farthest_is_named():
    (told,) = outside(PLAIN, np.array([[1960.0], [2050.0], [1940.0]]), "query rows")
    assert told == "year: 2 of 3 query rows are outside of 1952 to 2007, which was seen in training (as far as 2050)."


def test_each_column_is_told_by_itself():
    told = outside(SCALED, np.array([[0.0, 10.0], [5.0, 19.0]]), "support rows")
    assert [line.partition(":")[0] for line in told] == ["a", "b"]
    assert "-4 to 4" in told[0]


def test_ranges_of_the_encoding_come_before_the_scaling():
    known = SCALED._replace(encoding={"ranges": [[-10, 10], None]})
    assert outside(known, np.array([[5.0, 1000.0]]), "query rows") == ()


def test_much_darker_pictures_are_told():
    assert outside(PICTURES, np.full((3, 1, 2, 2), 0.55), "query pictures") == ()
    (told,) = outside(PICTURES, np.stack([np.zeros((1, 2, 2)), np.full((1, 2, 2), 0.5)]), "query pictures")
    assert told == "Brightness: 1 of 2 query pictures is much darker than those seen in training."
    assert outside(PICTURES._replace(encoding=None), np.zeros((1, 1, 2, 2)), "query pictures") == ()


def test_unknown_categories_are_named_once():
    assert unknown("Diet", ["a", "b"], ["a", "b"], "query rows") == ""
    told = unknown("Diet", ["a", "b"], ["a", "x", "x"], "query rows")
    assert told == "Diet: 'x' was not seen in training (2 of 3 query rows are)."
