"""Decoded once: the cache is keyed by content, mapped from disk, and made anew where it is damaged."""

import errno
import os

import numpy as np
import pytest

from core.data.own_images import store
from core.data.own_images.layouts import understand
from core.data.own_images.source import open_source
from core.errors import BadExperiment, DiskFull

from . import small_sets as small


def made(path, cache, *, side=8, colour="auto", fit="squeeze", progress=lambda what, share: None):
    source = open_source(path)
    return store.stored(
        source, understand(source).classes, side=side, colour=colour, fit=fit, cache=cache, progress=progress
    )


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "data" / "cache"


def test_classes_come_one_after_another_with_their_pictures_in_order(tmp_path, cache):
    found = made(small.zipped(tmp_path / "a.zip", small.files(3, 4)), cache)
    assert found.pixels.shape == (12, 3, 8, 8)
    assert found.amount.tolist() == [4, 4, 4]
    assert found.files[4:6] == ("c01/0.png", "c01/1.png")
    assert found.pixels[:, :, 0, 0].tolist() == [list(small.colour(at, n)) for at in range(3) for n in range(4)]
    assert np.allclose(found.looks[:, 0], found.pixels.mean((1, 2, 3)) / 255, atol=1e-3)


def test_it_is_decoded_once_and_mapped_from_the_disk(tmp_path, cache, monkeypatch):
    path = small.folder(tmp_path / "set", small.files(3, 4))
    first = made(path, cache)
    monkeypatch.setattr(store, "decode", None)  # would fail if it were called
    again = made(path, cache)
    assert isinstance(again.pixels, np.memmap)
    assert np.array_equal(first.pixels, again.pixels)
    assert (again.files, again.names, again.left_out) == (first.files, first.names, first.left_out)
    assert np.allclose(first.looks, again.looks, atol=1e-4)


def test_another_size_colour_or_content_is_another_file(tmp_path, cache):
    path = small.folder(tmp_path / "set", small.files(3, 4))
    made(path, cache)
    assert made(path, cache, side=12).pixels.shape == (12, 3, 12, 12)
    assert made(path, cache, colour="grey").pixels.shape == (12, 1, 8, 8)
    (path / "c00" / "0.png").write_bytes(small.png(9, size=(13, 13)))
    assert made(path, cache).pixels[0, :, 0, 0].tolist() == list(small.colour(9))
    assert len(list(cache.glob("*.npy"))) == 4
    assert not list(cache.glob(".headstart*"))


def test_an_archive_that_was_moved_is_the_same_content(tmp_path, cache):
    path = small.zipped(tmp_path / "a.zip", small.files(3, 4))
    made(path, cache)
    made(path.rename(tmp_path / "b.zip"), cache)
    assert len(list(cache.glob("*.npy"))) == 1


@pytest.mark.parametrize("how", ["cut", "text", "json", "other"])
def test_a_damaged_cache_is_made_anew(tmp_path, cache, how):
    path = small.folder(tmp_path / "set", small.files(3, 4))
    first = np.array(made(path, cache).pixels)
    pixels, about = next(cache.glob("*.npy")), next(cache.glob("*.json"))
    if how == "cut":
        pixels.write_bytes(pixels.read_bytes()[:300])
    elif how == "text":
        pixels.write_text("not an array")
    elif how == "json":
        about.write_text("{")
    else:
        np.save(pixels, np.zeros((3, 3)))
    assert np.array_equal(made(path, cache).pixels, first)


def test_damaged_pictures_leave_no_gap(tmp_path, cache):
    content = small.files(3, 4)
    content["c01/1.png"] = b"no picture"
    content["c02/3.png"] = b""
    found = made(small.zipped(tmp_path / "a.zip", content), cache)
    assert found.amount.tolist() == [4, 3, 3]
    assert [(one.what, one.why) for one in found.left_out] == [
        ("c01/1.png", "is no picture that Pillow knows"),
        ("c02/3.png", "is empty"),
    ]
    assert "c01/1.png" not in found.files
    assert found.pixels[5, :, 0, 0].tolist() == list(small.colour(1, 2))


def test_a_class_of_damaged_pictures_alone_stays_with_none(tmp_path, cache):
    content = {**small.files(2, 2), "empty/0.png": b""}
    found = made(small.folder(tmp_path / "set", content), cache)
    assert dict(zip(found.names, found.amount.tolist(), strict=True)) == {"c00": 2, "c01": 2, "empty": 0}


def test_grey_pictures_have_one_channel_where_all_are_grey(tmp_path, cache):
    grey = {f"c{at}/{n}.png": small.png(at, n, mode="L") for at in range(2) for n in range(3)}
    assert made(small.folder(tmp_path / "grey", grey), cache).pixels.shape == (6, 1, 8, 8)
    mixed = small.folder(tmp_path / "mixed", {**grey, "c1/9.png": small.png(3)})
    assert made(mixed, cache).pixels.shape == (7, 3, 8, 8)
    assert made(mixed, cache, colour="grey").pixels.shape == (7, 1, 8, 8)


def test_progress_rises_to_one(tmp_path, cache):
    heard = []
    made(
        small.folder(tmp_path / "set", small.files(10, 40)),
        cache,
        progress=lambda what, share: heard.append((what, share)),
    )
    shares = [share for _, share in heard]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert {what for what, _ in heard} == {"decoding pictures"}


def test_stopping_in_the_middle_leaves_no_file(tmp_path, cache):
    def stop(what, share):
        if share > 0.3:
            raise BadExperiment("stopped")

    with pytest.raises(BadExperiment, match=r"stopped"):
        made(small.folder(tmp_path / "set", small.files(10, 60)), cache, progress=stop)
    assert list(cache.iterdir()) == []


def test_without_a_place_it_is_held_in_memory_up_to_a_bound(tmp_path, monkeypatch):
    path = small.folder(tmp_path / "set", small.files(3, 4))
    (tmp_path / "file").write_text("in the way")
    for cache in (None, tmp_path / "file" / "cache"):
        found = made(path, cache)
        assert (found.pixels.shape, isinstance(found.pixels, np.memmap)) == ((12, 3, 8, 8), False)
    monkeypatch.setattr(store, "MOST_IN_MEMORY", 100)
    with pytest.raises(BadExperiment, match=r"choose a smaller tasks.side, or a --data-folder that can be written"):
        made(path, None)


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="needs posix_fallocate")
def test_a_full_disk_is_told_before_anything_is_decoded(tmp_path, cache, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    monkeypatch.setattr(store, "MOST_IN_MEMORY", 100)
    with pytest.raises(DiskFull, match=r"no space left"):
        made(small.folder(tmp_path / "set", small.files(3, 4)), cache)
    assert list(cache.iterdir()) == []
