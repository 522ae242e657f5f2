"""What keeps a data folder from opening is a calm page in the window, never a traceback."""

import os
import sqlite3
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton, QWidget

from app.main import Program
from core.errors import DiskFull
from core.storage.catalog import Catalog


@pytest.fixture
def program(qtbot, qapp):
    made = Program()
    qtbot.addWidget(made.window)
    made.window.show()
    yield made
    made.window.close()
    made.close()
    made.deleteLater()


def sentence(program):
    found = program.window.findChild(QLabel, "trouble.sentence")
    return found.text() if found is not None else ""


def test_a_folder_in_use_names_the_way_out(qtbot, program, tmp_path):
    with Catalog.open(tmp_path):
        program.open_folder(tmp_path)
        assert str(tmp_path) in sentence(program)
        assert sentence(program).endswith(".")
    qtbot.mouseClick(program.window.findChild(QPushButton, "trouble.again"), Qt.MouseButton.LeftButton)
    assert program.window.place == "home"


def test_a_damaged_database_is_said(program, tmp_path):
    tmp_path.mkdir(exist_ok=True)
    with Catalog.open(tmp_path) as catalog:
        folder = catalog.folder
    [file] = [path for path in folder.iterdir() if path.suffix in (".sqlite", ".db", ".sqlite3")]
    file.write_bytes(b"this is no database at all" * 100)
    program.open_folder(tmp_path)
    assert sentence(program)


def test_a_newer_database_is_said(program, tmp_path):
    with Catalog.open(tmp_path) as catalog:
        folder = catalog.folder
    [file] = [path for path in folder.iterdir() if path.suffix in (".sqlite", ".db", ".sqlite3")]
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    program.open_folder(tmp_path)
    assert sentence(program)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere; run as a user")
def test_a_folder_that_cannot_be_written_is_said(program, tmp_path):
    tmp_path.chmod(0o500)
    program.open_folder(tmp_path / "inside")
    tmp_path.chmod(0o700)
    assert str(tmp_path) in sentence(program)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs Linux: nobody, not even root, can write there")
def test_a_place_where_nothing_can_be_written_is_said(program):
    program.open_folder(Path("/proc/headstart"))
    assert "/proc/headstart" in sentence(program)


def test_a_file_in_the_place_of_the_folder_is_said(program, tmp_path):
    (tmp_path / "file").write_text("")
    program.open_folder(tmp_path / "file")
    assert sentence(program)


def test_another_folder_can_be_chosen(qtbot, program, tmp_path):
    (tmp_path / "file").write_text("")
    program.open_folder(tmp_path / "file")
    qtbot.mouseClick(program.window.findChild(QPushButton, "trouble.choose"), Qt.MouseButton.LeftButton)
    chooser = program.window.findChild(QFileDialog)
    chooser.fileSelected.emit(str(tmp_path / "other"))
    chooser.close()
    assert program.window.place == "home"
    assert program.window.workspace.folder == tmp_path / "other"


def test_the_data_folder_can_be_changed_later(qtbot, program, tmp_path):
    program.open_folder(tmp_path / "one")
    program.window.folder_chosen.emit(str(tmp_path / "two"))
    assert program.window.workspace.folder == tmp_path / "two"
    assert "--data-folder" in program.window.toasts.texts()[0]
    Catalog.open(tmp_path / "one").close()  # it was let go
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)
    qtbot.keyClick(program.window, Qt.Key.Key_5, Qt.KeyboardModifier.ControlModifier)
    assert program.window.place == "catalog"  # and its shortcuts with it


def test_a_bug_becomes_a_report_that_can_be_copied(qtbot, program, tmp_path, capsys):
    program.open_folder(tmp_path)
    try:
        raise RuntimeError("an odd thing")
    except RuntimeError as error:
        program.reports._uncaught(RuntimeError, error, error.__traceback__)
    qtbot.waitUntil(lambda: bool(program.window.toasts.texts()))
    qtbot.mouseClick(program.window.findChild(QWidget, "toast.action"), Qt.MouseButton.LeftButton)
    copied = QApplication.clipboard().text()
    assert "an odd thing" in copied
    assert "Python" in copied
    assert "an odd thing" in capsys.readouterr().err


def test_a_known_error_that_nobody_caught_is_a_message(program, tmp_path):
    program.open_folder(tmp_path)
    error = DiskFull("no space is left")
    program.reports._uncaught(DiskFull, error, None)
    assert program.window.toasts.texts() == ["no space is left"]
    assert program.reports.last == ""
