"""Glyphs as tasks: as hard as Omniglot for raw pixels, impossible settings refused."""

import pytest
import torch

from core.config.tasks import Glyphs
from core.draws import at_step
from core.errors import BadExperiment
from core.tasks import build, preview

from .neighbour import neighbour_accuracy


def test_the_nearest_picture_is_right_about_as_often_as_on_omniglot(data_folder, record_property):
    """Omniglot: 0.52 (its 28 x 28 pictures, cosine, 5-way 1-shot). 3,000 episodes, 95 % half-width 0.008."""
    train = build(Glyphs(queries=1), data_folder=data_folder).train
    accuracy = neighbour_accuracy(train.sample(at_step(0, "neighbour"), 3000))
    record_property("accuracy", accuracy)
    print(f"glyphs, nearest neighbour: {accuracy:.3f}")
    assert 0.47 <= accuracy <= 0.57


def test_the_three_parts_share_no_class(data_folder):
    splits = build(Glyphs(), data_folder=data_folder)
    seen = [set(part.sample(at_step(0, "x"), 400).about["classes"].unique().tolist()) for part in splits[:3]]
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]
    assert not seen[1] & seen[2]


def test_pixels_are_ink_on_nothing(data_folder):
    task = build(Glyphs(), data_folder=data_folder).test.sample(at_step(0, "x"), 20)
    assert task.query.x.shape == (20, 75, 1, 28, 28)
    assert task.query.x.max() == 1
    assert task.query.x.min() == 0
    assert task.query.x.mean() < 0.3


def test_more_examples_than_a_class_has_are_refused_with_what_to_lower(data_folder):
    with pytest.raises(BadExperiment, match=r"tasks\.shots \+ tasks\.queries is 10 \+ 15.*only 20 samples"):
        build(Glyphs(shots=10), data_folder=data_folder)
    with pytest.raises(BadExperiment, match=r"tasks\.train_shots \+ tasks\.queries is 6 \+ 15"):
        build(Glyphs(train_shots=6), data_folder=data_folder)


def test_a_preview_names_its_classes(data_folder):
    seen = preview(Glyphs(), data_folder=data_folder, count=2, split="validation")
    assert seen.support_x.shape == (2, 5, 28, 28, 1)
    assert [len(row) for row in seen.class_names] == [5, 5]
    assert all(name.startswith("U+") for row in seen.class_names for name in row)


def test_twenty_ways_fit(data_folder):
    task = build(Glyphs(ways=20), data_folder=data_folder).validation.sample(at_step(0, "x"), 2)
    assert task.support.y.equal(torch.arange(20).expand(2, 20))
