"""The estimate of a run's memory: of long passes without computing them, and of what a method shows of itself."""

import pytest
import torch

from core import sampled_panels
from core.draws import at_step
from core.engine.footprint import most_alive
from core.sampled_panels import at_once
from core.training import memory
from core.training.assembly import assemble
from core.training.viewing import panels
from tests.core.training.helpers import tiny


def assembled(folder, *settings):
    parts = assemble(tiny(*settings), folder)
    return parts, parts.method.init(at_step(0, "init"))


@pytest.mark.parametrize("kind", ["maml", "reptile", "mt-net"])
def test_a_long_pass_is_followed_without_numbers_and_counted_the_same(kind, tmp_path, monkeypatch):
    """Such a run (mini-5w5s) ended in a TypeError before its first step."""
    parts, meta = assembled(tmp_path, f"method.kind={kind}", "network.hidden=[64,64]")
    whole, seen = memory.most_taken, []
    monkeypatch.setattr(memory, "most_taken", most_alive)
    plain = memory._passing(parts, meta, 4)
    monkeypatch.setattr(memory, "LONG_SECONDS", 0.0)
    monkeypatch.setattr(memory, "pass_bytes", _told(memory.pass_bytes, seen))
    assert memory._passing(parts, meta, 4) == pytest.approx(plain, rel=0.02)
    assert seen == [torch.device("meta")]
    assert whole is not most_alive


def _told(function, seen):
    def told(method, plan, meta, *more, **options):
        seen.append(next(iter(meta.learned["init"].values())).device)
        return function(method, plan, meta, *more, **options)

    return told


def test_samples_of_a_wide_network_are_looked_at_a_few_tasks_at_a_time(tmp_path, monkeypatch):
    parts, meta = assembled(tmp_path, "method.kind=platipus", "network.hidden=[60,60]", "method.samples=20")
    monkeypatch.setattr(sampled_panels, "HELD", 2**20)
    assert at_once(parts.net, parts.method.samples) == 3

    def alive(tasks):
        drawn = parts.splits.validation.sample(at_step(0, "tasks"), tasks)
        return most_alive(lambda: panels(parts.method, meta, drawn, 2))

    assert alive(12) < 1.3 * alive(3)


def test_what_a_method_shows_is_part_of_the_estimate(tmp_path, monkeypatch):
    """Of a method whose samples take more than a training pass over few tasks."""
    parts, meta = assembled(tmp_path, "method.kind=platipus", "network.hidden=[100,100]", "outer.meta_batch=1")
    whole = memory.estimate(parts, meta)
    monkeypatch.setattr(memory, "_seeing", lambda *_: 0)
    assert memory.estimate(parts, meta).training < whole.training - 2**20
