"""The estimate of an outer step's memory: exact where it can be counted by hand, near what a process then takes."""

import pytest
import torch
from torch.func import grad

from core.bench.peak import peak_bytes
from core.bench.workloads import experiment
from core.config import with_settings
from core.engine.footprint import most_alive
from core.summary import dry_run

MIB = 2**20


def test_what_is_alive_together_is_added_up_and_what_is_gone_is_not():
    def work():
        a = torch.zeros(MIB, dtype=torch.uint8)
        b = a + 1
        del a
        c = b + 1
        return b.sum() + c.sum()

    assert MIB * 2 <= most_alive(work) < MIB * 2 + 1000


def test_views_and_results_in_place_bring_nothing():
    def work():
        a = torch.zeros(MIB, dtype=torch.uint8)
        return a.view(2, -1)[0].add_(1), a.mul_(2)

    assert most_alive(work) == MIB


def test_what_a_graph_holds_on_to_counts():
    """cos keeps its input for the way back, so every further one adds the same."""
    x = torch.zeros(MIB // 4)

    def cosines(v, times):
        for _ in range(times):
            v = v.cos()
        return v.sum()

    two, three, four = (most_alive(lambda times=times: grad(cosines)(x, times)) for times in (2, 3, 4))
    assert four - three == three - two >= MIB


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("omni-5w1s-pooled", {"steps": 1, "walk": "unrolled"}),
        ("omni-5w1s-pooled", {"steps": 5, "walk": "adjoint"}),
        ("omni-5w1s-strided", {"steps": 3, "walk": "unrolled"}),
        ("sine-5", {"steps": 5, "walk": "unrolled"}),
    ],
)
def test_the_dry_run_says_what_a_process_then_takes_to_a_quarter(name, changes, tmp_path):
    settings = [f"inner.steps={changes['steps']}", f"engine.walk={changes['walk']}", "inner.order=second"]
    wanted = with_settings(experiment(name, tmp_path, tier="eager", steps=1), settings)
    measured = peak_bytes(name, "ours", tmp_path, **changes)
    assert dry_run(wanted, tmp_path).memory_bytes == pytest.approx(measured, rel=0.25)
