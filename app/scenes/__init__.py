"""What lies behind the first view of a page, for the pictures: tabs, dialogs, panels, empty pages, troubles.

Nothing here changes the data folder.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from app.frame.window import MainWindow

from .behind import catalog_scenes, compare_scenes, live_scenes, panel_scenes
from .dialogs import closing_scenes, export_scenes, import_scenes, table_scenes
from .steps import setup_scenes
from .troubles import ended_scenes, trouble_scenes
from .types import Scene, Settle

SCENES: tuple[tuple[tuple[str, ...], Callable[[MainWindow, Settle, Path], Iterator[Scene]]], ...] = (
    (("live-method",), live_scenes),
    (("live-failed", "live-interrupted", "live-worth"), ended_scenes),
    (("set-up-",), setup_scenes),
    (("compare-",), compare_scenes),
    (("catalog-",), catalog_scenes),
    (("queue", "palette", "messages", "toasts"), panel_scenes),
    (("import",), import_scenes),
    (("export",), export_scenes),
    (("table",), table_scenes),
    (("closing",), closing_scenes),
    (("trouble",), trouble_scenes),
)
"""(beginnings of the pictures' names, function(window, settle, folder that may be written to))."""

__all__ = ["SCENES", "Scene", "Settle"]
