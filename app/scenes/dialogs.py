"""Windows that stand over the page: adding data, exporting, a plot as a table, the question at closing."""

import random
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import QDialog

from app.frame.closing import ClosingQuestion
from app.frame.window import MainWindow
from app.pages.compare.exporting import ExportDialog as FigureDialog
from app.pages.compare.page import ComparePage
from app.pages.importing.dialog import ImportDialog
from app.pages.initialization.export_dialog import ExportDialog as FileDialog
from app.plots.chart import Chart

from .types import Scene, Settle


def import_scenes(window: MainWindow, settle: Settle, folder: Path) -> Iterator[Scene]:
    """Add your own: before anything is chosen, with a table, with pictures, with what cannot be used."""
    dialog = ImportDialog(folder, window)
    dialog.show()
    settle(200)
    yield "import", dialog
    for name, path in (("table", _table(folder)), ("pictures", _pictures(folder)), ("refused", _nothing(folder))):
        dialog.open_path(path)
        settle(400)
        yield f"import-{name}", dialog
    _shut(dialog)


def _compared(window: MainWindow, settle: Settle) -> ComparePage:
    """Compare with the runs that are in it, else with the two newest: these pictures may be the only ones wanted."""
    window.go("compare", "")
    settle(300)
    page: ComparePage = window.findChild(ComparePage, "compare")
    if not page.runs and window.workspace is not None:
        window.go("compare", ",".join(run.id for run in window.workspace.catalog.runs()[:2]))
        settle(300)
    return page


def export_scenes(window: MainWindow, settle: Settle, _folder: Path) -> Iterator[Scene]:
    """What Compare and an initialization ask before they write."""
    page = _compared(window, settle)
    if page.runs and window.workspace is not None:
        figure = FigureDialog(page.offers(), "curves", window.workspace.settings, window)
        figure.show()
        settle(200)
        yield "export-comparison", figure
        _shut(figure)
    file = FileDialog("sinusoid-maml", "6 tensors, 1,761 numbers", window)
    file.show()
    settle(200)
    yield "export-initialization", file
    _shut(file)


def table_scenes(window: MainWindow, settle: Settle, _folder: Path) -> Iterator[Scene]:
    """The curves of Compare as numbers."""
    chart = next((one for one in _compared(window, settle).findChildren(Chart) if one.isVisible()), None)
    if chart is None:
        return
    chart.open_table()
    settle(200)
    dialog = chart.findChild(QDialog, "plot.table")
    yield "table", dialog
    _shut(dialog)


def closing_scenes(window: MainWindow, settle: Settle, _folder: Path) -> Iterator[Scene]:
    """The one question that is asked before a run could be lost."""
    question = ClosingQuestion("sinusoid-maml", window)
    question.show()
    settle(200)
    yield "closing", question
    question.reject()


def _shut(dialog: QDialog) -> None:
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


def _pictures(folder: Path) -> Path:
    """A folder for each of eight letters, ten small pictures of it in each."""
    from PIL import Image, ImageDraw

    chance = random.Random(0)
    path = folder / "letters"
    for letter in "ABCDEFGH":
        (path / letter).mkdir(parents=True, exist_ok=True)
        for number in range(10):
            picture = Image.new("L", (28, 28), 255)
            ImageDraw.Draw(picture).text((8 + chance.randint(-3, 3), 6 + chance.randint(-3, 3)), letter, fill=0)
            picture.save(path / letter / f"{number}.png")
    return path


def _nothing(folder: Path) -> Path:
    path = folder / "notes.csv"
    path.write_text("just a line\n")
    return path
