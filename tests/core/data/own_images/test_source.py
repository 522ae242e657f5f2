"""Folders and archives, hostile ones too: every test makes its own malformed file."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from core.data.own_images import archives
from core.data.own_images.source import open_source
from core.errors import BadFile, MissingData

from . import small_sets as small


def names(source):
    return [item.name for item in source.items]


def reasons(source):
    return {one.what: one.why for one in source.left_out}


@pytest.mark.parametrize("ending", [".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2"])
def test_every_archive_gives_what_the_folder_gives(tmp_path, ending):
    content = small.files(2, 3)
    make = small.zipped if ending == ".zip" else small.tarred
    source = open_source(make(tmp_path / f"set{ending}", content))
    assert names(source) == sorted(content)
    assert {item.name: held for item, held in source.read(source.items)} == content


def test_a_folder_is_read_without_what_systems_leave_behind(tmp_path):
    content = small.files(1, 1)
    noise = {".DS_Store": b"", "c00/Thumbs.db": b"", "__MACOSX/c00/._0.png": b"", ".git/x.png": b""}
    assert names(open_source(small.folder(tmp_path / "set", {**content, **noise}))) == ["c00/0.png"]
    assert names(open_source(small.zipped(tmp_path / "a.zip", {**content, **noise}))) == ["c00/0.png"]


OUTSIDE = ["../evil.png", "c00/../../evil.png", "/etc/evil.png", "C:\\evil.png", "..\\evil.png"]


@pytest.mark.parametrize("ending", [".zip", ".tar.gz"])
@pytest.mark.parametrize("name", OUTSIDE)
def test_names_that_point_outside_are_left_out_and_nothing_is_written(tmp_path, ending, name):
    make = small.zipped if ending == ".zip" else small.tarred
    source = open_source(make(tmp_path / f"set{ending}", {**small.files(1, 2), name: small.png()}))
    assert names(source) == ["c00/0.png", "c00/1.png"]
    assert list(reasons(source).values()) == ["its path points outside the archive"]
    assert list(tmp_path.iterdir()) == [tmp_path / f"set{ending}"]


def test_links_in_archives_are_left_out(tmp_path):
    content = small.files(1, 1)
    tar = small.tarred(tmp_path / "a.tar", content, {"c00/passwd.png": "/etc/passwd", "c01": "/etc"})
    assert reasons(open_source(tar)) == {"c00/passwd.png": "is a link", "c01": "is a link"}
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        info = zipfile.ZipInfo("c00/link.png")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
        archive.writestr("c00/0.png", small.png())
    assert reasons(open_source(tmp_path / "a.zip")) == {"c00/link.png": "is a link"}


def test_a_bomb_is_refused_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "BOMB_BYTES", 2**20)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for at in range(8):
            archive.writestr(f"c/{at}.png", b"\0" * 2**20)
    with pytest.raises(BadFile, match=r"bomb.zip would unpack to more than .* as only a bomb does; unpack it yourself"):
        open_source(path)
    small.tarred(tmp_path / "bomb.tar.gz", {f"c/{at}.png": b"\0" * 2**20 for at in range(8)})
    with pytest.raises(BadFile, match=r"as only a bomb does"):
        open_source(tmp_path / "bomb.tar.gz")


def test_a_file_larger_than_any_picture_is_left_out(tmp_path, monkeypatch):
    from core.data.own_images import items

    monkeypatch.setattr(items, "MOST_BYTES", 1000)
    path = small.folder(tmp_path / "set", {"a/0.png": b"x" * 1001, "a/1.png": b"x"})
    source = open_source(path)
    assert (names(source), list(reasons(source))) == (["a/1.png"], ["a/0.png"])


def test_more_files_than_can_be_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_FILES", 3)
    with pytest.raises(BadFile, match=r"more than 3 files; unpack it"):
        open_source(small.zipped(tmp_path / "a.zip", small.files(2, 2)))


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tar"])
def test_what_is_no_archive_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"no archive at all" * 50)
    with pytest.raises(BadFile, match=f"{name} is damaged or no archive") as caught:
        open_source(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_zip_that_is_cut_off_is_refused_and_a_tar_keeps_what_came_before(tmp_path):
    whole = small.zipped(tmp_path / "a.zip", small.files(3, 4)).read_bytes()
    (tmp_path / "a.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadFile, match=r"damaged"):
        open_source(tmp_path / "a.zip")
    whole = small.tarred(tmp_path / "a.tar", small.files(3, 4)).read_bytes()
    (tmp_path / "a.tar").write_bytes(whole[:6000])
    source = open_source(tmp_path / "a.tar")
    assert 1 <= len(source.items) < 12
    assert "is cut off or damaged behind" in reasons(source)["a.tar"]


def test_an_encrypted_entry_is_left_out(tmp_path):
    path = small.zipped(tmp_path / "a.zip", small.files(1, 2))
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        content[content.index(mark) + offset] |= 1
    path.write_bytes(bytes(content))
    assert list(reasons(open_source(path)).values()) == ["is encrypted"]


def test_a_name_that_is_there_twice_counts_once(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("c/0.png", small.png(1))
        with pytest.warns(UserWarning, match=r"Duplicate name"):
            archive.writestr("c/0.png", small.png(2))
    source = open_source(tmp_path / "a.zip")
    assert reasons(source) == {"c/0.png": "is there twice; the first is used"}
    assert [held for _, held in source.read(source.items)] == [small.png(1)]


def test_a_folder_that_cannot_be_read_is_left_out_and_the_top_one_refused(tmp_path, monkeypatch):
    path = small.folder(tmp_path / "set", small.files(2, 1))
    real = os.scandir

    def closed(*wanted):
        def scandir(at):
            if Path(at).name in wanted:
                raise PermissionError(13, "Permission denied", str(at))
            return real(at)

        return scandir

    monkeypatch.setattr(os, "scandir", closed("c01"))
    assert reasons(open_source(path)) == {"c01": "cannot be read: Permission denied"}
    monkeypatch.setattr(os, "scandir", closed("set"))
    with pytest.raises(BadFile, match=r"cannot read .*set: Permission denied; check its rights"):
        open_source(path)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_links_in_a_folder_are_followed_once(tmp_path):
    path = small.folder(tmp_path / "set", small.files(1, 2))
    outside = small.folder(tmp_path / "outside", {"0.png": small.png()})
    (path / "linked").symlink_to(outside)
    (path / "round").symlink_to(path)
    (path / "c00" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    source = open_source(path)
    assert names(source) == ["c00/0.png", "c00/1.png", "linked/0.png"]
    assert set(reasons(source)) == {"round", "c00/gone.png"}


def test_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(MissingData, match=r"there is no .*set tasks.path to the folder or archive"):
        open_source(tmp_path / "nothing")


def test_names_are_read_with_backslashes_too(tmp_path):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = "set\\c00\\0.png"
        archive.writestr(info, small.png())
    (tmp_path / "a.zip").write_bytes(target.getvalue())
    source = open_source(tmp_path / "a.zip")
    assert names(source) == ["set/c00/0.png"]
    assert len(list(source.read(source.items))) == 1


def test_an_empty_folder_is_told(tmp_path):
    path = small.folder(tmp_path / "set", small.files(1, 1))
    (path / "hollow" / "deep").mkdir(parents=True)
    assert reasons(open_source(path)) == {"hollow/deep": "is an empty folder"}
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("set/c00/0.png", small.png())
        for name in ("set/", "set/c00/", "set/hollow/"):
            archive.writestr(name, b"")
    assert reasons(open_source(tmp_path / "a.zip")) == {"set/hollow": "is an empty folder"}
    import tarfile

    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.add(path, "set")
    assert reasons(open_source(tmp_path / "a.tar")) == {"set/hollow/deep": "is an empty folder"}
