"""Episodes of a person's own pictures: which classes meet, what the card keeps, and that nothing is copied out of the file."""

import numpy as np
import pytest
import torch

from core.config.own_images import Images
from core.draws import at_step
from core.errors import BadExperiment, MissingData
from core.tasks import build
from core.tasks.own_images import resident

from ..data.own_images import small_sets as small


@pytest.fixture
def photos(tmp_path):
    return small.zipped(tmp_path / "photos.zip", small.files(20, 8))


def splits(path, tmp_path, **settings):
    wanted = {"ways": 3, "shots": 2, "queries": 3, "side": 8, **settings}
    return build(Images(path=path, **wanted), data_folder=tmp_path / "data")


def test_episodes_of_the_three_parts_share_no_class(photos, tmp_path):
    made = splits(photos, tmp_path)
    seen = []
    for part in (made.train, made.validation, made.test):
        task = part.sample(at_step(0, "test"), 40)
        assert task.support.x.shape == (40, 6, 3, 8, 8)
        assert task.query.x.shape == (40, 9, 3, 8, 8)
        assert 0 <= task.support.x.min() <= task.support.x.max() <= 1
        seen.append(set(task.about["classes"].flatten().tolist()))
    assert [len(one) for one in seen] == [10, 5, 5]
    assert not seen[0] & seen[1] | seen[0] & seen[2] | seen[1] & seen[2]


def test_support_and_query_are_of_their_class_and_share_no_picture(photos, tmp_path):
    made = splits(photos, tmp_path)
    task = made.test.sample(at_step(1, "test"), 30)
    for one in range(30):
        for way in range(3):
            at = int(made.spec.class_names[int(task.about["classes"][one, way])][1:])
            colours = [
                tuple(np.rint(picture[:, 0, 0].numpy() * 255).astype(int).tolist())
                for batch in (task.support, task.query)
                for picture, label in zip(batch.x[one], batch.y[one], strict=True)
                if label == way
            ]
            assert len(set(colours)) == 5
            assert set(colours) <= {small.colour(at, n) for n in range(8)}


def test_classes_that_are_too_small_are_left_out_and_counted(tmp_path):
    content = {**small.files(20, 8), **small.files(4, 2, prefix="tiny")}
    made = splits(small.folder(tmp_path / "set", content), tmp_path)
    drawn = set()
    for part in (made.train, made.validation, made.test):
        drawn |= set(part.sample(at_step(0, "test"), 60).about["classes"].flatten().tolist())
    assert {made.spec.class_names[one] for one in drawn} == {f"c{at:02}" for at in range(20)}
    assert "left out: 0 files, 4 classes" in made.spec.source


def test_a_class_of_few_pictures_is_used_with_fewer_queries(tmp_path):
    path = small.folder(tmp_path / "set", small.files(20, 3))
    with pytest.raises(BadExperiment, match=r"set: tasks.ways is 3, but only 0 of .* lower tasks.queries to 1"):
        splits(path, tmp_path)
    assert splits(path, tmp_path, queries=1).test.sample(at_step(0, "t"), 2).query.x.shape == (2, 3, 3, 8, 8)


def test_the_split_does_not_move_with_ways_or_shots(photos, tmp_path):
    """An initialization that is measured with other ways and shots must not meet what it was trained on."""
    few, many = splits(photos, tmp_path), splits(photos, tmp_path, ways=5, shots=1, queries=2)
    assert torch.equal(few.pool.ids["test"], many.pool.ids["test"])
    assert torch.equal(few.pool.ids["train"], many.pool.ids["train"])


def test_the_card_keeps_how_new_pictures_become_what_was_learned(photos, tmp_path):
    made = splits(photos, tmp_path)
    spec = made.spec
    assert (spec.input_shape, spec.outputs, spec.input_range) == ((3, 8, 8), 3, (0.0, 1.0))
    held = spec.encoding
    assert {name: held[name] for name in ("kind", "side", "channels", "fit", "level")} == {
        "kind": "images", "side": 8, "channels": 3, "fit": "squeeze", "level": "deepest",
    }  # fmt: skip
    of_class = {at: np.mean([small.colour(at, n) for n in range(8)], 1) / 255 for at in range(20)}
    train = [int(made.spec.class_names[one][1:]) for one in made.pool.ids["train"].tolist()]
    light = np.concatenate([of_class[at] for at in train])
    assert held["brightness"]["mean"] == pytest.approx(light.mean(), abs=2e-4)
    assert held["brightness"]["std"] == pytest.approx(light.std(), abs=2e-4)
    assert held["contrast"]["mean"] > 0


def test_the_pixels_stay_in_the_file_that_they_were_decoded_into(photos, tmp_path):
    made = splits(photos, tmp_path)
    file = next((tmp_path / "data" / "cache").glob("images-*.npy"))
    mapped = np.load(file, mmap_mode="r+")
    mapped[:] = 7
    mapped.flush()
    task = made.train.sample(at_step(0, "test"), 2)
    assert (task.support.x * 255).round().unique().tolist() == [7.0]


def test_pixels_that_are_too_many_for_a_device_give_the_same_tasks():
    pixels = np.random.default_rng(0).integers(0, 255, (12, 3, 4, 4), np.uint8)
    near = resident(pixels, np.array([6, 6]), "cpu")
    from core.tasks.classes import sampler

    ids = torch.arange(2)
    one, other = (sampler(kept, ids, 2, 2, 2)(at_step(0, "t"), 3) for kept in (near, near._replace(far=True)))
    assert torch.equal(one.support.x, other.support.x)


def test_without_a_path_the_setting_is_named(tmp_path):
    with pytest.raises(MissingData, match=r"tasks.path is not set; set it to the folder or archive"):
        build(Images(), data_folder=tmp_path)


def test_joint_training_of_the_alternatives_is_judged_by_numbers(photos, tmp_path):
    """It has no support set: statistics of none would be no numbers, and its best step would be drawn from them."""
    import warnings

    from core.config import presets, with_settings
    from core.training.control import Control
    from core.training.events import Evaluated, Failed
    from core.training.run import train

    settings = [
        f"tasks.path={photos}", "tasks.ways=2", "tasks.shots=2", "tasks.queries=2", "tasks.side=16", "network.filters=4",
        "outer.steps=2", "evaluation.tasks=4", "evaluation.validation_tasks=2", "engine.tier=eager",
    ]  # fmt: skip
    heard = []
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.training.joint.LEAST_STEPS", 2)
        warnings.simplefilter("error", UserWarning)
        train(with_settings(presets()["maml-images"].experiment, settings), heard.append, Control(), tmp_path, tmp_path)
    assert not [event for event in heard if isinstance(event, Failed)], heard[-1]
    found = next(event for event in heard if isinstance(event, Evaluated))
    joint = next(each for each in found.alternatives if each.kind == "joint")
    assert np.isfinite(joint.curves.loss).all()
