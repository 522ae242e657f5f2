"""Set-ups that come from somewhere and go somewhere: presets, runs of the catalog, experiment files."""

import tomllib
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QObject, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from app.widgets.words import sentence
from app.workspace import Workspace
from core.config import presets, read, to_text
from core.errors import CoreError
from core.storage.files import atomic_write

from .desk import Desk
from .draft import Origin

_FILTER = "Experiment files (*.toml)"


class Exchange(QObject):
    """Loads into the desk's draft (undoable) and tells how that went."""

    def __init__(self, workspace: Workspace, desk: Desk, page: QWidget) -> None:
        super().__init__(page)
        self._workspace = workspace
        self._desk = desk
        self._page = page

    def load(self, reference: str) -> None:
        """ "preset:NAME", "start:ID" of an initialization that the run is to begin with, or a run's id."""
        if reference.startswith("preset:"):
            self.load_preset(reference.removeprefix("preset:"))
        elif reference.startswith("start:"):
            self.load_start(reference.removeprefix("start:"))
        else:
            self.load_run(reference)

    @Slot(str)
    def load_preset(self, name: str) -> None:
        preset = presets().get(name)
        if preset is None:
            self._workspace.notify(f"There is no preset {name}; choose one from the list above.", "error")
            return
        self._take(preset.experiment.plain() | {"name": ""}, Origin(name, f"preset:{name}", {}))

    def load_run(self, reference: str) -> None:
        try:
            record = self._workspace.catalog.run(reference)
        except CoreError as error:
            self._workspace.notify(sentence(str(error)), "error")
            return
        origin = Origin(f"run {record.name or record.id}", record.id, {})
        self._take(record.experiment.plain() | {"name": ""}, origin)

    def load_start(self, reference: str) -> None:
        """The settings of the run that learned it, beginning with what it learned."""
        try:
            record = self._workspace.catalog.initialization(reference)
            run = self._workspace.catalog.run(record.run or "")
        except CoreError as error:
            self._workspace.notify(sentence(str(error)), "error")
            return
        values = run.experiment.plain() | {"name": ""}
        values["network"] = {**values["network"], "start": str(record.path)}
        self._take(values, Origin(f"initialization {record.name or record.id}", record.id, {}))

    def load_file(self, path: Path) -> None:
        """A file whose settings cannot all be used loads too: the problems stand at its fields."""
        try:
            values, complaint = read(path).plain(), ""
        except CoreError as error:
            values, complaint = _as_written(path), str(error)
        if values is None:
            self._workspace.notify(sentence(complaint), "error")
            return
        dropped = self._take(values, Origin(path.name, str(path), {}))
        if dropped:
            self._workspace.notify(
                f"{path.name} has keys that no setting has; left out: {', '.join(dropped[:6])}.", "error"
            )

    @Slot()
    def open_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._page, "Open an experiment file", "", _FILTER)
        if path:
            self.load_file(Path(path))

    @Slot()
    def save_file(self) -> None:
        experiment = self._desk.view.experiment
        if experiment is None:
            self._workspace.notify("Mend the problems first: the file holds only settings that can be used.", "error")
            return
        path, _ = QFileDialog.getSaveFileName(self._page, "Save as an experiment file", "experiment.toml", _FILTER)
        if path:
            self._save(Path(path if path.endswith(".toml") else f"{path}.toml"), to_text(experiment))

    def _save(self, path: Path, text: str) -> None:
        try:
            atomic_write(path, text.encode())
        except CoreError as error:
            self._workspace.notify(sentence(str(error)), "error")
            return
        self._workspace.notify(f"Saved as {path.name}.", "done")

    def _take(self, values: dict[str, Any], origin: Origin) -> list[str]:
        edited = bool(self._desk.draft.differences())
        dropped = self._desk.draft.load(values, origin)
        self._desk.refresh()
        if edited:
            self._workspace.notify(f"Loaded {origin.label} over your edits.", "info", ("Undo", self._desk.undo))
        return dropped


def dropped_file(data: QMimeData) -> Path | None:
    """The experiment file of a drop."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return next((path for path in paths if path.suffix == ".toml"), None)


def _as_written(path: Path) -> dict[str, Any] | None:
    """The values of a TOML file, whether they can be used or not; None where it is not one."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None
