"""miniImageNet as it lies on disks: its layouts are found, its pickles run nothing, what is wrong is said in one line."""

import os
import pickle
import zipfile

import numpy as np
import pytest

from core.data import mini
from core.data.restricted import read_pickle
from core.errors import BadExperiment, BadFile, MissingData

from . import small_mini
from .places import real
from .small_mini import CLASSES, colour

LAYOUTS = {
    "pictures in one folder": small_mini.split_files,
    "pictures by class": lambda folder: small_mini.split_files(folder, by_class=True),
    "easyfsl's columns": lambda folder: small_mini.split_files(folder, head="class_name,image_name"),
    "folders": small_mini.split_folders,
    "folders of other names": lambda folder: small_mini.split_folders(folder, ("base", "validation", "novel")),
    "one folder below": lambda folder: small_mini.split_folders(folder / "mini-imagenet").parent,
    "pickles": small_mini.pickles,
    "pickles of protocol 5": lambda folder: small_mini.pickles(folder, protocol=5),
    "pickles as learn2learn names them": lambda folder: small_mini.pickles(
        folder, names=("train", "validation", "test")
    ),
    "pickles of another size": lambda folder: small_mini.pickles(folder, side=24),
}


@pytest.mark.parametrize("make", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_holds_the_same_set(tmp_path, make):
    pictures, split, _ = mini.load(tmp_path / "cache", make(tmp_path / "set"), 20)
    names = [[pictures.names[at] for at in part] for part in (split.train, split.validation, split.test)]
    assert names == [list(part) for part in CLASSES.values()]
    assert pictures.amount.tolist() == [4] * 7
    expected = [[colour(name, at) for at in range(4)] for part in CLASSES.values() for name in part]
    np.testing.assert_array_equal(pictures.images[:, 10, 10].reshape(7, 4, 3), expected)


def test_pictures_are_squeezed_to_the_side(tmp_path):
    assert mini.load(tmp_path, small_mini.split_folders(tmp_path / "set"), 16)[0].images.shape == (28, 16, 16, 3)


def test_a_second_load_comes_from_the_cache_and_a_changed_file_does_not(tmp_path):
    folder = small_mini.split_folders(tmp_path / "set")
    mini.load(tmp_path, folder, 20)
    assert len(list((tmp_path / "cache").iterdir())) == 1
    small_mini.save(folder / "train" / "n01" / "0.png", "n07", 3, side=21)
    assert mini.load(tmp_path, folder, 20)[0].images[0, 0, 0].tolist() == colour("n07", 3).tolist()


def test_what_has_the_layout_alone_is_not_called_the_set_of_the_literature(tmp_path):
    found = mini.load(tmp_path, small_mini.split_folders(tmp_path / "set"), 20)
    assert mini.describe(*found).startswith(
        "miniImageNet's layout, not its 64 / 16 / 20 classes of 600: 3 / 2 / 2 classes"
    )


def test_photographs_of_other_shapes_are_taken(tmp_path):
    """Groceries: JPEG, some 128 x 171."""
    with zipfile.ZipFile(real("grocery") / "grocery_images.zip") as archive:
        names = sorted({name.split("/")[1] for name in archive.namelist() if name.endswith(".jpg")})[:6]
        for at, name in enumerate(names):
            part = ("train", "train", "val", "val", "test", "test")[at]
            for file in [f for f in archive.namelist() if f.startswith(f"grocery/{name}/") and f.endswith("jpg")][:5]:
                target = tmp_path / "set" / part / name / file.rsplit("/", 1)[1]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(file))
    pictures, split, _ = mini.load(tmp_path, tmp_path / "set")
    assert pictures.images.shape == (30, 84, 84, 3)
    assert [len(part) for part in (split.train, split.validation, split.test)] == [2, 2, 2]


# pickles


class Runs:
    """What a hostile file holds: unpickling it would call `call`."""

    def __init__(self, call, *arguments):
        self.call, self.arguments = call, arguments

    def __reduce__(self):
        return self.call, self.arguments


