"""What a person is told of pictures before they are used."""

from pathlib import Path

import numpy as np
import pytest

from core.data.inspect import inspect
from core.errors import BadExperiment, BadFile, CoreError

from ..places import real
from . import small_sets as small


def report(path, content=None, **options):
    return inspect(small.folder(path, content) if content is not None else path, **options)


def test_a_folder_of_classes_is_understood_with_ways_and_shots_that_fit(tmp_path):
    found = report(tmp_path / "set", small.files(20, 12))
    assert found.usable
    assert found.sentence == "240 pictures of 20 classes, 12 each, 10 training, 5 validation and 5 test classes."
    assert found.settings == {
        "tasks.kind": "images", "tasks.path": str(tmp_path / "set"), "tasks.ways": 5, "tasks.shots": 4, "tasks.queries": 8,
    }  # fmt: skip
    assert [(g.name, g.examples) for g in found.groups[:2]] == [("c00", 12), ("c01", 12)]
    assert sorted({g.part for g in found.groups}) == ["test", "train", "validation"]
    assert dict(found.facts)["Seen as"] == "32 x 32 pixels, colour"


def test_a_few_pictures_of_the_first_classes_can_be_looked_at(tmp_path):
    """The very pixels of the network, of the right class also behind one that has no picture left."""
    content = {f"c{at:02}/{n}.png": small.png(at, n) for at in range(20) for n in range(at + 1)} | {
        "c00/0.png": b"broken"
    }
    found = report(tmp_path / "set", content)
    assert [sample.name for sample in found.samples] == [f"c{at:02}" for at in range(1, 7)]
    assert [len(sample.pixels) for sample in found.samples] == [2, 3, 4, 5, 6, 6]
    alone = report(tmp_path / "alone", {name: file for name, file in content.items() if name.startswith("c05")})
    np.testing.assert_array_equal(found.samples[4].pixels, alone.samples[0].pixels)
    assert found.samples[4].pixels.shape == (6, 32, 32, 3)
    assert "samples" not in found.plain()


def test_given_settings_stay_and_the_rest_is_suggested_around_them(tmp_path):
    found = report(tmp_path / "set", small.files(20, 12), shots=2, side=16, colour="grey")
    assert found.settings["tasks.shots"] == 2
    assert (found.settings["tasks.queries"], found.settings["tasks.side"]) == (10, 16)
    assert dict(found.facts)["Seen as"] == "16 x 16 pixels, grey"


def test_what_is_left_out_is_listed_with_its_reason_and_the_rest_is_used(tmp_path):
    content = small.files(20, 12)
    content |= {"c03/broken.png": b"broken", "c03/notes.doc": b"x", "tiny/0.png": small.png(), "hollow/0.png": b""}
    found = report(tmp_path / "set", content)
    assert found.usable
    assert {one.what: one.why for one in found.left_out} == {
        "c03/notes.doc": "is no picture by its ending (.doc)",
        "c03/broken.png": "is no picture that Pillow knows",
        "hollow/0.png": "is empty",
        "hollow": "has no picture that can be read",
        "tiny": "has 1 of the 12 pictures that shots and queries take",
    }
    assert dict(found.facts)["Left out"] == "3 files, 2 classes"
    assert "3 files are left out" in found.sentence


@pytest.mark.parametrize(
    ("content", "options", "problem"),
    [
        (small.files(1, 9), {}, "there is one class only (c00), and classes are told apart; put the pictures of each class in"),
        ({f"{n}.png": small.png(n) for n in range(9)}, {}, "the pictures lie loose, in no folder of a class; put the"),
        (small.files(4, 9), {}, "4 classes are too few to split, as training, validation and test need two each; bring at least 6"),
        (small.files(8, 12), {"ways": 5}, "tasks.ways is 5, but there are 4 training classes; lower tasks.ways to 4"),
        (small.files(8, 12), {"ways": 3}, "tasks.ways is 3, but there are 2 validation classes; lower tasks.ways to 2"),
        (small.files(8, 12), {"shots": 5, "queries": 15}, "take; lower tasks.queries to 7, or tasks.ways"),
        (small.files(8, 12), {"shots": 12, "queries": 15}, "lower tasks.shots and tasks.queries to 12 together, or tasks.ways"),
        (small.files(8, 12), {"train_shots": 9, "shots": 2, "queries": 9}, "tasks.train_shots"),
        (small.files(8, 1), {}, "only 0 training classes have two pictures or more; bring more pictures"),
        (small.split_folders(sizes=(5, 2, 1)), {}, "tasks.ways is 2, but there is 1 test class; bring more classes"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_names_what_to_change(tmp_path, content, options, problem):
    found = report(tmp_path / "set", content, **options)
    assert not found.usable
    assert problem in found.problems[0]
    assert "\n" not in "".join(found.problems)


def empty(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (empty, "holds no pictures; choose a folder with a folder for each class"),
        (lambda path: small.folder(path, {"a/x.doc": b"x"}), "holds no picture that can be used; 1 files are left out"),
        (lambda path: small.folder(path, {"a/x.png": b"x", "b/y.png": b"y"}), "none of the 2 pictures"),
        (lambda path: small.zipped(path.with_suffix(".zip"), {}), "holds no pictures; choose a archive"),
    ],
)
def test_nothing_to_understand_is_one_line(tmp_path, make, words):
    with pytest.raises(BadFile) as refused:
        report(make(tmp_path / "set"))
    assert words.replace("a archive", "an archive") in str(refused.value)
    assert "\n" not in str(refused.value)


def test_known_sets_that_are_not_whole_are_named_and_taken_as_pictures(tmp_path):
    found = report(tmp_path / "set", small.omniglot_parts())
    assert (found.kind, found.title) == ("images", "Omniglot's layout, 6 of 1,623 characters")
    assert found.usable
    assert dict(found.facts)["Seen as"].endswith("grey")


def test_a_given_split_without_validation_takes_it_from_training(tmp_path):
    content = small.split_folders(("train", "test"), (10, 3), label="k{}")
    found = report(tmp_path / "set", content)
    parts = [group.part for group in found.groups]
    assert (parts.count("train"), parts.count("validation"), parts.count("test")) == (8, 2, 3)
    assert "as there is none" in dict(found.facts)["Split"]


def test_settings_out_of_bounds_are_a_known_error(tmp_path):
    with pytest.raises(CoreError, match=r"tasks\.side"):
        report(tmp_path / "set", small.files(8, 3), side=2)
    with pytest.raises(BadExperiment, match=r"tasks.split is files"):
        report(tmp_path / "other", small.files(8, 3), split="files")


def test_the_grocery_photographs(data_folder):
    found = inspect(real("grocery") / "grocery_images.zip", data_folder=data_folder)
    assert found.usable
    assert (len(found.groups), sum(group.examples for group in found.groups)) == (60, 2393)
    assert found.left_out == ()
    assert found.settings["tasks.ways"] == 5


@pytest.mark.slow
def test_omniglot_is_told_to_be_a_set_of_its_own_kind(data_folder):
    found = inspect(real("omniglot"), data_folder=data_folder)
    assert (found.kind, found.settings["tasks.kind"]) == ("omniglot", "omniglot")
    assert found.title == "Omniglot (Lake et al. 2015)"
    assert [sum(g.part == part for g in found.groups) for part in ("train", "validation", "test")] == [1028, 172, 423]
