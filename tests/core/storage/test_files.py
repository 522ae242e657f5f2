import errno
import os
from pathlib import Path
from typing import BinaryIO

import pytest

from core.errors import BadFile, DatabaseProblem, DiskFull
from core.storage.files import atomic_write, make_folder, sha256_of, sweep


def test_a_written_file_holds_the_bytes_and_leaves_no_other_file(tmp_path: Path) -> None:
    atomic_write(tmp_path / "card.json", b"{}")
    assert [path.name for path in tmp_path.iterdir()] == ["card.json"]
    assert (tmp_path / "card.json").read_bytes() == b"{}"


def test_a_writer_gets_an_open_file(tmp_path: Path) -> None:
    def write(file: BinaryIO) -> None:
        file.write(b"one ")
        file.write(b"two")

    atomic_write(tmp_path / "a", write)
    assert (tmp_path / "a").read_bytes() == b"one two"


@pytest.mark.parametrize(("inside", "place"), [(True, "--data-folder"), (False, "place")])
def test_a_full_disk_names_the_data_folder_only_for_what_lies_in_it(tmp_path: Path, inside: bool, place: str) -> None:
    def full(file: BinaryIO) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if inside:
        (tmp_path / "headstart.lock").touch()
    (tmp_path / "runs").mkdir()
    with pytest.raises(DiskFull, match=f"choose another {place}$"):
        atomic_write(tmp_path / "runs" / "a", full)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_one_sentence_and_keeps_the_old_file(tmp_path: Path, number: int) -> None:
    def full(file: BinaryIO) -> None:
        file.write(b"half of")
        raise OSError(number, os.strerror(number))

    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(DiskFull, match="no space left to write a in"):
        atomic_write(tmp_path / "a", full)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_bug_in_the_writer_flies_and_keeps_the_old_file(tmp_path: Path) -> None:
    def broken(file: BinaryIO) -> None:
        raise ZeroDivisionError

    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(ZeroDivisionError):
        atomic_write(tmp_path / "a", broken)
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_a_read_only_folder_is_one_sentence(powerless: Path) -> None:
    powerless.chmod(0o555)
    os.seteuid(65534 if os.geteuid() == 0 else os.geteuid())
    with pytest.raises(DatabaseProblem, match=r"cannot write to .*; choose another --data-folder"):
        atomic_write(powerless / "a", b"x")


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="choose another place"):
        atomic_write(tmp_path / "missing" / "a", b"x")


def test_a_file_where_the_folder_should_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(BadFile):
        make_folder(tmp_path / "taken" / "data")


def test_the_checksum_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256_of(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_checksum_of_a_missing_file_is_a_known_error(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot read"):
        sha256_of(tmp_path / "a")


def test_the_sweep_takes_only_half_written_files(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    half = tmp_path / "runs" / ".headstart-0011223344556677.part"
    half.write_bytes(b"half")
    (tmp_path / "runs" / "whole.part").write_bytes(b"whole")
    assert sweep(tmp_path) == [half]
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["whole.part"]