HOSTILE = {
    "os.system": Runs(os.system, "touch ran"),
    "eval": Runs(eval, "open('ran', 'w')"),
    "open": Runs(open, "ran", "w"),
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_a_pickle_that_would_run_something_is_refused_and_runs_nothing(tmp_path, monkeypatch, value, protocol):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.pkl").write_bytes(pickle.dumps({"image_data": value}, protocol))
    with pytest.raises(BadFile, match=r"refused: it would use .*convert it"):
        read_pickle(tmp_path / "bad.pkl")
    assert not (tmp_path / "ran").exists()


REFUSED = {
    "objects": np.array([{}, []], object),
    "records": np.zeros(2, [("a", "i4")]),
    "classes": Exception("x"),
}


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_arrays_of_anything_but_numbers_and_texts_are_refused(tmp_path, value):
    (tmp_path / "bad.pkl").write_bytes(pickle.dumps(value, 2))
    with pytest.raises(BadFile, match="is refused"):
        read_pickle(tmp_path / "bad.pkl")


KEPT = {
    "bytes": np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
    "by columns": np.asfortranarray(np.arange(6, dtype=np.int64).reshape(2, 3)),
    "big-endian": np.arange(3, dtype=">f4"),
    "texts": np.array(["n01", "n02"]),
    "no rows": np.zeros((0, 4), np.uint8),
    "a number": np.float64(2.5),
}


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize("value", KEPT.values(), ids=KEPT)
def test_arrays_come_back_as_they_were(tmp_path, value, protocol):
    (tmp_path / "good.pkl").write_bytes(pickle.dumps({"x": [value], "b": b"\x00\xff"}, protocol))
    found = read_pickle(tmp_path / "good.pkl")
    np.testing.assert_array_equal(found["x"][0], value)
    assert found["b"] == b"\x00\xff"


def test_an_array_that_claims_more_than_it_holds_is_refused(tmp_path):
    whole = pickle.dumps(np.zeros(200, np.uint8), 2)
    (tmp_path / "bad.pkl").write_bytes(whole.replace(b"K\xc8", b"K\xc9", 1))
    with pytest.raises(BadFile):
        read_pickle(tmp_path / "bad.pkl")


@pytest.mark.parametrize("content", [b"", b"no pickle", b"\x80\x05", pickle.dumps({"a": 1})[:-3]])
def test_a_damaged_pickle_is_named_in_one_line(tmp_path, content):
    (tmp_path / "bad.pkl").write_bytes(content)
    with pytest.raises(BadFile, match=r"bad\.pkl is damaged or no pickle"):
        read_pickle(tmp_path / "bad.pkl")


def broken_pickle(folder, **changes):
    small_mini.pickles(folder)
    (folder / "mini-imagenet-cache-val.pkl").write_bytes(pickle.dumps({**small_mini.content("val"), **changes}, 2))
    return folder


def lacking(folder):
    small_mini.pickles(folder)
    (folder / "mini-imagenet-cache-val.pkl").write_bytes(pickle.dumps({"image_data": 1}, 2))
    return folder


def without(path):
    path.unlink()
    return path.parent


def class_in_two_parts(folder):
    small_mini.split_folders(folder)
    small_mini.save(folder / "test" / "n01" / "0.png", "n01", 0)
    return folder


def damaged_picture(folder):
    small_mini.split_folders(folder)
    (folder / "val" / "n04" / "2.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    return folder


def changed_file(folder, name, text):
    small_mini.split_files(folder)
    (folder / name).write_text(text)
    return folder


WRONG = {
    "no folder": (lambda folder: folder / "nowhere", MissingData, "no miniImageNet in"),
    "an empty folder": (lambda folder: (folder.mkdir(), folder)[1], MissingData, r"looked for train\.csv"),
    "two of three csv": (lambda f: without(small_mini.split_files(f) / "val.csv"), MissingData, "not for validation"),
    "two of three pickles": (
        lambda f: without(small_mini.pickles(f) / "mini-imagenet-cache-test.pkl"), MissingData, "not for test",
    ),
    "a class in two parts": (class_in_two_parts, BadFile, "n01 is both in train and in test"),
    "a damaged picture": (damaged_picture, BadFile, r"2\.png is damaged or no picture"),
    "an empty class folder": (
        lambda f: [small_mini.split_folders(f), [p.unlink() for p in (f / "val").rglob("*.png")]] and f, MissingData,
        "no class folder with pictures",
    ),
    "other columns": (lambda f: changed_file(f, "val.csv", "a,b\n1,2\n"), BadFile, "has the columns a, b"),
    "an empty csv": (lambda f: changed_file(f, "val.csv", ""), BadFile, "has the columns none"),
    "a head alone": (lambda f: changed_file(f, "val.csv", "filename,label\n"), BadFile, "lists no pictures"),
    "an empty label": (lambda f: changed_file(f, "val.csv", "filename,label\nx.png,\n"), BadFile, "line 2"),
    "pictures that are not there": (
        lambda f: changed_file(f, "val.csv", "filename,label\nnone.png,n04\n"), MissingData, r"lists 1 pictures .* none\.png",
    ),
    "a pickle without pictures": (lacking, BadFile, "lacks image_data or class_dict"),
    "pictures as numbers": (lambda f: broken_pickle(f, image_data=np.zeros((8, 20, 20, 3))), BadFile, "as bytes"),
    "rows beyond the pictures": (lambda f: broken_pickle(f, class_dict={"n04": [99]}), BadFile, "n04 do not fit its 8"),
    "no classes": (lambda f: broken_pickle(f, class_dict={}), BadFile, "holds no classes"),
    "the same class in two pickles": (
        lambda f: broken_pickle(f, class_dict={"n01": [0, 1]}), BadFile, "n01 is both in train and in validation",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("make", "kind", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_one_line(tmp_path, make, kind, words):
    with pytest.raises(kind, match=words) as found:
        mini.load(tmp_path / "cache", make(tmp_path / "set"), 20)
    assert "\n" not in str(found.value)


def test_more_than_fits_is_refused_before_it_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(mini, "MOST_BYTES", 1000)
    with pytest.raises(BadExperiment, match=r"tasks\.side: 28 pictures of 20 x 20"):
        mini.load(tmp_path, small_mini.split_folders(tmp_path / "set"), 20)
