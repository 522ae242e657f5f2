"""Runs on a person's own table: what the log says, and that a run goes on only with the data that it began with."""

import pytest

from core.training import Control, train
from core.training.events import Checkpointed, Failed, Finished, Warned
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


def test_a_run_goes_on_only_with_the_table_that_it_began_with(path, tmp_path):
    first = trained(path, tmp_path).all(Checkpointed)[0]
    rows = rats(14)
    for cells in rows:
        cells[2] = f"{2 * float(cells[2]):.2f}"
    write(path, text(rows))
    again = trained(path, tmp_path, resume=tmp_path / first.path)
    assert isinstance(again.last, Failed)
    assert "the data have changed since the run began (it had rats.csv: 14 tasks (rat)" in again.last.sentence
