"""Ragged tables: 2 to 12 rows, and padding that would show if it were touched."""

import numpy as np
import pytest
import torch

from core.data.tables import ragged, standardized
from core.draws import at_step
from core.tasks.tables import is_padded, sampler

ROWS = {f"table {n:02}": n for n in range(2, 13)}
SHOTS, QUERIES = 4, 5


def made():
    """x: 100 * table + row, with a second column; y: its negative. What lies behind the last row is NaN."""
    tables = ragged(
        {
            name: (np.stack([100.0 * index + np.arange(n), np.ones(n)], 1), -(100.0 * index + np.arange(n))[:, None])
            for index, (name, n) in enumerate(ROWS.items())
        },
        ("a", "b"),
        ("c",),
    )
    for values in (tables.x, tables.y):
        values[~tables.filled] = np.nan
    return tables


@pytest.fixture(scope="module")
def episodes():
    draw = sampler(made(), np.arange(len(ROWS)), SHOTS, QUERIES, dtype=torch.float64)
    return draw(at_step(0, "tables"), 500)


def test_padding_is_zero_and_weighs_zero(episodes):
    for batch in (episodes.support, episodes.query):
        empty = batch.weight == 0
        assert not batch.x.isnan().any()
        assert not batch.y.isnan().any()
        assert batch.x[empty].eq(0).all()
        assert batch.y[empty].eq(0).all()


def test_every_table_gives_what_it_has(episodes):
    rows = torch.tensor(list(ROWS.values()))[episodes.about["id"]]
    support = (rows - 1).clamp(max=SHOTS)
    assert episodes.support.weight.sum(1).equal(support.double())
    assert episodes.query.weight.sum(1).equal((rows - support).clamp(max=QUERIES).double())


def test_rows_are_of_the_table_and_never_on_both_sides(episodes):
    x, weight = (
        torch.cat([getattr(b, part) for b in (episodes.support, episodes.query)], 1) for part in ("x", "weight")
    )
    for index, values, there in zip(episodes.about["id"].tolist(), x[..., 0], weight, strict=True):
        seen = values[there == 1].tolist()
        assert len(set(seen)) == len(seen)
        assert all(value // 100 == index and value % 100 < list(ROWS.values())[index] for value in seen)


def test_inputs_and_outputs_stay_together(episodes):
    for batch in (episodes.support, episodes.query):
        assert batch.y[..., 0].equal(-batch.x[..., 0])


def test_tables_come_in_turn():
    draw = sampler(made(), np.array([1, 4, 7]), SHOTS, QUERIES)
    ids = draw(at_step(0, "tables"), 10).about["id"]
    assert sorted(torch.bincount(ids, minlength=11)[[1, 4, 7]].tolist()) == [3, 3, 4]
    assert set(ids.tolist()) == {1, 4, 7}


def test_every_row_is_support_equally_often():
    """Table 10 has 12 rows, 4 of them support: of 6,000 episodes each row is in 2,000, standard deviation 37."""
    draw = sampler(made(), np.array([10]), SHOTS, QUERIES, dtype=torch.float64)
    rows = draw(at_step(0, "tables"), 6000).support.x[..., 0].flatten().long() - 1000
    assert (torch.bincount(rows, minlength=12) - 2000).abs().max() < 150


def test_the_sampler_knows_when_slots_stay_empty():
    assert is_padded(np.array([12, 8]), 4, 5)
    assert not is_padded(np.array([12, 9]), 4, 5)


def test_columns_are_standardized_by_the_training_tables_alone():
    tables = ragged({"a": ([[0.0], [2.0]], [[1.0], [1.0]]), "b": ([[9.0]], [[5.0]])}, ("x",), ("y",))
    scaled, scaling = standardized(tables, np.array([0]))
    assert scaling == {"x_mean": [1.0], "x_std": [1.0], "y_mean": [1.0], "y_std": [1.0]}
    np.testing.assert_array_equal(scaled.x[..., 0], [[-1, 1], [8, 0]])
    np.testing.assert_array_equal(scaled.y[..., 0], [[0, 0], [4, 0]])
