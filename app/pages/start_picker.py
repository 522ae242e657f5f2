"""All initializations, to pick one: the same list on the pages that begin with one."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.models.initializations import InitializationsModel
from app.pages.record_view import RecordView
from app.services.background import Handle, run_in_background
from app.widgets import EmptyState, label
from app.workspace import Workspace
from core.storage.records import InitializationRecord


class StartPicker(QWidget):
    """`picked`: (id) by Enter or a double click."""

    picked = Signal(str)

    def __init__(self, workspace: Workspace, model: InitializationsModel, page: str, hint: str) -> None:
        """page: beginning of the object names; hint: what picking does."""
        super().__init__()
        self.setObjectName(f"{page}.picker")
        self._workspace = workspace
        self._handle: Handle | None = None
        self.model = model
        self.view = RecordView(model, workspace.settings, workspace.theme, f"{page}.picker.table")
        self.view.setAccessibleName("Initializations; Enter opens one")
        self.view.activated_record.connect(self._activated)
        self.empty = EmptyState(
            "No initializations yet",
            "A run leaves its learned initialization here: weights from which a network fits a new task in a few steps.",
            ("Set up a run", lambda: workspace.navigate.emit("setup", "")),
            icon="export",
            name=f"{page}.empty",
        )
        self.stack = QStackedWidget()
        self.stack.addWidget(self.view)
        self.stack.addWidget(self.empty)
        self.hint = label(hint, "caption")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack, 1)
        column.addWidget(self.hint)

    @Slot()
    def refresh(self) -> None:
        catalog = self._workspace.catalog
        if self._handle is None:
            self._handle = run_in_background(catalog.initializations, self._loaded, self._failed)

    @property
    def loading(self) -> bool:
        return self._handle is not None

    @Slot(list)
    def _loaded(self, records: list[InitializationRecord]) -> None:
        self._handle = None
        self.model.update_records(records)
        self.stack.setCurrentWidget(self.view if records else self.empty)
        self.hint.setVisible(bool(records))
        if records and not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self.model.index(0, self.model.column_of("name")))

    @Slot(str)
    def _failed(self, sentence: str) -> None:
        self._handle = None
        self._workspace.notify(sentence, "error")

    @Slot(int)
    def _activated(self, row: int) -> None:
        record = self.model.record(row)
        if record is not None:
            self.picked.emit(record.id)
