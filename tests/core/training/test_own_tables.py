"""Runs on a person's own table: what the log says, and that a run goes on only with the data that it began with."""

import numpy as np
import pytest

from core.training import Control, train
from core.training.events import Checkpointed, Evaluated, Failed, Finished, Warned
from tests.core.data.small_tables import rats, text, write

from .helpers import Heard, tiny


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / "rats.csv", text(rats(14)))


def trained(path, folder, resume=None):
    heard = Heard()
    train(tiny("tasks.kind=table", f"tasks.path={path}"), heard, Control(), folder, folder, resume=resume)
    return heard


def test_the_log_names_what_was_guessed_once_and_a_resumed_run_says_it_not_again(path, tmp_path):
    heard = trained(path, tmp_path)
    assert [event.text.split(":")[0] for event in heard.all(Warned)][:3] == [
        "task column rat",
        "target weight",
        "input day",
    ]
    first = heard.all(Checkpointed)[0]
    again = trained(path, tmp_path, resume=tmp_path / first.path)
    assert isinstance(again.last, Finished)
    assert not [event for event in again.all(Warned) if "task column" in event.text]


def test_each_of_several_targets_has_its_error_for_the_learned_one_and_every_alternative(tmp_path):
    """Their mean is the loss that is reported: the same outputs on the same tasks."""
    rows = [[*cells[:3], f"{1000 - 3 * float(cells[2]):.2f}"] for cells in rats(14)]
    path = write(tmp_path / "two.csv", text(rows, header=["rat", "day", "weight", "depth"]))
    heard = Heard()
    targets = ('tasks.target=["weight", "depth"]', "tasks.task_column=rat", 'tasks.inputs=["day"]')
    train(tiny("tasks.kind=table", f"tasks.path={path}", *targets), heard, Control(), tmp_path, tmp_path)
    (found,) = heard.all(Evaluated)
    assert [each.kind for each in found.alternatives] == ["joint", "pooled-line", "task-line", "shrunk-line"]
    for curves in (found.curves, found.random_start, *(each.curves for each in found.alternatives)):
        assert curves.by_target.shape == (len(curves.loss), 2)
        np.testing.assert_allclose(curves.by_target.mean(1), curves.loss[:, -1], rtol=1e-4)


def test_a_run_goes_on_only_with_the_table_that_it_began_with(path, tmp_path):
    first = trained(path, tmp_path).all(Checkpointed)[0]
    rows = rats(14)
    for cells in rows:
        cells[2] = f"{2 * float(cells[2]):.2f}"
    write(path, text(rows))
    again = trained(path, tmp_path, resume=tmp_path / first.path)
    assert isinstance(again.last, Failed)
    assert "the data have changed since the run began (it had rats.csv: 14 tasks (rat)" in again.last.sentence
