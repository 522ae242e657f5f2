"""The outer optimizer: schedules, clips, groups, and a state that goes into a file and back without a bit lost."""

import math

import pytest
import torch

from core.draws import at_step
from core.optim import OuterOptimizer, share
from tests.core.methods.cases import outer_settings


def learned(dtype=torch.float64):
    generator = at_step(0, "optim")
    return {
        group: {name: torch.randn(shape, generator=generator, dtype=dtype) for name, shape in shapes.items()}
        for group, shapes in {"init": {"b.weight": (3, 4), "a.bias": (5,)}, "rate": {"b.weight": (3, 4)}}.items()
    }


def gradients(step, like):
    generator = at_step(step, "gradients")
    return {
        group: {name: torch.randn(leaf.shape, generator=generator, dtype=leaf.dtype) for name, leaf in named.items()}
        for group, named in like.items()
    }


def leaves(groups):
    return [leaf for named in groups.values() for leaf in named.values()]


def walked(settings, first=1, last=7, start=None, state=None, rates=None):
    now = start or learned()
    optimizer = OuterOptimizer(now, settings, rates)
    if state is not None:
        optimizer.load(now, state)
    for step in range(first, last + 1):
        optimizer.step(now, gradients(step, now), step)
    return now, optimizer.tensors(now)


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_it_is_torchs_optimizer(name, decay):
    found, _ = walked(outer_settings(optimizer=name, learning_rate=0.01, weight_decay=decay))
    plain = learned()
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}[name]
    reference = kind(leaves(plain), lr=0.01, weight_decay=decay)
    for step in range(1, 8):
        for leaf, slope in zip(leaves(plain), leaves(gradients(step, plain)), strict=True):
            leaf.grad = slope
        reference.step()
    for ours, theirs in zip(leaves(found), leaves(plain), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-13, atol=0)


@pytest.mark.parametrize(
    ("schedule", "final", "expected"),
    [
        ("constant", 0.3, [1, 1, 1, 1]),
        ("linear", 0.0, [1, 0.75, 0.5, 0.25]),
        ("linear", 0.2, [1, 0.8, 0.6, 0.4]),
        ("cosine", 0.0, [1, 0.5 * (1 + math.cos(math.pi / 4)), 0.5, 0.5 * (1 + math.cos(3 * math.pi / 4))]),
        (
            "cosine",
            0.5,
            [1, 0.5 + 0.25 * (1 + math.cos(math.pi / 4)), 0.75, 0.5 + 0.25 * (1 + math.cos(0.75 * math.pi))],
        ),
    ],
)
def test_a_schedule_falls_from_the_first_step_on(schedule, final, expected):
    settings = outer_settings(schedule=schedule, final_share=final, steps=4)
    assert [share(settings, step) for step in (1, 2, 3, 4)] == pytest.approx(expected)


def test_the_schedule_is_the_step_alone():
    """SGD at step 3 of 4 on a linear schedule moves by half the rate, whoever did the steps before."""
    now = {"init": {"w": torch.zeros(2, dtype=torch.float64)}}
    optimizer = OuterOptimizer(now, outer_settings(schedule="linear", steps=4, learning_rate=0.2))
    optimizer.step(now, {"init": {"w": torch.ones(2, dtype=torch.float64)}}, 3)
    assert now["init"]["w"].tolist() == pytest.approx([-0.1, -0.1])


def test_a_group_can_have_its_own_rate_on_the_same_schedule():
    now = {"init": {"w": torch.zeros(1)}, "rate": {"w": torch.zeros(1)}}
    optimizer = OuterOptimizer(now, outer_settings(learning_rate=0.1, schedule="linear", steps=2), {"rate": 0.001})
    optimizer.step(now, {"init": {"w": torch.ones(1)}, "rate": {"w": torch.ones(1)}}, 2)
    assert (now["init"]["w"].item(), now["rate"]["w"].item()) == pytest.approx((-0.05, -0.0005))


def test_entries_are_clipped_before_the_norm():
    """(3, -0.4) with entries at most 1 is (1, -0.4); with norm at most 0.5 that is scaled by 0.5 / sqrt(1.16)."""
    now = {"init": {"w": torch.zeros(2, dtype=torch.float64)}}
    settings = outer_settings(learning_rate=1.0, clip_value=1.0, clip_norm=0.5)
    OuterOptimizer(now, settings).step(now, {"init": {"w": torch.tensor([3.0, -0.4], dtype=torch.float64)}}, 1)
    factor = 0.5 / math.sqrt(1.16)
    assert now["init"]["w"].tolist() == pytest.approx([-factor, 0.4 * factor], rel=1e-9)


@pytest.mark.parametrize("limit", [0.5, 100.0])
def test_the_norm_is_that_of_all_groups_together_and_small_gradients_stay(limit):
    now = {"init": {"w": torch.zeros(1, dtype=torch.float64)}, "rate": {"w": torch.zeros(1, dtype=torch.float64)}}
    slope = {
        "init": {"w": torch.tensor([3.0], dtype=torch.float64)},
        "rate": {"w": torch.tensor([4.0], dtype=torch.float64)},
    }
    OuterOptimizer(now, outer_settings(learning_rate=1.0, clip_norm=limit)).step(now, slope, 1)
    factor = min(1.0, limit / 5)
    assert (now["init"]["w"].item(), now["rate"]["w"].item()) == pytest.approx((-3 * factor, -4 * factor))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_stopped_and_gone_on_is_never_stopped_bit_for_bit(name, dtype):
    settings = outer_settings(optimizer=name, schedule="linear", steps=8, clip_norm=0.7)
    whole, end = walked(settings, start=learned(dtype))
    half, state = walked(settings, last=3, start=learned(dtype))
    copied = {key: leaf.clone() for key, leaf in state.items()}
    rest = {group: {key: leaf.clone() for key, leaf in named.items()} for group, named in half.items()}
    joined, again = walked(settings, first=4, start=rest, state=copied)
    assert all(torch.equal(a, b) for a, b in zip(leaves(whole), leaves(joined), strict=True))
    assert end.keys() == again.keys()
    assert all(torch.equal(leaf, again[key]) for key, leaf in end.items())


def test_state_keys_are_group_name_and_entry():
    _, state = walked(outer_settings(optimizer="adam"), last=1)
    assert set(state) == {
        f"{key}/{entry}"
        for key in ("init/b.weight", "init/a.bias", "rate/b.weight")
        for entry in ("step", "exp_avg", "exp_avg_sq")
    }
    assert walked(outer_settings(optimizer="sgd"), last=1)[1] == {}


def test_a_groups_entries_then_each_of_its_tensors_are_clipped_by_themselves():
    """Entries to 1, then each norm to 1: [3, 0.5, 0] is [1, 0.5, 0], of length sqrt 1.25; the other group stays as it is."""
    start = {"map": {"a": torch.zeros(3), "b": torch.zeros(2)}, "rate": {"a": torch.zeros(1)}}
    slope = {
        "map": {"a": torch.tensor([3.0, 0.5, 0.0]), "b": torch.tensor([0.3, 0.4])},
        "rate": {"a": torch.tensor([7.0])},
    }
    once = OuterOptimizer(start, outer_settings(learning_rate=1.0), entry_clips={"map": 1.0}, tensor_clips={"map": 1.0})
    once.step(start, slope, 1)
    torch.testing.assert_close(-start["map"]["a"], torch.tensor([1.0, 0.5, 0.0]) / 1.25**0.5)
    torch.testing.assert_close(-start["map"]["b"], torch.tensor([0.3, 0.4]))
    torch.testing.assert_close(-start["rate"]["a"], torch.tensor([7.0]))
