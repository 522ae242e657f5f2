"""The real window on a real (virtual) display, started as a person starts it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import display

ROOT = Path(__file__).resolve().parents[2]
NEEDED = [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]
PATIENCE = 60

pytestmark = [
    pytest.mark.gui,
    pytest.mark.skipif(bool(NEEDED), reason=f"apt install {' '.join(NEEDED).lower()}"),
]


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    """The name of a virtual display that nobody else uses."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    if not number:
        pytest.skip("Xvfb did not start here")
    yield f":{number}"
    server.terminate()
    server.wait(timeout=10)


@pytest.fixture
def environment(screen: str, tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY")}
    return kept | {"DISPLAY": screen, "HEADSTART_DATA_FOLDER": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)}


def windows(environment: dict[str, str]) -> list[str]:
    search = ["xdotool", "search", "--onlyvisible", "--name", "Headstart"]
    return subprocess.run(search, env=environment, capture_output=True, text=True, check=False).stdout.split()


def test_headstart_opens_a_window(environment: dict[str, str], monkeypatch, tmp_path: Path):
    for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", environment["DISPLAY"])
    if display.problems():
        pytest.skip(" ".join(display.problems()))
    start = [sys.executable, "-c", "from app.launch import main; raise SystemExit(main([]))"]
    with subprocess.Popen(start, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as program:
        try:
            deadline = time.monotonic() + PATIENCE
            while not windows(environment) and program.poll() is None and time.monotonic() < deadline:
                time.sleep(0.2)
            found = windows(environment)
        finally:
            program.send_signal(signal.SIGTERM)
            _, said = program.communicate(timeout=30)
    assert found, said
    assert "Traceback" not in said


def test_without_a_display_one_line_says_so(environment: dict[str, str], tmp_path: Path):
    del environment["DISPLAY"]
    start = [sys.executable, "-c", "from app.launch import main; raise SystemExit(main([]))"]
    answer = subprocess.run(
        start, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert answer.returncode == 2
    assert "no display" in answer.stderr
    assert answer.stderr.count("\n") == 1
