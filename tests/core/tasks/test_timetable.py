"""When tasks and examples arrive."""

import pytest

from core.tasks.timetable import Moment, Timetable

PLAIN = Timetable(rounds=3, examples=50, arrival=20, steps=4)
WARM = Timetable(rounds=3, examples=50, arrival=20, steps=4, warm=2, warm_steps=5)


@pytest.mark.parametrize(
    ("step", "moment"),
    [(1, (0, 20)), (4, (0, 20)), (5, (0, 40)), (9, (0, 50)), (12, (0, 50)), (13, (1, 20)), (36, (2, 50))],
)
def test_examples_arrive_in_batches_and_the_last_is_what_is_left(step, moment):
    assert PLAIN.at(step) == Moment(*moment)


def test_a_stream_takes_its_rounds_and_then_all_is_there():
    assert PLAIN.total == 3 * 3 * 4
    assert PLAIN.at(37) == PLAIN.at(10**6) == Moment(2, 50)


def test_warm_tasks_are_whole_before_the_first_round():
    assert [WARM.at(step) for step in (1, 5, 6)] == [Moment(1, 50), Moment(1, 50), Moment(2, 20)]
    assert WARM.total == 5 + 12


def test_warm_steps_without_warm_tasks_do_not_count():
    assert PLAIN._replace(warm_steps=1000).total == PLAIN.total


@pytest.mark.parametrize("table", [PLAIN, WARM], ids=["plain", "warm"])
def test_every_arrival_ends_once_and_every_round_begins_once(table):
    steps = range(table.total + 20)
    ends = [table.ends(step) for step in steps if table.ends(step)]
    assert ends == [Moment(r, n) for r in range(table.warm, 3) for n in (20, 40, 50)]
    assert [r for step in steps if (r := table.begins(step)) is not None] == list(range(table.warm, 3))


def test_what_ends_is_what_was_there():
    assert all(PLAIN.ends(step) in (None, PLAIN.at(step)) for step in range(1, 40))
