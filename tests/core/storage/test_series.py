import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from core.config import Experiment
from core.storage import series
from core.storage.catalog import Catalog
from core.storage.rows import Row, SeriesRow
from core.training.events import Stepped

from .conftest import steps


@pytest.fixture
def session() -> Session:
    engine = create_engine("sqlite://")
    Row.metadata.create_all(engine)
    return Session(engine)


def _counts(session: Session) -> list[int]:
    return list(session.scalars(select(SeriesRow.count).order_by(SeriesRow.first_step)))


def test_many_small_events_make_few_blocks(session: Session) -> None:
    for first in range(1, 2501, 5):
        series.append(session, "r", steps(first, first + 4))
    assert _counts(session) == [1000, 1000, 500]


def test_one_large_event_is_cut(session: Session) -> None:
    series.append(session, "r", steps(1, 2300))
    assert _counts(session) == [1000, 1000, 300]


def test_an_event_without_steps_changes_nothing(session: Session) -> None:
    series.append(session, "r", steps(1, 0))
    assert _counts(session) == []
    assert len(series.read(session, "r").steps) == 0


def test_runs_do_not_mix(session: Session) -> None:
    series.append(session, "a", steps(1, 10))
    series.append(session, "b", steps(1, 20))
    assert len(series.read(session, "a").steps) == 10


_LOSSES = st.floats(width=32, allow_nan=True, allow_infinity=True)
_EVENTS = st.lists(st.lists(st.tuples(_LOSSES, _LOSSES), max_size=40), max_size=12)


@settings(deadline=None, max_examples=60)
@given(_EVENTS, st.integers(0, 300), st.sampled_from([3, 7, 1000]), st.sampled_from([np.float32, np.float64]))
def test_what_is_appended_is_read_back_and_truncated(
    events: list[list[tuple[float, float]]], cut: int, block: int, dtype: type
) -> None:
    """Any numbers in any pieces, with blocks small enough that every case of filling up occurs."""
    flat = [pair for event in events for pair in event]
    engine = create_engine("sqlite://")
    Row.metadata.create_all(engine)
    with Session(engine) as session, pytest.MonkeyPatch.context() as patch:
        patch.setattr(series, "BLOCK", block)
        first = 1
        for event in events:
            numbers = np.arange(first, first + len(event))
            loss, accuracy = (np.array([pair[i] for pair in event], dtype) for i in (0, 1))
            series.append(session, "r", Stepped(numbers, loss, accuracy, numbers / 8))
            first += len(event)
        assert all(count <= block for count in _counts(session))
        assert all(count == block for count in _counts(session)[:-1])
        for length, found in ((len(flat), series.read(session, "r")), (cut, series.truncate(session, "r", cut))):
            expected = flat[:length]
            np.testing.assert_array_equal(found.steps, np.arange(1, len(expected) + 1))
            np.testing.assert_array_equal(found.seconds, found.steps / 8)
            np.testing.assert_array_equal(found.loss, np.array([pair[0] for pair in expected], dtype))
            np.testing.assert_array_equal(found.accuracy, np.array([pair[1] for pair in expected], dtype))
        np.testing.assert_array_equal(series.read(session, "r").steps, found.steps)


def test_the_small_line_has_at_most_sixty_points_and_the_right_means(catalog: Catalog, experiment: Experiment) -> None:
    run = catalog.add_run(experiment)
    catalog.begin_run(run.id, "cpu", {}, {}, 0)
    for first, last in itertools.pairwise([0, 7, 61, 500, 1234]):
        catalog.append_series(run.id, steps(first + 1, last))
    spark, loss = catalog.run(run.id).spark, catalog.series(run.id).loss.astype(float)
    assert 30 <= len(spark) <= 60
    assert spark[0] == pytest.approx(loss[:32].mean())
    assert spark[-1] == pytest.approx(loss[32 * (len(spark) - 1) :].mean())


def test_the_small_line_leaves_non_finite_losses_out(catalog: Catalog, experiment: Experiment) -> None:
    run = catalog.add_run(experiment)
    catalog.begin_run(run.id, "cpu", {}, {}, 0)
    loss = np.array([1.0, np.nan, np.inf, 3.0])
    catalog.append_series(run.id, Stepped(np.arange(1, 5), loss, loss, np.arange(4.0)))
    assert catalog.run(run.id).spark == (1.0, 3.0)
    np.testing.assert_array_equal(catalog.series(run.id).loss, loss)
