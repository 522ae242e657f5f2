"""MNIST's idx files, and the 56 tasks that are made of them (ftml.md, section 13, check 5)."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from core.data import rainbow
from core.data.idx import read_idx
from core.errors import BadFile, MissingData

from .places import real
from .small_mnist import idx, write_mnist


@pytest.fixture(scope="module")
def small():
    return rainbow.load(Path("unused"), real("mnist"), "small")


# idx


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_an_idx_file_is_read_plain_and_packed(tmp_path, packed):
    images, labels = write_mnist(tmp_path, 7, packed=packed)
    end = ".gz" if packed else ""
    np.testing.assert_array_equal(read_idx(tmp_path / f"train-images-idx3-ubyte{end}", 3), images)
    np.testing.assert_array_equal(read_idx(tmp_path / f"train-labels-idx1-ubyte{end}", 1), labels)


WHOLE = idx(np.zeros((3, 28, 28), np.uint8))
BROKEN = {
    "empty": (b"", "no idx file"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(50), "no idx file"),
    "cut in its head": (WHOLE[:10], "for its|should hold"),
    "cut behind its head": (WHOLE[:-1], "get MNIST's file again"),
    "with more than it says": (WHOLE + b"x", "get MNIST's file again"),
    "of another type": (idx(np.zeros((3, 28, 28), np.uint8), code=13), "wanted are bytes"),
    "labels as images": (idx(np.zeros(3, np.uint8)), "exchanged"),
    "a huge claim": (bytes([0, 0, 8, 3]) + b"\xff" * 12, "should hold"),
    "cut inside gzip": (gzip.compress(WHOLE)[:-9], "cannot be read"),
    "damaged gzip": (b"\x1f\x8b" + bytes(30), "cannot be read"),
}


@pytest.mark.parametrize(("content", "words"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_named_in_one_line(tmp_path, content, words):
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=words) as found:
        read_idx(path, 3)
    assert str(path) in str(found.value)
    assert "\n" not in str(found.value)


# the 56 tasks


def test_there_are_56_ways_to_draw():
    assert len(set(rainbow.KINDS)) == 56
    assert len(set(rainbow.COLOURS.values())) == 7


def test_the_small_set_is_56_tasks_of_178_disjoint_digits(small):
    assert small.grey.shape == (56, 178, 28, 28)
    assert small.arriving == 140
    assert len(np.unique(small.source)) == 56 * 178


def test_the_full_set_is_56_tasks_of_900_disjoint_digits_and_171_held_out(tmp_path):
    """On a made-up file of MNIST's size whose k-th picture has the grey value k % 256."""
    images, labels = write_mnist(tmp_path, 60_000, packed=True)
    full = rainbow.load(tmp_path, tmp_path, "full")
    assert full.grey.shape == (56, 900 + 171, 28, 28)
    assert full.arriving == 900
    assert len(np.unique(full.source[:, :900])) == 50_400
    assert len(np.unique(full.source)) == 56 * 1071
    np.testing.assert_array_equal(full.labels, labels[full.source])
    np.testing.assert_array_equal(full.grey[..., 14, 14], images[full.source, 14, 14])


def test_half_scale_is_ground_outside_the_middle(small):
    half = np.array([scale == "half" for _, scale, _ in rainbow.KINDS])
    framed = small.grey[half].copy()
    framed[..., 7:21, 7:21] = 0
    assert not framed.any()
    assert small.grey[half][..., 7:21, 7:21].any((1, 2, 3)).all()


def test_a_digit_is_turned_exactly(small):
    """Turned back, every task of full scale holds the file's own pictures."""
    images = read_idx(real("mnist") / "t10k-images-idx3-ubyte.gz", 3)
    for task, (_, scale, turns) in enumerate(rainbow.KINDS):
        if scale == "full":
            np.testing.assert_array_equal(np.rot90(small.grey[task], -turns, (1, 2)), images[small.source[task]])


def test_half_scale_holds_the_means_of_four_pixels():
    digits = np.zeros((56, 1, 28, 28), np.uint8)
    digits[:, 0, 0, 0], digits[:, 0, 0, 1] = 100, 50
    task = rainbow.KINDS.index(("red", "half", 0))
    found = rainbow.drawn(digits)[task, 0]
    assert found[7, 7] == 38  # 150 / 4 = 37.5, rounded to even
    assert found.sum() == 38


def test_the_tasks_are_split_40_6_10():
    parts = rainbow.split()
    assert [len(part) for part in parts.__dict__.values()] == [40, 6, 10]
    assert sorted(np.concatenate(list(parts.__dict__.values()))) == list(range(56))


# what may be wrong with a folder


def test_a_folder_without_the_files_says_which_are_missing(tmp_path):
    with pytest.raises(MissingData, match="train-images-idx3-ubyte"):
        rainbow.load(tmp_path, None, "full")
    with pytest.raises(MissingData, match=r"t10k-labels.*tasks\.path"):
        rainbow.load(tmp_path, tmp_path / "nowhere", "small")


def test_too_few_digits_are_refused_with_the_number(tmp_path):
    write_mnist(tmp_path, 500)
    with pytest.raises(BadFile, match="holds 500 digits, needed are 56 x 1071 = 59,976"):
        rainbow.load(tmp_path, tmp_path, "full")


def test_pictures_of_another_size_are_refused(tmp_path):
    write_mnist(tmp_path, 20, side=32)
    with pytest.raises(BadFile, match="32 x 32"):
        rainbow.load(tmp_path, tmp_path, "full")


def test_images_and_labels_of_two_files_are_refused(tmp_path):
    write_mnist(tmp_path / "other", 30)
    write_mnist(tmp_path, 20)
    (tmp_path / "other" / "train-labels-idx1-ubyte").replace(tmp_path / "train-labels-idx1-ubyte")
    with pytest.raises(BadFile, match=r"20 digits but .* 30 labels"):
        rainbow.load(tmp_path, tmp_path, "full")


def test_labels_beyond_nine_are_refused(tmp_path):
    write_mnist(tmp_path, 20)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(np.full(20, 12, np.uint8)))
    with pytest.raises(BadFile, match="label 12"):
        rainbow.load(tmp_path, tmp_path, "full")
