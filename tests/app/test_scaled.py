"""No words are cut off at 150 and 200 per cent: Qt takes the scale once, so that a process of its own looks at the pages."""

import os
import subprocess
import sys

import pytest

slow = pytest.mark.slow


@pytest.mark.parametrize(
    ("scale", "names"),
    [
        ("1.5", "long"),
        ("2", "ordinary"),
        pytest.param("1.5", "ordinary", marks=slow),
        pytest.param("2", "long", marks=slow),
    ],
)
def test_no_words_are_cut_off_on_a_scaled_screen(tmp_path, scale, names):
    """The window is 1100 x 720 points as always: a screen of that many pixels has room for fewer, and is not supported."""
    environment = {**os.environ, "QT_SCALE_FACTOR": scale, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "tests.app.scaled", str(tmp_path / "data"), names]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    first, *found = ended.stdout.splitlines()
    assert first == f"scale {scale}, 1100 x 720"
    assert [line for line in found if line] == []
