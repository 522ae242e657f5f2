"""What is said where no window can open."""

from pathlib import Path

import pytest

from app import display

pytestmark = pytest.mark.skipif(not display.sys.platform.startswith("linux"), reason="Linux's displays")


@pytest.fixture
def bare(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_a_machine_without_a_display_is_told_so(bare):
    assert "no display" in display.no_display()


def test_a_display_that_does_not_answer_is_named(bare):
    bare.setenv("DISPLAY", ":4711")
    assert display.answers(":4711") is False
    assert ":4711" in display.no_display()


def test_offscreen_needs_no_display(bare):
    bare.setenv("QT_QPA_PLATFORM", "offscreen")
    assert display.no_display() is None
    assert display.platform() == "offscreen"


def test_a_wayland_session_is_a_display(bare):
    bare.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert display.no_display() is None
    assert display.platform() == "wayland"


def test_missing_libraries_become_one_line_with_debian_packages(bare, tmp_path: Path):
    (tmp_path / "QtWidgets.abi3.so").write_bytes(b"")
    bare.setattr(display, "qt", lambda: tmp_path)
    bare.setattr(display, "not_found", lambda file: ["libEGL.so.1", "libxcb-cursor.so.0", "libodd.so.3"])
    line = display.missing_packages()
    assert "\n" not in line
    assert line.endswith("apt install libegl1 libodd.so.3 libxcb-cursor0")


def test_nothing_is_missing_where_every_library_loads(bare, tmp_path: Path):
    (tmp_path / "QtWidgets.abi3.so").write_bytes(b"")
    bare.setattr(display, "qt", lambda: tmp_path)
    bare.setattr(display, "not_found", lambda file: [])
    assert display.missing_packages() is None


def test_a_file_that_the_loader_refuses_is_asked_for_its_libraries(tmp_path: Path):
    broken = tmp_path / "libbroken.so"
    broken.write_bytes(b"not a library")
    assert display.not_found(broken) != []


def test_nothing_is_asked_on_other_systems(bare):
    bare.setattr(display.sys, "platform", "darwin")
    assert display.problems() == []
