"""A list to choose from, as all pages use it."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QWidget
from typing_extensions import override

from .words import capital

_ARROW = 40  # pixels of edges and arrow beside the text
_LEAST = 6  # letters that are always seen


def chooser(name: str, spoken: str, options: Mapping[Any, str] | None = None) -> "ComboBox":
    """A list of (key: title), named for tests and for whoever cannot see it."""
    made = ComboBox()
    made.setObjectName(name)
    made.setAccessibleName(spoken)
    for key, title in (options or {}).items():
        made.addItem(capital(title), key)
    return made


class ComboBox(QComboBox):
    """As wide as its longest text where there is room, else with an ellipsis; the wheel does not change it on the way past."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)

    @override
    def minimumSizeHint(self) -> QSize:
        letters = max(_LEAST, self.minimumContentsLength())
        least = letters * self.fontMetrics().averageCharWidth() + _ARROW
        return QSize(min(least, super().minimumSizeHint().width()), super().minimumSizeHint().height())

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        text = option.currentText if self.currentIndex() >= 0 else self.placeholderText()
        option.currentText = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, self.width() - _ARROW)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
