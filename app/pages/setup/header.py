"""Where the set-up began, what has been edited since, and undo."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.forms.look import space
from app.widgets.buttons import Button, IconButton
from app.widgets.combo import ComboBox
from app.widgets.text import ElidedLabel
from core.config import presets

from .view import View

_WIDEST = 440  # pixels of the presets: longer titles end in an ellipsis, and are whole in the list


class Header(QWidget):
    """preset(name): start from it; reset: back to where it began; undo; redo."""

    preset = Signal(str)
    reset = Signal()
    undo = Signal()
    redo = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picker = ComboBox(self)
        self.picker.setObjectName("setup.preset")
        self.picker.setAccessibleName("Start from a preset")
        self.picker.setMinimumContentsLength(27)
        self.picker.setMaximumWidth(_WIDEST)
        self.picker.setPlaceholderText("Start from a preset…")
        for name, preset in presets().items():
            self.picker.addItem(preset.title, name)
            self.picker.setItemData(self.picker.count() - 1, f"{name}: {preset.note}", Qt.ItemDataRole.ToolTipRole)
        self.picker.activated.connect(self._picked)
        self.state = ElidedLabel("", "muted")
        self.state.setObjectName("setup.differences")
        self.state.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.reset_button = Button("Reset", "setup.reset", role="link", icon="reset")
        self.reset_button.clicked.connect(self.reset)
        self.undo_button = IconButton("undo", "Undo (Ctrl+Z)", "setup.undo")
        self.undo_button.clicked.connect(self.undo)
        self.redo_button = IconButton("redo", "Redo (Ctrl+Shift+Z)", "setup.redo")
        self.redo_button.clicked.connect(self.redo)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(space(2))
        row.addWidget(self.picker)
        row.addWidget(self.state, 1)
        for part in (self.reset_button, self.undo_button, self.redo_button):
            row.addWidget(part)

    def show_view(self, view: View) -> None:
        origin, count = view.draft.origin, len(view.was)
        name = origin.label if origin.reference.startswith("preset:") else ""
        with QSignalBlocker(self.picker):
            self.picker.setCurrentIndex(self.picker.findData(name))
        self.state.setText(_said(count, origin.label, beside=bool(name)))
        self.reset_button.setVisible(count > 0)
        self.reset_button.setToolTip(f"Back to {origin.label}; Undo brings the edits back")
        self.undo_button.setEnabled(view.draft.can_undo)
        self.redo_button.setEnabled(view.draft.can_redo)

    def _picked(self, index: int) -> None:
        self.preset.emit(self.picker.itemData(index))


def _said(count: int, label: str, *, beside: bool) -> str:
    """How far the set-up is from where it began. beside: that stands beside it already, and there is little room."""
    if not count:
        return "unedited" if beside else f"As in {label}"
    settings = f"{count} setting{'s' if count > 1 else ''}"
    return f"{settings} edited" if beside else f"{settings} {'differ' if count > 1 else 'differs'} from {label}"
