"""Finding, checking and reading Omniglot, on a made one of three characters."""

import re

import numpy as np
import pytest

from core.data import omniglot, pictures
from core.errors import BadFile, MissingData

from .small_omniglot import drawing, files, small, write_archives, write_folders

pytestmark = pytest.mark.usefixtures("small")
__all__ = ["small"]

GREEK = "Greek/character02/0002_05.png"


def names_in(folder, path):
    return omniglot.load(folder, path).names


@pytest.mark.parametrize("below", ["", "python", "omniglot", "omniglot/python", "omniglot-py"])
@pytest.mark.parametrize("write", [write_archives, write_folders])
def test_every_usual_layout_is_found(tmp_path, below, write):
    write(tmp_path / "mine" / below)
    assert names_in(tmp_path, tmp_path / "mine") == ("Angelic/character01", "Greek/character01", "Greek/character02")


def test_one_of_the_two_may_be_pointed_at(tmp_path):
    write_archives(tmp_path / "zips")
    write_folders(tmp_path / "folders")
    assert len(names_in(tmp_path, tmp_path / "zips" / "images_evaluation.zip")) == 3
    assert len(names_in(tmp_path, tmp_path / "folders" / "images_background")) == 3


def test_without_a_path_the_download_is_taken(tmp_path):
    write_archives(tmp_path / "downloads" / "omniglot")
    assert len(names_in(tmp_path, None)) == 3


def test_archives_and_folders_give_the_same_pictures(tmp_path):
    packed = omniglot.load(tmp_path, write_archives(tmp_path / "zips"))
    unpacked = omniglot.load(tmp_path, write_folders(tmp_path / "folders"))
    assert packed is not unpacked
    np.testing.assert_array_equal(packed.images, unpacked.images)
    assert packed.images[:20].reshape(20, -1).max(1).min() > 200
    left_to_right = (packed.images[:20, 14, :, 0] * np.arange(28)).sum(1) / packed.images[:20, 14, :, 0].sum(1)
    assert (np.diff(left_to_right) > 0).all()


def test_what_was_decoded_is_kept_until_the_archive_changes(tmp_path, monkeypatch):
    write_archives(tmp_path / "zips")
    first = omniglot.load(tmp_path, tmp_path / "zips")
    pictures._recent.clear()
    monkeypatch.setattr(omniglot, "_decode", None)
    np.testing.assert_array_equal(omniglot.load(tmp_path, tmp_path / "zips").images, first.images)


def test_another_drawing_makes_another_set(tmp_path):
    made = files()
    first = omniglot.load(tmp_path, write_archives(tmp_path / "zips", made))
    made["images_background"][GREEK] = drawing(25)
    second = omniglot.load(tmp_path, write_archives(tmp_path / "zips", made))
    assert (first.images != second.images).any()


def refusal(kind, folder, path):
    with pytest.raises(kind) as caught:
        omniglot.load(folder, path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def test_nothing_there_says_how_to_get_it(tmp_path):
    sentence = refusal(MissingData, tmp_path, None)
    assert "images_background.zip and images_evaluation.zip" in sentence
    assert "tasks.path" in sentence


def test_one_archive_alone_names_the_other(tmp_path):
    write_archives(tmp_path / "zips")
    (tmp_path / "zips" / "images_evaluation.zip").unlink()
    sentence = refusal(MissingData, tmp_path, tmp_path / "zips")
    assert "Omniglot's images_evaluation.zip" in sentence
    assert "images_background" not in sentence


def test_a_folder_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    def refuse(folder):
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(omniglot, "locate", refuse)
    assert f"cannot read {tmp_path}: Permission denied" in refusal(BadFile, tmp_path, tmp_path)


@pytest.mark.parametrize("name", ["images_background_small1.zip", "images_background_small2"])
def test_the_small_sets_are_refused_by_name(tmp_path, name):
    (tmp_path / "python" / name).mkdir(parents=True)
    assert re.search(f"{name} is only a part of Omniglot", refusal(MissingData, tmp_path, tmp_path))


@pytest.mark.parametrize("keep", [0.5, 0.999, 0.0])
def test_a_truncated_archive_is_named(tmp_path, keep):
    path = write_archives(tmp_path / "zips") / "images_background.zip"
    path.write_bytes(path.read_bytes()[: int(keep * path.stat().st_size)])
    assert str(path) in refusal(BadFile, tmp_path, tmp_path / "zips")


def test_a_damaged_entry_is_named(tmp_path):
    path = write_archives(tmp_path / "zips") / "images_background.zip"
    content = bytearray(path.read_bytes())
    at = content.index(GREEK.encode()) + len(GREEK) + 20
    content[at] ^= 255
    path.write_bytes(content)
    assert GREEK in refusal(BadFile, tmp_path, tmp_path / "zips")


@pytest.mark.parametrize("content", [b"", b"no picture", drawing(3)[:60], b"\x89PNG\r\n\x1a\n" + b"\0" * 100])
def test_a_file_that_is_no_picture_is_named(tmp_path, content):
    made = files()
    made["images_background"][GREEK] = content
    assert GREEK in refusal(BadFile, tmp_path, write_archives(tmp_path / "zips", made))


@pytest.mark.parametrize(("size", "mode", "said"), [(28, "1", "28 x 28"), (105, "L", "mode L")])
def test_other_pictures_than_the_official_ones_are_refused(tmp_path, size, mode, said):
    made = files()
    made["images_background"][GREEK] = drawing(1, size, mode)
    sentence = refusal(BadFile, tmp_path, write_folders(tmp_path / "folders", made))
    assert said in sentence
    assert GREEK in sentence


@pytest.mark.parametrize("write", [write_archives, write_folders])
def test_a_partial_set_is_refused_with_what_is_missing(tmp_path, write):
    made = files()
    del made["images_background"][GREEK]
    sentence = refusal(BadFile, tmp_path, write(tmp_path / "mine", made))
    assert "holds 1 of 2 characters" in sentence
    assert "Greek/character02 (19 of 20 drawings)" in sentence


def test_a_file_too_large_for_a_drawing_is_not_read(tmp_path):
    made = files()
    made["images_background"][GREEK] = b"\0" * 100_000
    assert "too large" in refusal(BadFile, tmp_path, write_archives(tmp_path / "zips", made))


def test_files_of_somebodys_own_are_left_alone(tmp_path):
    made = files()
    made["images_background"]["Mine/character01/0001_01.png"] = b"mine"
    made["images_background"]["readme.txt"] = b"mine"
    assert len(names_in(tmp_path, write_archives(tmp_path / "zips", made))) == 3


def test_progress_reaches_the_end(tmp_path):
    seen = []
    omniglot.load(tmp_path, write_archives(tmp_path / "zips"), lambda what, share: seen.append((what, share)))
    assert seen[0] == ("decoding Omniglot", 0.0)
    assert seen[-1] == ("decoding Omniglot", 1.0)


def test_a_data_folder_that_cannot_be_written_costs_the_cache_alone(tmp_path):
    write_archives(tmp_path / "zips")
    blocked = tmp_path / "data"
    blocked.write_bytes(b"a file where the folder should be")
    assert len(names_in(blocked, tmp_path / "zips")) == 3
