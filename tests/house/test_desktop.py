"""The entry in a Linux menu: desktop file, metainfo, icons, and `make install-desktop`."""

import configparser
import struct
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)


def entry(file: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(file, encoding="utf-8")
    return parser["Desktop Entry"]


@pytest.fixture(scope="module")
def component() -> ElementTree.Element:
    return ElementTree.parse(PACKAGING / "headstart.metainfo.xml").getroot()


def test_the_desktop_file_starts_the_command_that_the_wheel_installs():
    desktop = entry(PACKAGING / "headstart.desktop")
    assert desktop["Type"] == "Application"
    assert desktop["Exec"] == "headstart"
    assert desktop["Icon"] == "headstart"
    assert desktop["Categories"].endswith(";")


def test_the_metainfo_describes_the_desktop_file(component):
    assert component.tag == "component"
    assert component.findtext("id") == "headstart.desktop"
    assert component.findtext("launchable") == "headstart.desktop"
    assert component.findtext("project_license") == "MIT"
    assert len(component.findtext("summary")) < 80
    assert not component.findtext("summary").endswith(".")
    assert component.findtext("summary") == entry(PACKAGING / "headstart.desktop")["Comment"]


@pytest.mark.parametrize("size", SIZES)
def test_every_icon_has_the_size_of_its_folder(size: int):
    head = (PACKAGING / "icons" / f"{size}x{size}" / "headstart.png").read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:24]) == (size, size)


def test_the_icons_are_drawn_from_one_picture():
    root = ElementTree.parse(PACKAGING.parent / "resources" / "icons" / "headstart.svg").getroot()
    assert root.tag.endswith("svg")
    assert root.get("viewBox") == "0 0 256 256"


def test_installing_into_a_menu_names_the_whole_path_of_the_command(tmp_path: Path):
    command = tmp_path / "a folder" / "100 %" / "headstart"
    call = [sys.executable, PACKAGING / "desktop.py", command, tmp_path / "share"]
    answer = subprocess.run([str(part) for part in call], capture_output=True, text=True, check=True)
    desktop = entry(tmp_path / "share" / "applications" / "headstart.desktop")
    assert desktop["Exec"] == f'"{command}"'.replace("%", "%%")
    assert str(tmp_path / "share") in answer.stdout
    assert len(list((tmp_path / "share" / "icons").rglob("headstart.*"))) == len(SIZES) + 1
