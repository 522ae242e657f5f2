"""Rainbow-MNIST as ordinary episodes."""

import numpy as np
import pytest
import torch

from core.config.tasks import RainbowMnist, RainbowStream
from core.data import rainbow
from core.draws import at_step
from core.errors import BadExperiment
from core.tasks import build, preview
from core.tasks.rainbow import looker
from tests.core.data.places import real
from tests.core.data.small_mnist import write_mnist


@pytest.fixture(scope="module")
def splits(data_folder):
    return build(RainbowMnist(path=real("mnist")), data_folder=data_folder)


def test_nothing_of_a_ground_and_ink_is_exactly_the_colour_and_white(data_folder):
    """ftml.md, check 5: grey 0 is the colour to the last bit, grey 1 is white."""
    digits = rainbow.load(data_folder, real("mnist"), "small")
    flat = digits._replace(grey=np.stack([np.zeros_like(digits.grey[:, 0]), np.full_like(digits.grey[:, 0], 255)], 1))
    x, _ = looker(flat, "cpu", torch.float32)(torch.arange(56), torch.tensor([[0, 1]]).expand(56, 2))
    ground = torch.from_numpy(digits.ground).float()[:, :, None, None]
    assert torch.equal(x[:, 0], ground.expand(56, 3, 28, 28))
    assert torch.equal(x[:, 1], torch.ones(56, 3, 28, 28))


def test_an_episode_has_every_digit_as_often_and_no_picture_twice(splits):
    task = splits.train.sample(at_step(0, "x"), 40)
    assert task.support.x.shape == (40, 10, 3, 28, 28)
    assert task.query.x.shape == (40, 50, 3, 28, 28)
    assert torch.equal(task.support.y, torch.arange(10).expand(40, 10))
    pictures = torch.cat([task.support.x, task.query.x], 1).flatten(2)
    assert all(len(torch.unique(one, dim=0)) == 60 for one in pictures)


def test_tasks_of_the_three_parts_are_apart(splits):
    seen = [set(part.sample(at_step(0, "x"), 60).about["id"].tolist()) for part in splits[:3]]
    assert [len(part) for part in seen] == [40, 6, 10]
    assert len(set.union(*seen)) == 56


def test_more_pictures_than_the_rarest_digit_has_are_refused(data_folder):
    with pytest.raises(BadExperiment, match=r"tasks\.shots \+ tasks\.queries is 5 \+ 15, but a task has only"):
        build(RainbowMnist(path=real("mnist"), shots=5, queries=15), data_folder=data_folder)


def test_the_window_sees_coloured_pictures_and_the_tasks_names(data_folder):
    seen = preview(RainbowMnist(path=real("mnist")), data_folder=data_folder)
    assert seen.support_x.shape == (6, 10, 28, 28, 3)
    assert all(name.split(",")[0] in rainbow.COLOURS for name in seen.names)
    assert seen.class_names[0] == tuple("0123456789")


def test_the_stream_is_all_tasks_in_an_order_of_their_own(data_folder):
    """Every task comes once; another order is another permutation; held-out digits judge all orders alike."""
    one, other = (
        build(RainbowStream(path=real("mnist"), order=order), data_folder=data_folder).stream for order in (1, 2)
    )
    assert sorted(one.names) == sorted(other.names) == sorted(rainbow.load(data_folder, real("mnist"), "small").names)
    assert one.names != other.names
    same = other.names.index(one.names[0])
    assert torch.equal(one.probe(0, 20).query.x, other.probe(same, 20).query.x)


def test_what_is_held_out_is_never_trained_on(data_folder):
    splits = build(RainbowStream(path=real("mnist"), rounds=2), data_folder=data_folder)
    seen = splits.train.sample(at_step(0, "x"), 600)
    trained = {row.numpy().tobytes() for part in seen[:2] for row in part.x.flatten(0, 1)}
    held_out = {row.numpy().tobytes() for at in range(2) for row in splits.stream.probe(at, 10).query.x[0]}
    assert len(held_out) == 2 * 38
    assert len(trained) == 2 * 140
    assert not trained & held_out


def test_the_full_stream_has_900_digits_a_task(tmp_path):
    write_mnist(tmp_path, 60_000)
    splits = build(RainbowStream(path=tmp_path, size="full"), data_folder=tmp_path)
    assert splits.stream.examples == 900
    assert splits.stream.probe(0, 900).support.x.shape == (1, 900, 3, 28, 28)
    assert splits.stream.probe(0, 20).query.x.shape == (1, 171, 3, 28, 28)
