"""The dialog: choose or drop, look, preview, add."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.forms.look import space
from app.pages.asking import ask_path
from app.widgets import Button, EmptyState, label
from app.widgets.described import describe
from app.widgets.words import percent, sentence
from core.data.inspect import ARCHIVES, TABLES
from core.data.inspection import Inspection, left_out_csv
from core.errors import CoreError

from .look import Look
from .preview import Preview
from .roles import OWN, settings_of, with_role

_FILES = (
    f"Data (*{' *'.join(sorted([*ARCHIVES, *TABLES, '.pkl', '.pickle']))})",
    f"Archives of pictures (*{' *'.join(ARCHIVES)})",
    f"Tables (*{' *'.join(sorted(TABLES))})",
    "All files (*)",
)
_WHAT_FITS = (
    "Pictures: a folder or an archive with a folder for each class. A table (CSV, Excel, Parquet ...) with a column that says "
    "which task a row belongs to: a patient, a machine, a shop. Or drop one here. Nothing is changed or copied before you add it."
)


class ImportDialog(QDialog):
    """added(settings): experiment keys that use what was shown; told(text, kind): for a toast."""

    added = Signal(dict)
    told = Signal(str, str)

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("importing.dialog")
        self.setWindowTitle("Add your own")
        self.setAcceptDrops(True)
        self.resize(860, 620)
        self.found: Inspection | None = None
        self._path: Path | None = None
        self._options: dict[str, Any] = {}
        self.look = Look(folder, self)
        self._make_parts()
        self._lay_out()
        self._connect()
        self._set_found(None)
        describe(self)

    def open_path(self, path: Path) -> None:
        """Look at it, as if it had been chosen."""
        self._path, self._options = path, {}
        self.line.setText(str(path))
        self._look()

    # layout

    def _make_parts(self) -> None:
        self.line = QLineEdit()
        self.line.setObjectName("importing.path")
        self.line.setAccessibleName("Folder or file")
        self.line.setPlaceholderText("Folder or file")
        self.folder_button = Button("Folder…", "importing.folder", icon="folder")
        self.folder_button.setToolTip("Choose a folder of pictures")
        self.file_button = Button("File…", "importing.file", icon="table")
        self.file_button.setToolTip("Choose a table or an archive")
        self.empty = EmptyState("Pictures or a table", _WHAT_FITS, icon="import", name="importing.empty")
        self.bar = QProgressBar()
        self.bar.setObjectName("importing.progress")
        self.bar.setAccessibleName("Looking at the data")
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.doing = label("", "muted", wrap=True, name="importing.doing")
        self.refusal = EmptyState("This cannot be used", "", icon="warn", name="importing.refused")
        self.preview = Preview()
        self.cancel = Button("Cancel", "importing.cancel")
        self.add = Button("Add", "importing.add", role="primary")
        self.reason = label("", "muted", wrap=True, name="importing.reason")

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(space(2))
        head.addWidget(self.line, 1)
        head.addWidget(self.folder_button)
        head.addWidget(self.file_button)
        waiting = QWidget()
        column = QVBoxLayout(waiting)
        column.addStretch(2)
        column.addWidget(self.doing)
        column.addWidget(self.bar)
        column.addStretch(3)
        self.stack = QStackedWidget()
        self.pages = {"empty": self.empty, "waiting": waiting, "refused": self.refusal, "preview": self.preview}
        for page in self.pages.values():
            self.stack.addWidget(page)
        foot = QHBoxLayout()
        foot.setSpacing(space(2))
        foot.addWidget(self.reason, 1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.add)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(space(6), space(5), space(6), space(5))
        outer.setSpacing(space(3))
        outer.addWidget(label("Add your own", "heading"))
        outer.addLayout(head)
        outer.addWidget(self.stack, 1)
        outer.addLayout(foot)
        for before, after in zip(
            (self.line, self.folder_button, self.file_button, self.preview.tabs, self.cancel),
            (self.folder_button, self.file_button, self.preview.tabs, self.cancel, self.add),
            strict=True,
        ):
            self.setTabOrder(before, after)

    def _connect(self) -> None:
        self.line.returnPressed.connect(self._typed)
        self.folder_button.clicked.connect(self._ask_folder)
        self.file_button.clicked.connect(self._ask_file)
        self.cancel.clicked.connect(self.reject)
        self.add.clicked.connect(self._add)
        self.look.began.connect(self._began)
        self.look.progressed.connect(self._progressed)
        self.look.found.connect(self._set_found)
        self.look.refused.connect(self._refused)
        self.preview.role_wanted.connect(self._give_role)
        self.preview.option_changed.connect(self._set_option)
        self.preview.save_wanted.connect(self._save)

    # choosing

    @Slot()
    def _typed(self) -> None:
        text = self.line.text().strip().strip('"')
        if text:
            self.open_path(Path(text).expanduser())

    @Slot()
    def _ask_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "A folder of pictures", self._start())
        if chosen:
            self.open_path(Path(chosen))

    @Slot()
    def _ask_file(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "A table or an archive", self._start(), ";;".join(_FILES))
        if chosen:
            self.open_path(Path(chosen))

    def _start(self) -> str:
        return str(self._path.parent if self._path else Path.home())

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped(event.mimeData()) is not None:
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        path = dropped(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.open_path(path)

    # looking

    def _look(self) -> None:
        if self._path is not None:
            self.look.start(self._path, self._options)

    @Slot()
    def _began(self) -> None:
        """A preview that is there stays until the new one comes: a role was changed."""
        self.add.setEnabled(False)
        self.reason.setText("Looking…")
        same = self.found is not None and self._path is not None and self.found.path == str(self._path.absolute())
        if not same:
            self._progressed("looking", 0.0)
            self.stack.setCurrentWidget(self.pages["waiting"])

    @Slot(str, float)
    def _progressed(self, what: str, share: float) -> None:
        self.bar.setValue(round(1000 * share))
        self.doing.setText(f"{what.capitalize()}: {percent(share)}" if share else f"{what.capitalize()}…")

    @Slot(object)
    def _set_found(self, found: Inspection | None) -> None:
        self.found = found
        self.add.setEnabled(found is not None and found.usable)
        if found is None:
            self.reason.setText("Choose something first.")
            return
        self.reason.setText("" if found.usable else "It cannot be added as it is; the reason stands above.")
        self.preview.show_found(found, {**_by_key(self._options), **found.settings})
        self.stack.setCurrentWidget(self.preview)

    @Slot(str)
    def _refused(self, reason: str) -> None:
        shown = sentence(reason, capitals=reason.partition(" ")[0].isalpha())  # not the name of a file
        if (
            self.found is not None and self.stack.currentWidget() is self.preview
        ):  # a choice was wrong: what was right stays
            self.preview.problems.setText(f"✕ {shown}")
            self.preview.problems.show()
            self.reason.setText("It cannot be added as it is; the reason stands above.")
            return
        self.found = None
        self.reason.setText("Choose something else.")
        self.refusal.set_text("This cannot be used", shown)
        self.stack.setCurrentWidget(self.refusal)

    # changing and adding

    @Slot(list, str)
    def _give_role(self, names: list[str], role: str) -> None:
        if self.found is not None:
            self._options |= with_role(self.found.columns, names, role)
            self._look()

    @Slot(str, object)
    def _set_option(self, key: str, value: object) -> None:
        name = key.removeprefix("tasks.")
        if self.found is not None and name in OWN.get(self.found.kind, ()) and value != self._options.get(name):
            self._options[name] = value
            self._look()

    @Slot()
    def _save(self) -> None:
        if self.found is None:
            return
        path = ask_path(self, "What is left out", "left-out.csv", "CSV (*.csv)")
        if path is not None:
            self._write(path, left_out_csv(self.found))

    def _write(self, path: Path, text: str) -> None:
        from core.storage.files import atomic_write

        try:
            atomic_write(path, text.encode())
        except CoreError as error:
            self.reason.setText(f"Not saved: {error}.")
            return
        self.reason.setText(f"Saved as {path.name}.")

    @Slot()
    def _add(self) -> None:
        if self.found is not None and self.found.usable and not self.look.busy:
            self.added.emit(settings_of(self.found, self._options))
            self.accept()

    @override
    def done(self, result: int) -> None:
        self.look.cancel()
        super().done(result)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self.look.cancel()
        super().closeEvent(event)


def dropped(data: QMimeData) -> Path | None:
    """What a drop brings: the first folder, archive or table of it."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return next((path for path in paths if is_data(path)), None)


def is_data(path: Path) -> bool:
    """By its ending; an experiment file is none."""
    from core.data.inspect import is_table

    return path.is_dir() or path.name.lower().endswith((*ARCHIVES, ".pkl", ".pickle")) or is_table(path.name)


def show(folder: Path, parent: QWidget) -> ImportDialog:
    """Open it over a window, which stays responsive."""
    dialog = ImportDialog(folder, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    return dialog


def _by_key(options: dict[str, Any]) -> dict[str, Any]:
    return {f"tasks.{name}": value for name, value in options.items()}
