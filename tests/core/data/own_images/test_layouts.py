"""Which folders are classes, which split is taken, and known sets by name."""

from collections import Counter
from pathlib import Path

import pytest

from core.data.own_images.layouts import understand
from core.data.own_images.source import open_source
from core.data.own_images.splits import by_hash
from core.errors import BadExperiment, BadFile, MissingData

from . import small_sets as small


def layout(path: Path, split="auto", level="deepest"):
    return understand(open_source(path), split, level)


def parts(found):
    return dict(Counter(found.parts.values()))


def test_the_folder_that_holds_a_picture_names_its_class(tmp_path):
    nested = {"all/fruit/apple/1.png": b"x", "all/fruit/pear/1.png": b"x", "all/milk/1.png": b"x"}
    path = small.folder(tmp_path / "set", nested)
    assert list(layout(path).classes) == ["fruit/apple", "fruit/pear", "milk"]
    assert list(layout(path, level="top").classes) == ["fruit", "milk"]


def test_the_split_by_hash_is_fixed_whatever_the_order():
    names = [f"c{at}" for at in range(60)]
    found = by_hash(names)
    assert found == by_hash(reversed(names))
    assert Counter(found.values()) == {"train": 36, "validation": 12, "test": 12}
    other = by_hash(names, 1)
    assert other != found  # another seed, another split of the same sizes
    assert Counter(other.values()) == Counter(found.values())
    assert Counter(by_hash(names[:6]).values()) == {"train": 2, "validation": 2, "test": 2}
    assert Counter(by_hash(names[:20]).values()) == {"train": 10, "validation": 5, "test": 5}


@pytest.mark.parametrize(
    "names", [("train", "val", "test"), ("base", "valid", "novel"), ("Train", "Validation", "Test")]
)
def test_given_folders_are_the_split(tmp_path, names):
    path = small.folder(tmp_path / "set", small.split_folders(names, label="thing{}"))
    found = layout(path)
    assert parts(found) == {"train": 3, "validation": 2, "test": 2}
    assert found.title == "folders train, val and test of class folders"
    assert layout(path, split="classes").parts is None
    assert list(layout(path, split="classes").classes) == [f"thing{at}" for at in range(7)]


def test_the_same_classes_in_train_and_test_are_put_together(tmp_path):
    content = {
        f"{part}/{name}/{part}{n}.png": b"x" for part in ("train", "test") for name in "abcdefg" for n in range(2)
    }
    found = layout(small.folder(tmp_path / "set", content))
    assert found.parts is None
    assert {name: len(items) for name, items in found.classes.items()} == dict.fromkeys("abcdefg", 4)
    assert "hold the same classes" in found.notes[0]


@pytest.mark.parametrize("split", ["folders", "files"])
def test_a_split_that_is_demanded_and_not_there_is_refused(tmp_path, split):
    path = small.folder(tmp_path / "set", small.files())
    with pytest.raises(BadExperiment, match=f"tasks.split is {split}, but there are no .*choose auto or classes"):
        layout(path, split=split)


def test_pictures_beside_the_class_folders_are_left_out(tmp_path):
    path = small.folder(tmp_path / "set", {**small.files(3), "cover.png": b"x", "notes.doc": b"x", "README.md": b"x"})
    found = layout(path)
    assert len(found.classes) == 3
    assert {one.what: one.why for one in found.left_out} == {
        "cover.png": "lies beside the folders of the classes, in none of them",
        "notes.doc": "is no picture by its ending (.doc)",
    }


@pytest.mark.parametrize("way", ["lines", "pictures", "json"])
def test_split_files_name_classes_or_pictures(tmp_path, way):
    content = small.files(6, 3)
    for part, chosen in (("train", (0, 1)), ("val", (2, 3)), ("test", (4, 5))):
        names = [f"c{at:02}" for at in chosen]
        listed = [f"{name}/{n}.png" for name in names for n in range(2)]
        if way == "json":
            import json

            held = {"label_names": names, "image_names": listed, "image_labels": [0, 0, 1, 1]}
            content[f"splits/{part}.json"] = json.dumps(held).encode()
        else:
            content[f"splits/{part}.txt"] = "\n".join(names if way == "lines" else listed).encode()
    found = layout(small.folder(tmp_path / "set", content))
    assert parts(found) == {"train": 2, "validation": 2, "test": 2}
    assert {len(items) for items in found.classes.values()} == {3 if way == "lines" else 2}
    assert "the split files" in found.rule


