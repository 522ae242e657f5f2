"""Tabs of the pages, and what slides over them."""

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import QTabWidget

from app.frame.window import MainWindow
from app.pages.catalog.page import CatalogPage
from app.pages.live.page import LivePage

from .types import Scene, Settle

_BEHIND = {1: "adaptation", 2: "results", 3: "differences", 4: "scatter", 5: "parallel-axes"}
"""Tabs of Compare."""


def compare_scenes(window: MainWindow, settle: Settle, _folder: Path) -> Iterator[Scene]:
    """Every run of the commonest kind of task, in all views; the choice is put back at the end."""
    assert window.workspace is not None
    runs = window.workspace.catalog.runs()
    if not runs:
        return
    settings = window.workspace.settings
    kept = settings.get("compare.runs")
    kinds = [run.tasks for run in runs]
    commonest = max(kinds, key=kinds.count)
    window.go("compare", ",".join(run.id for run in runs if run.tasks == commonest))
    settle(300)
    yield "compare-many", window
    tabs = window.findChild(QTabWidget, "compare.tabs")
    for place, name in _BEHIND.items():
        tabs.setCurrentIndex(place)
        settle(300)
        yield f"compare-{name}", window
    tabs.setCurrentIndex(0)
    settings.set("compare.runs", kept)


def catalog_scenes(window: MainWindow, settle: Settle, _folder: Path) -> Iterator[Scene]:
    """Runs by method, the initializations as they lie, the trash."""
    window.go("catalog", "")
    settle(300)
    page = window.findChild(CatalogPage, "catalog")
    if not page.runs.model.records:
        return
    before = page.runs.groups.currentIndex()
    page.runs.groups.setCurrentIndex(page.runs.groups.findData("method"))
    settle(300)
    yield "catalog-grouped", window
    page.runs.groups.setCurrentIndex(before)
    page.tables.setCurrentWidget(page.starts)
    settle(300)
    yield "catalog-initializations", window
    page.tables.setCurrentWidget(page.runs)
    page.trash_button.setChecked(True)
    settle(300)
    yield "catalog-trash", window
    page.trash_button.setChecked(False)


def panel_scenes(window: MainWindow, settle: Settle, _folder: Path) -> Iterator[Scene]:
    """What slides over a page: the queue, the palette, toasts, the list of messages."""
    assert window.workspace is not None
    window.go("home", "")
    window.queue.toggle()
    settle(200)
    yield "queue", window
    window.queue.hide()
    window.palette_box.open()
    settle(200)
    yield "palette", window
    window.palette_box.shut()
    window.workspace.notify("Written and read back: sinusoid.safetensors (9.1 kB, 6 tensors)", "done", ("Undo", str))
    window.workspace.notify("The disk is full: nothing was written. Free some space and export again.", "error")
    settle(200)
    yield "toasts", window
    window.toasts.clear()
    window.messages.toggle()
    settle(200)
    yield "messages", window
    window.messages.hide()


def live_scenes(window: MainWindow, settle: Settle, _folder: Path) -> Iterator[Scene]:
    """Of each method with a run what it shows of itself, where that is anything."""
    assert window.workspace is not None
    newest = {run.experiment.method.kind: run.id for run in reversed(window.workspace.catalog.runs())}
    for kind, run_id in newest.items():
        window.go("live", run_id)
        settle(300)
        if window.findChild(LivePage, "live").show_method():
            settle(100)
            yield f"live-method-{kind}", window
