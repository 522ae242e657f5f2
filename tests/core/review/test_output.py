"""Standard output that takes nothing, and signals before anything has begun."""

import json
import os
import subprocess
import sys

import pytest

from core.cli import main

CALL = [sys.executable, "-m", "core.cli", "presets"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full, a file on a full disk")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_full_disk_behind_standard_output_is_one_line(options):
    with open("/dev/full", "w") as full:
        done = subprocess.run([*CALL, *options], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "standard output cannot be written (No space left on device)" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="closes the output by a POSIX shell")
@pytest.mark.parametrize("options", ["", "--json"])
def test_a_closed_standard_output_is_one_line(options):
    done = subprocess.run(
        f'"{sys.executable}" -m core.cli presets {options} >&-', shell=True, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "standard output is closed" in done.stderr


def test_a_signal_outside_of_the_training_still_prints_the_object(monkeypatch, capsys):
    """typer turns the KeyboardInterrupt into an exit of its own."""

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("core.config.presets", interrupted)
    assert main(["presets", "--json"]) == 130
    assert json.loads(capsys.readouterr().out)["exit_code"] == 130
