"""The steps at the left: where one is, and which are done or have a problem."""

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.forms.look import space, tone
from app.services.theme import Theme

from .view import STEPS


class StepButton(QAbstractButton):
    """A sign (tick, or how many problems) and the step's title."""

    def __init__(self, title: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._count = 0
        self.setText(title)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_problems(self, count: int) -> None:
        self._count = count
        state = f"{count} problem{'s' if count > 1 else ''}" if count else "nothing to mend"
        self.setAccessibleName(f"{self.text()}: {state}")
        self.setToolTip(state.capitalize())
        self.update()

    def problems(self) -> int:
        return self._count

    @override
    def sizeHint(self) -> QSize:
        return QSize(150, 34)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, box = self.palette(), QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tone(palette, "soft" if self.isChecked() else "faint"))
            painter.drawRoundedRect(box, 6, 6)
        if self.hasFocus():
            painter.setPen(QPen(tone(palette, "accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 6, 6)
        self._paint_sign(painter, QPointF(16, self.height() / 2))
        painter.setPen(tone(palette, "accent" if self.isChecked() else "text"))
        words = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, int(box.width()) - 34)
        painter.drawText(box.adjusted(30, 0, -4, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
        painter.end()

    def _paint_sign(self, painter: QPainter, centre: QPointF) -> None:
        if self._count == 0:
            painter.setPen(QPen(self._theme.color("good"), 1.8))
            ticks = [centre + QPointF(-4, 0.5), centre + QPointF(-1, 3.5), centre + QPointF(4.5, -3.5)]
            painter.drawPolyline(QPolygonF(ticks))
            return
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("bad"))
        painter.drawEllipse(centre, 9, 9)
        font = self.font()
        font.setPixelSize(11)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(self._theme.color("surface"))
        painter.drawText(
            QRectF(centre.x() - 9, centre.y() - 9, 18, 18), Qt.AlignmentFlag.AlignCenter, str(min(self._count, 99))
        )
        painter.restore()


class Stepper(QWidget):
    """chosen(step): a person wants to go there."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("setup.stepper")
        self._theme = theme
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space(1))
        self.buttons: dict[str, StepButton] = {}
        for name, title in STEPS:
            self.buttons[name] = button = StepButton(title, theme, self)
            button.setObjectName(f"setup.go.{name}")
            button.setProperty("help", name)
            button.clicked.connect(partial(self.chosen.emit, name))
            layout.addWidget(button)
        layout.addStretch(1)
        self.set_problems({})
        theme.changed.connect(self._fit)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        """No title is cut, however large the text."""
        metrics = QFontMetrics(self._theme.font())
        self.setFixedWidth(max(170, 44 + max(metrics.horizontalAdvance(title) for _, title in STEPS)))

    def set_current(self, step: str) -> None:
        for name, button in self.buttons.items():
            button.setChecked(name == step)

    def set_problems(self, counts: Mapping[str, int]) -> None:
        """Blocking problems by step."""
        for name, button in self.buttons.items():
            button.set_problems(counts.get(name, 0))
