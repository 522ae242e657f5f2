"""The entry point, and what happens before the window."""

import subprocess
import sys

import pytest

from app import launch

SHOW = """
import sys
from pathlib import Path
from app import launch
assert "PySide6" not in sys.modules and "torch" not in sys.modules, "launch itself must be light"
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.main import Program
application = QApplication([])
program = Program(Path(sys.argv[1]))
first, seen = [], []
program.window.first_painted.connect(lambda: first.append((program.window.workspace, "sqlalchemy" in sys.modules)))
timer = QTimer()
def look():
    if program.window.place:
        seen.append((program.window.isVisible(), program.window.place, "torch" in sys.modules))
        application.quit()
timer.timeout.connect(look)
timer.start(10)
program.begin()
application.exec()
assert first == [(None, False)], "the first paint must not wait for the catalog"
assert seen == [(True, "home", False)], "the window must not wait for torch"
program.window.close()
program.close()
"""


def test_the_window_shows_before_the_catalog_and_torch_are_imported(tmp_path):
    command = [sys.executable, "-c", SHOW, str(tmp_path / "data")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_no_argument_opens_the_window(monkeypatch, tmp_path):
    opened = []
    monkeypatch.setattr("app.main.run", lambda folder: opened.append(folder) or 0)
    assert launch.main([]) == 0
    assert launch.main(["gui", "--data-folder", str(tmp_path)]) == 0
    assert launch.main([f"--data-folder={tmp_path}"]) == 0
    assert opened == [None, tmp_path, tmp_path]


def test_everything_else_is_the_command_line(monkeypatch):
    seen = []
    monkeypatch.setattr("core.cli.main", lambda argv: seen.append(argv) or 0)
    launch.main(["runs", "--json", "--data-folder", "x"])
    launch.main(["--help"])
    assert seen == [["runs", "--json", "--data-folder", "x"], ["--help"]]


@pytest.mark.parametrize("argv", [["--data-folder"], ["gui", "what"], ["screenshots"], ["screenshots", "a", "b"]])
def test_a_wrong_call_is_one_line_and_exit_code_2(argv, capsys):
    assert launch.main(argv) == 2
    said = capsys.readouterr().err
    assert said.startswith("headstart: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize("argv", [["gui", "--help"], ["screenshots", "-h"]])
def test_both_commands_of_the_window_have_help(argv, capsys):
    assert launch.main(argv) == 0
    assert "headstart " in capsys.readouterr().out


def test_without_a_display_one_line_says_what_is_missing(monkeypatch, capsys):
    monkeypatch.setattr("app.display.problems", lambda: ["There is no display here.", "apt install libegl1"])
    assert launch.main([]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "libegl1" in said
    assert "headstart --help" in said


def test_threads_of_openmp_wait_quietly(monkeypatch):
    import os

    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.setattr("core.cli.main", lambda argv: 0)
    launch.main(["methods"])
    assert os.environ["OMP_WAIT_POLICY"] == "passive"
