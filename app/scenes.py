"""What lies behind the first view of a page, for the pictures: tabs, dialogs, panels. Nothing here changes the data folder."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtWidgets import QTabWidget, QWidget

from app.frame.window import MainWindow
from app.pages.catalog.page import CatalogPage
from app.pages.importing.dialog import ImportDialog
from app.pages.live.page import LivePage

Settle = Callable[[int], None]
Scene = tuple[str, QWidget]
"""A picture's name, and what it is of."""
_BEHIND = {2: "results", 3: "differences", 4: "scatter", 5: "parallel-axes"}
"""Tabs of Compare."""


def compare_scenes(window: MainWindow, settle: Settle) -> Iterator[Scene]:
    """Every run of the commonest kind of task, in the views behind the curves; the choice is put back at the end."""
    assert window.workspace is not None
    runs = window.workspace.catalog.runs()
    if not runs:
        return
    settings = window.workspace.settings
    kept = settings.get("compare.runs")
    kinds = [run.tasks for run in runs]
    commonest = max(kinds, key=kinds.count)
    window.go("compare", ",".join(run.id for run in runs if run.tasks == commonest))
    tabs = window.findChild(QTabWidget, "compare.tabs")
    for place, name in _BEHIND.items():
        tabs.setCurrentIndex(place)
        settle(300)
        yield f"compare-{name}", window
    tabs.setCurrentIndex(0)
    settings.set("compare.runs", kept)


def catalog_scenes(window: MainWindow, settle: Settle) -> Iterator[Scene]:
    """Runs by method, then the initializations as they lie."""
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


def panel_scenes(window: MainWindow, settle: Settle) -> Iterator[Scene]:
    """What slides over a page: the queue, the messages, the palette."""
    window.go("home", "")
    window.queue.toggle()
    settle(200)
    yield "queue", window
    window.queue.hide()
    window.palette_box.open()
    settle(200)
    yield "palette", window
    window.palette_box.shut()


def import_scenes(window: MainWindow, settle: Settle, folder: Path) -> Iterator[Scene]:
    """Add your own: before anything is chosen, and with a table. folder: where the table may be written."""
    dialog = ImportDialog(folder, window)
    dialog.show()
    settle(200)
    yield "import", dialog
    dialog.open_path(_table(folder))
    settle(400)
    yield "import-table", dialog
    dialog.close()
    dialog.deleteLater()


def _table(folder: Path) -> Path:
    """Rows of twelve shops, with gaps and a column of words."""
    chance = random.Random(0)
    rows, days = ["shop,weekday,discount,revenue"], ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    for shop in range(1, 13):
        for day in range(28):
            discount = chance.choice(("", "0.1", "0.2", "0.3"))
            revenue = round(400 * (3 + shop / 4) * (1 - float(discount or 0)) + chance.gauss(0, 30), 2)
            rows.append(f"shop {shop},{days[day % 7]},{discount},{revenue}")
    path = folder / "twelve-shops.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def live_scenes(window: MainWindow, settle: Settle) -> Iterator[Scene]:
    """Of each method with a run what it shows of itself, where that is anything."""
    assert window.workspace is not None
    newest = {run.experiment.method.kind: run.id for run in reversed(window.workspace.catalog.runs())}
    for kind, run_id in newest.items():
        window.go("live", run_id)
        settle(300)
        if window.findChild(LivePage, "live").show_method():
            settle(100)
            yield f"live-method-{kind}", window
