"""What was there before a run is not looked at by the garbage collector while it trains."""

import gc
import weakref

from core.training import Control, train
from core.training.collector import spare, sparing
from core.training.events import Finished, Stepped
from tests.core.training.helpers import tiny


class Ring:
    """Garbage that only the collector finds."""

    def __init__(self):
        self.me = self


def test_while_it_holds_old_objects_are_spared_and_new_garbage_is_collected():
    old = weakref.ref(Ring())
    with sparing():
        new = weakref.ref(Ring())
        gc.collect()
        assert new() is None
        assert old() is not None
        late = weakref.ref(Ring())
        spare()
        gc.collect()
        assert late() is not None
    gc.collect()
    assert old() is None
    assert late() is None


def test_one_inside_another_ends_with_the_outer_one():
    with sparing():
        with sparing():
            pass
        assert gc.get_freeze_count() > 0
    assert gc.get_freeze_count() == 0


def test_a_run_spares_what_was_there_before_it_and_nothing_afterwards(tmp_path):
    spared, last = [], []

    def sink(event):
        last[:] = [event]
        if isinstance(event, Stepped):
            spared.append(gc.get_freeze_count())

    train(tiny(), sink, Control(), tmp_path, tmp_path)
    assert isinstance(last[0], Finished), last[0]
    assert min(spared) > 50_000, "torch alone is more"
    assert gc.get_freeze_count() == 0
