"""Export: says what will be written, writes it in the background, and tells what was read back."""

import threading
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from app.models import words
from app.pages.asking import ask_path, file_name
from app.pages.help.aside import explain
from app.services.background import Handle, run_in_background
from app.workspace import Workspace
from core.export.words import Wanted
from core.storage.records import InitializationRecord

from .code import loading_code
from .export_dialog import FORMATS, ExportDialog, Offer
from .progress import ExportStrip


class Exporter(QObject):
    """`busy`: whether one is being written; `written`: (path) after it was read back; `strip`: its progress, for the page."""

    busy = Signal(bool)
    written = Signal(str)

    def __init__(self, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._page = parent
        self._handle: Handle | None = None
        self._card: dict[str, Any] = {}
        self._stop = threading.Event()
        self._told: tuple[str, float] | None = None
        self.strip = ExportStrip()
        self.strip.cancelled.connect(self.cancel)
        self._clock = QTimer(self, interval=100)
        self._clock.timeout.connect(self._show_progress)
        stop = self._stop_it = _Stopper()
        parent.destroyed.connect(stop)  # a child process must not outlive the window

    def ask(self, record: InitializationRecord, card: dict[str, Any], contents: str) -> None:
        """Format, then place, then write."""
        dialog = ExportDialog(record.name, contents, self._page, Offer.of(card))
        explain(dialog, "exported-files", self._workspace.theme)
        if dialog.exec() != QDialog.DialogCode.Accepted:
            return
        suffix, wanted = dialog.suffix, dialog.wanted()
        kind = f"{FORMATS[suffix][0]} (*{suffix})"
        path = ask_path(self._page, "Export", file_name(record.name) + suffix, kind)
        if path is not None:
            self._card = card
            self._write(record.path, path, wanted)

    def _write(self, source: Path, target: Path, wanted: Wanted) -> None:
        stop = self._stop = self._stop_it.event = threading.Event()
        folder = self._workspace.catalog.folder

        def export() -> dict[str, Any]:
            from core.export.leaving import leave  # imports torch

            return leave(source, target, folder, wanted, report=self._hear, stop=stop)

        self.busy.emit(True)
        self._told = None
        self.strip.begin(target.name)
        self._clock.start()
        self._handle = run_in_background(export, self._done, self._failed)

    def _hear(self, words: str, share: float) -> None:
        """On the worker's thread; the clock shows it."""
        self._told = (words, share)

    @Slot()
    def _show_progress(self) -> None:
        if self._told is not None and not self._stop.is_set():
            self.strip.show_progress(*self._told)

    @Slot()
    def cancel(self) -> None:
        self._stop.set()

    def _end(self) -> None:
        self._clock.stop()
        self.strip.hide()
        self.busy.emit(False)

    @Slot(dict)
    def _done(self, told: dict[str, Any]) -> None:
        self._end()
        path = str(told["file"])
        size = f"{words.size(int(told['bytes']))}, {words.counted(int(told['tensors']), 'tensor')}"
        copy = ("Copy loading code", lambda: QApplication.clipboard().setText(loading_code(path, self._card)))
        self._workspace.notify(f"Written and read back: {path} ({size}){_checked(told)}", "done", copy)
        self.written.emit(path)

    @Slot(str)
    def _failed(self, sentence: str) -> None:
        self._end()
        self._workspace.notify(sentence, "info" if self._stop.is_set() else "error")


class _Stopper:
    """Ends the export under way; holds nothing of Qt, so that it may be called while the page goes."""

    event: threading.Event | None = None

    def __call__(self, *_: Any) -> None:
        if self.event is not None:
            self.event.set()


def _checked(told: dict[str, Any]) -> str:
    """What the comparison of a program found."""
    found = told.get("check")
    if not found:
        return ""
    return f", agrees with Headstart to {found['difference']:.0e} on {found['made_up']} made-up and {found['real']} real tasks"
