"""`python -m tests.app.scaled FOLDER NAMES`, with QT_SCALE_FACTOR set before Qt is loaded: the cut words of all pages, one a line.

NAMES: "ordinary", or "long" for runs and initializations with names of three hundred signs.
"""

import os
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from app.frame.window import MainWindow
from app.services.background import wait_for_background
from app.services.settings import Settings
from app.services.theme import Theme, ensure_fonts
from app.workspace import Workspace
from core.storage.catalog import Catalog
from tests.app import shelf
from tests.app.pages import arguments_of
from tests.app.test_clipped import faults


def main(folder: Path, names: str) -> None:
    application = QApplication([])
    ensure_fonts()
    theme = Theme("light")
    theme.apply()
    catalog = shelf.varied(folder)
    space = Workspace(catalog, theme, Settings(folder))
    arguments = {**arguments_of(space), "catalog": ""}
    if names == "long":
        lengthen_names(catalog)
    window = MainWindow(theme)
    window.show_workspace(space)
    window.resize(1100, 720)
    window.show()
    found = faults(window, arguments)
    print(f"scale {window.devicePixelRatio():g}, {window.width()} x {window.height()}")
    print("\n".join(found))
    window.close()
    wait_for_background(5)
    application.processEvents()


def lengthen_names(catalog: Catalog) -> None:
    for run in catalog.runs():
        catalog.rename_run(run.id, shelf.LONG.strip()[:300])
    for start in catalog.initializations():
        catalog.rename_run(start.id, shelf.LONG.strip()[:300])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
    sys.stdout.flush()
    os._exit(0)  # threads of libraries that Qt would wait for at the end
