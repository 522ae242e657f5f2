"""Episodes of a set in miniImageNet's layout."""

import pytest

from core.config.tasks import MiniImagenet
from core.draws import at_step
from core.errors import BadExperiment
from core.tasks import build
from tests.core.data import small_mini


@pytest.fixture
def settings(tmp_path):
    return MiniImagenet(path=small_mini.split_folders(tmp_path / "set"), side=20, ways=2, shots=1, queries=3)


def test_an_episode_has_pictures_of_its_part_alone(settings, tmp_path):
    splits = build(settings, data_folder=tmp_path)
    for part, reds in ((splits.train, {30, 60, 90}), (splits.validation, {120, 150}), (splits.test, {180, 210})):
        task = part.sample(at_step(0, "x"), 20)
        assert task.support.x.shape == (20, 2, 3, 20, 20)
        assert task.query.x.shape == (20, 6, 3, 20, 20)
        assert set((task.query.x[:, :, 0] * 255).round().int().flatten().tolist()) == reds


def test_class_names_are_those_on_the_disk(settings, tmp_path):
    assert build(settings, data_folder=tmp_path).train.spec.class_names == tuple(f"n0{at}" for at in range(1, 8))


def test_more_ways_than_a_part_has_classes_are_refused(settings, tmp_path):
    with pytest.raises(BadExperiment, match=r"tasks\.ways is 3, but miniimagenet has 2 validation classes"):
        build(settings.model_copy(update={"ways": 3}), data_folder=tmp_path)
