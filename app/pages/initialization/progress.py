"""How far an export is: what is being done, a bar, and Cancel."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.widgets import Button, label


class ExportStrip(QWidget):
    """Hidden while nothing is exported; `cancelled` by its button."""

    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("initialization.exporting")
        self.words = label("", "muted", name="initialization.exporting.words")
        self.bar = QProgressBar()
        self.bar.setObjectName("initialization.exporting.bar")
        self.bar.setAccessibleName("Progress of the export")
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.cancel_button = Button("Cancel export", "initialization.exporting.cancel")
        self.cancel_button.clicked.connect(self._cancel)
        told = QVBoxLayout()
        told.setSpacing(4)
        told.addWidget(self.words)
        told.addWidget(self.bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addLayout(told, 1)
        row.addWidget(self.cancel_button)
        self.hide()

    def begin(self, name: str) -> None:
        self.show_progress(f"Exporting {name} …", 0.0)
        self.cancel_button.setEnabled(True)
        self.show()

    def show_progress(self, words: str, share: float) -> None:
        """share: 0..1."""
        self.words.setText(words)
        self.bar.setValue(round(share * 1000))

    @Slot()
    def _cancel(self) -> None:
        self.cancel_button.setEnabled(False)
        self.words.setText("Cancelling …")
        self.cancelled.emit()