def test_split_files_with_a_class_in_two_parts_are_told_and_not_used(tmp_path):
    content = {**small.files(8), "train.txt": b"c00\nc01", "test.txt": b"c01\nc02"}
    path = small.folder(tmp_path / "set", content)
    found = layout(path)
    assert found.parts is None
    assert "c01 is in two parts" in found.notes[0]
    with pytest.raises(BadFile, match=r"c01 is in two parts"):
        layout(path, split="files")


def test_split_files_whose_pictures_are_missing_are_refused(tmp_path):
    content = {name: held for name, held in small.split_csv().items() if name.endswith(".csv")}
    with pytest.raises(
        BadFile, match=r"name 28 pictures or classes that are not there, the first is n0000000500000.png"
    ):
        layout(small.folder(tmp_path / "set", {**content, "images/other.png": b"x"}))


@pytest.mark.parametrize(
    ("make", "title", "counted"),
    [
        (small.split_folders, "miniImageNet's layout, folders train, val and test of class folders", (3, 2, 2)),
        (small.split_csv, "miniImageNet's layout, split files beside pictures", (3, 2, 2)),
        (small.mini_pickles, "miniImageNet (pickles)", (3, 3, 3)),
        (small.tiered_pickles, "tieredImageNet (pickles)", (3, 2, 2)),
        (small.cifar_pickles, "CIFAR-FS (pickles)", (3, 3, 3)),
        (small.cifar_fs, "CIFAR-FS's layout, split files beside pictures", (3, 2, 2)),
        (small.cub, "CUB-200-2011's layout, 8 of 200 species", (4, 2, 2)),
        (small.omniglot_parts, "Omniglot's layout, 6 of 1,623 characters", (2, 2, 2)),
    ],
)
def test_known_sets_are_recognised_by_their_layout(tmp_path, make, title, counted):
    found = layout(small.folder(tmp_path / "set", make()))
    assert found.title == title
    assert tuple(parts(found)[part] for part in ("train", "validation", "test")) == counted


def test_tiered_imagenet_is_told_by_its_name_and_by_its_counts(tmp_path):
    path = small.folder(tmp_path / "tiered-imagenet", small.split_folders())
    assert layout(path).title.startswith("tieredImageNet's layout")
    whole = {
        f"{part}/n{at:08}/1.png": b"x"
        for part, some in (("train", range(351)), ("val", range(351, 448)), ("test", range(448, 608)))
        for at in some
    }
    assert layout(small.folder(tmp_path / "set", whole)).title == "tieredImageNet (Ren et al. 2018)"


def test_omniglot_as_two_archives_in_a_folder(tmp_path):
    content = small.omniglot_parts()
    folder = tmp_path / "set"
    folder.mkdir()
    for half in ("images_background", "images_evaluation"):
        small.zipped(folder / f"{half}.zip", {name: held for name, held in content.items() if name.startswith(half)})
    found = layout(folder)
    assert list(found.classes) == [f"{a}/character{c:02}" for a in ("Armenian", "Keble", "Latin") for c in (1, 2)]
    assert found.parts["Armenian/character01"] == "validation"


def test_pickles_of_one_part_alone_are_refused(tmp_path):
    content = {name: held for name, held in small.mini_pickles().items() if "test" not in name}
    with pytest.raises(MissingData, match=r"pickles for train, validation but not for test"):
        layout(small.folder(tmp_path / "set", content))


def test_a_pickle_that_names_a_program_is_refused_without_running_it(tmp_path):
    import pickle

    class Evil:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    content = {**small.cifar_pickles(), "CIFAR_FS_val.pickle": pickle.dumps({"data": Evil(), "labels": []})}
    with pytest.raises(BadFile, match=r"is refused"):
        layout(small.folder(tmp_path / "set", content))
    assert not (tmp_path / "ran").exists()
