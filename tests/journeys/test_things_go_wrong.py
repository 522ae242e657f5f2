"""What may go wrong around the program, with real processes, real files and a real full disk: nothing is lost, one line says
what happened, and the program works on."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from core.config import presets, with_settings
from core.errors import DiskFull
from core.storage import files
from core.storage.catalog import FILE
from core.storage.records import Status
from tests.app import shelf
from tests.journeys.person import PATIENCE

ROOT = Path(__file__).parents[2]
SHORT = [
    "outer.steps=60", "outer.meta_batch=4", "evaluation.tasks=10", "evaluation.validation_tasks=10", "engine.tier=eager",
    "evaluation.checkpoint_every=10", "evaluation.validate_every=20", "inner.evaluation_steps=2", "network.hidden=[8, 8]",
]  # fmt: skip
HOLDS = """
import sys
from pathlib import Path
from core.storage.catalog import Catalog
held = Catalog.open(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def example(*settings):
    return with_settings(presets()["sinusoid-maml"].experiment, [*SHORT, *settings])


# the folder


@pytest.mark.gui
def test_a_folder_that_another_process_holds_opens_once_that_is_gone(qtbot, open_program, tmp_path):
    folder = tmp_path / "data"
    command = [sys.executable, "-c", HOLDS, str(folder)]
    other = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert other.stdout.readline().strip() == b"held"
        program, person = open_program(folder)
        assert "another Headstart writes" in person.reads("trouble.sentence")
        person.click("trouble.again")
        assert "another Headstart writes" in person.reads("trouble.sentence")
    finally:
        other.kill()
        other.communicate()
    person.press(Qt.Key.Key_Space)  # the first button has the focus
    assert program.window.place == "home"


def cut_short(file):
    os.truncate(file, file.stat().st_size * 2 // 3)


def garbage(file):
    file.write_bytes(os.urandom(9000))


@pytest.mark.gui
@pytest.mark.parametrize("damage", [cut_short, garbage])
def test_a_damaged_catalog_is_rescued_by_one_click_and_its_file_is_kept(qtbot, open_program, tmp_path, damage):
    folder = tmp_path / "data"
    shelf.varied(folder).close()
    damage(folder / FILE)
    damaged = (folder / FILE).read_bytes()
    program, person = open_program(folder)
    assert "is damaged" in person.reads("trouble.sentence")
    assert (folder / FILE).read_bytes() == damaged, "nothing happens before somebody says so"
    person.click("trouble.rescue")
    person.wait(lambda: program.window.workspace is not None)
    assert [path.read_bytes() for path in folder.glob(f"damaged/*/{FILE}")] == [damaged]
    assert program.window.toasts.texts()[-1].startswith("Saved ")
    assert program.window.workspace.catalog.initializations(), "at least what lay there as files"
    for place in ("catalog", "live", "compare", "initialization"):
        program.window.go(place)
    program.window.workspace.runner.start(example())
    person.is_idle()
    assert program.window.workspace.catalog.runs(limit=1)[0].status == Status.FINISHED


@pytest.mark.gui
def test_a_lost_catalog_takes_its_files_in_again(qtbot, open_program, tmp_path):
    folder = tmp_path / "data"
    shelf.varied(folder).close()
    for file in folder.glob(f"{FILE}*"):
        file.unlink()
    program, person = open_program(folder)
    assert "its catalog does not know" in program.window.toasts.texts()[0]
    person.click("toast.action")
    assert len(program.window.workspace.catalog.initializations()) == 3


# the process


@pytest.mark.gui
def test_a_run_killed_with_minus_nine_goes_on_from_home(qtbot, open_program, tmp_path):
    folder = tmp_path / "data"
    settings = [part for pair in [*SHORT, "outer.steps=2000"] for part in ("--set", pair)]
    command = [sys.executable, "-m", "core.cli", "run", "sinusoid-maml", *settings, "--data-folder", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    qtbot.waitUntil(lambda: len(list(folder.glob("runs/*/*.safetensors"))) > 2, timeout=PATIENCE)
    process.kill()
    process.wait()

    program, person = open_program(folder)
    window = program.window
    [run] = window.workspace.catalog.runs()
    assert run.status == Status.INTERRUPTED
    kept = [one.step for one in window.workspace.catalog.checkpoints(run.id)]
    card = next(card for card in window.findChildren(QWidget) if card.objectName() == f"home.interrupted.{run.id}")
    qtbot.mouseClick(card.findChild(QPushButton), Qt.MouseButton.LeftButton)
    assert window.place == "live"
    person.wait(lambda: window.workspace.runner.live.started is not None)
    assert window.workspace.runner.live.started.first_step == max(kept)
    person.wait(lambda: len(window.workspace.runner.live.numbers) > 5)
    person.click("live.stop")
    person.is_idle()
    ended = window.workspace.catalog.run(run.id)
    assert (ended.status, ended.step > max(kept)) == (Status.STOPPED, True)
    steps = list(window.workspace.catalog.series(run.id).steps)
    assert steps == list(range(1, ended.step + 1)), "no step is missing and none is there twice"


# the disk


def check_full(program, person, run, make_room):
    """The run ended with one line and its last checkpoint; with room it goes on to the end."""
    window, catalog = program.window, program.window.workspace.catalog
    person.is_idle()
    ended = catalog.run(run)
    said = [message.text for message in window.workspace.messages if message.kind == "error"]
    assert any("no space left" in text for text in [ended.message, *said])
    assert all("\n" not in text for text in said)
    assert program.reports.last == "", "no bug report: it is a known trouble"
    for place in ("home", "catalog", "setup", "live"):
        window.go(place)
        assert window.place == place
    make_room()
    person.wait(lambda: catalog.run(run).status in (Status.FAILED, Status.INTERRUPTED))  # written once there is room
    kept = [one.step for one in catalog.checkpoints(run) if one.present]
    window.workspace.runner.resume(run)
    person.wait(lambda: window.workspace.runner.live.started is not None)
    assert window.workspace.runner.live.started.first_step == (max(kept) if kept else 0)
    person.is_idle()
    assert catalog.run(run).status == Status.FINISHED, catalog.run(run).message
    return kept


@pytest.mark.gui
def test_a_checkpoint_that_finds_no_room_ends_the_run_and_holds_the_queue(qtbot, open_program, tmp_path, monkeypatch):
    """The system says ENOSPC from the third checkpoint on (the first has a file beside it), as a full disk does."""
    program, person = open_program(tmp_path / "data")
    window, fill, written = program.window, files._fill, []

    def full(file, content):
        if "runs" in Path(file.name).parts:
            written.append(file.name)
        if len(written) > 3:
            raise OSError(28, "No space left on device")
        fill(file, content)

    monkeypatch.setattr(files, "_fill", full)
    first, second = window.workspace.runner.start(example(), seeds=2)
    person.is_idle()
    assert window.workspace.runner.waiting == (second,), "the next one would end in the same way"
    assert "The queue waits" in window.toasts.texts()[-1]
    assert window.workspace.catalog.run(first).status == Status.FAILED
    assert "no space left" in window.workspace.catalog.run(first).message
    window.go("live", first)
    assert "No space left" in person.find("live.failure").text_label.text()
    monkeypatch.setattr(files, "_fill", fill)
    window.workspace.actions.find("run.queue").trigger()
    person.is_idle()
    assert window.workspace.catalog.run(second).status == Status.FINISHED
    kept = check_full(program, person, first, lambda: None)
    assert len(kept) == 2


@pytest.mark.gui
def test_a_catalog_that_finds_no_room_does_not_take_the_window_along(qtbot, open_program, tmp_path):
    """SQLite's own limit stands for the disk: from then on no row can be written, not even how the run ended."""
    program, person = open_program(tmp_path / "data")
    catalog = program.window.workspace.catalog
    [run] = program.window.workspace.runner.start(example("outer.steps=400"))
    person.wait(lambda: len(catalog.checkpoints(run)) > 0)

    def limit(pages):
        catalog._write(lambda session: session.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages}").close())

    def fill():
        while True:
            catalog.add_log(run, "x" * 4000)

    limit(1)
    with pytest.raises(DiskFull):
        fill()
    check_full(program, person, run, lambda: limit(1_000_000))


@contextmanager
def small_disk(place, kilobytes):
    """A file system of that size in memory; only root can make one."""
    place.mkdir()
    if os.geteuid() or not shutil.which("mount"):
        pytest.skip("only root can mount a small disk")
    options = f"size={kilobytes}k"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def fill_up(path):
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 1000)


@pytest.mark.gui
@pytest.mark.slow
def test_a_disk_that_is_really_full(qtbot, open_program, tmp_path):
    with small_disk(tmp_path / "disk", 12_000) as disk:
        program, person = open_program(disk / "data")
        catalog = program.window.workspace.catalog
        [run] = program.window.workspace.runner.start(example("outer.steps=1500", "evaluation.checkpoint_every=100"))
        person.wait(lambda: len(catalog.checkpoints(run)) > 0)
        filler = disk / "filler"
        with pytest.raises(OSError, match="No space"):
            fill_up(filler)
        check_full(program, person, run, filler.unlink)
        program.window.close()
