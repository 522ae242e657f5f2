"""Fields with a few possible values: a check box, options side by side, a list."""

from typing import Any

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QCheckBox, QWidget
from typing_extensions import override

from app.widgets.combo import ComboBox

from .look import tone
from .segments import Segments
from .spec import FieldSpec


class SwitchField(QCheckBox):
    """A check box that says "on" or "off"; painted here, since Fusion's box is hardly seen on a dark ground."""

    edited = Signal(object)
    sealed = Signal()

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__("off", parent)
        self.clicked.connect(self._clicked)

    def set_value(self, value: Any) -> None:
        self.setChecked(value is True)
        self.setText("on" if value is True else "off")

    @override
    def sizeHint(self) -> QSize:
        return QSize(64, 26)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, chosen = self.palette(), self.isChecked()
        box = QRectF(2, self.height() / 2 - 8, 16, 16)
        edge = "text" if self.hasFocus() else "accent" if chosen else "muted"
        painter.setPen(QPen(tone(palette, edge), 2 if self.hasFocus() else 1.2))
        painter.setBrush(tone(palette, "accent" if chosen else "surface"))
        painter.drawRoundedRect(box, 4, 4)
        if chosen:
            painter.setPen(QPen(tone(palette, "on_accent"), 2))
            centre = box.center()
            ticks = [centre + QPointF(-4, 0), centre + QPointF(-1, 3), centre + QPointF(4, -3.5)]
            painter.drawPolyline(QPolygonF(ticks))
        painter.setPen(tone(palette, "text"))
        painter.drawText(QRectF(26, 0, self.width() - 26, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()

    @override
    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def _clicked(self, checked: bool) -> None:
        self.setText("on" if checked else "off")
        self.edited.emit(checked)
        self.sealed.emit()


class SegmentedField(Segments):
    """A few short options side by side."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(list(zip(spec.options, spec.said, strict=True)), parent)


class ComboField(ComboBox):
    edited = Signal(object)
    sealed = Signal()

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = spec
        for option, said in zip(spec.options, spec.said, strict=True):
            self.addItem(said, option)
        self.activated.connect(self._activated)

    def set_value(self, value: Any) -> None:
        self.setCurrentIndex(self._spec.options.index(value) if value in self._spec.options else -1)
        self.setPlaceholderText("" if value in self._spec.options else str(value))

    def _activated(self, index: int) -> None:
        self.edited.emit(self.itemData(index))
        self.sealed.emit()
