"""Our icons: strokes on a 24 by 24 ground, drawn in any colour."""

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_STROKES = {
    "home": "M4 11 L12 4 L20 11 M6 9.5 V20 H18 V9.5 M10 20 V14 H14 V20",
    "setup": "M4 7 H12 M18 7 H20 M4 17 H6 M12 17 H20 M15 4.5 A2.5 2.5 0 1 1 15 9.5 A2.5 2.5 0 1 1 15 4.5 "
    "M9 14.5 A2.5 2.5 0 1 1 9 19.5 A2.5 2.5 0 1 1 9 14.5",
    "live": "M3 13 H7 L10 5 L14 19 L17 11 H21",
    "compare": "M4 4 V20 H20 M7 8 C11 8 12 16 19 16 M7 15 C11 15 13 10 19 10",
    "catalog": "M5 4 H19 V20 H5 Z M5 9 H19 M5 14.5 H19 M10 9 V20",
    "settings": "M12 8.6 A3.4 3.4 0 1 1 12 15.4 A3.4 3.4 0 1 1 12 8.6 M12 3 V6 M12 18 V21 M3 12 H6 M18 12 H21 "
    "M5.6 5.6 L7.8 7.8 M16.2 16.2 L18.4 18.4 M18.4 5.6 L16.2 7.8 M7.8 16.2 L5.6 18.4",
    "help": "M12 3.5 A8.5 8.5 0 1 1 12 20.5 A8.5 8.5 0 1 1 12 3.5 "
    "M9.5 9.5 C9.5 6.8 14.5 6.8 14.5 9.8 C14.5 11.8 12 11.8 12 14 M12 17 V17.2",
    "play": "M8 5 L19 12 L8 19 Z",
    "pause": "M8 5 V19 M16 5 V19",
    "stop": "M6.5 6.5 H17.5 V17.5 H6.5 Z",
    "dots": "M5 12 H5.2 M12 12 H12.2 M19 12 H19.2",
    "check": "M5 12.5 L10 17.5 L19 7",
    "cross": "M6 6 L18 18 M18 6 L6 18",
    "warn": "M12 4 L21 20 H3 Z M12 10 V14.5 M12 17 V17.2",
    "info": "M12 3.5 A8.5 8.5 0 1 1 12 20.5 A8.5 8.5 0 1 1 12 3.5 M12 11 V16.5 M12 7.5 V7.7",
    "clock": "M12 3.5 A8.5 8.5 0 1 1 12 20.5 A8.5 8.5 0 1 1 12 3.5 M12 7 V12 L15.5 14",
    "queue": "M4 6 H20 M4 12 H20 M4 18 H13",
    "disk": "M4 7 C4 4 20 4 20 7 V17 C20 20 4 20 4 17 Z M4 7 C4 10 20 10 20 7 M4 12 C4 15 20 15 20 12",
    "chip": "M7 7 H17 V17 H7 Z M10 3 V7 M14 3 V7 M10 17 V21 M14 17 V21 M3 10 H7 M3 14 H7 M17 10 H21 M17 14 H21",
    "copy": "M9 9 H19 V20 H9 Z M15 9 V4 H5 V15 H9",
    "star": "M12 4 L14.5 9.4 L20.3 10 L16 14 L17.2 19.8 L12 16.8 L6.8 19.8 L8 14 L3.7 10 L9.5 9.4 Z",
    "trash": "M4 7 H20 M9 7 V4 H15 V7 M6.5 7 L7.5 20 H16.5 L17.5 7 M10.5 11 V16 M13.5 11 V16",
    "search": "M10.5 4.5 A6 6 0 1 1 10.5 16.5 A6 6 0 1 1 10.5 4.5 M15 15 L20 20",
    "undo": "M9 5 L4 10 L9 15 M4 10 H14 C20 10 20 19 14 19 H11",
    "redo": "M15 5 L20 10 L15 15 M20 10 H10 C4 10 4 19 10 19 H13",
    "folder": "M3.5 6 H10 L12 8.5 H20.5 V19 H3.5 Z",
    "export": "M12 15 V4 M8 8 L12 4 L16 8 M5 13 V20 H19 V13",
    "import": "M12 4 V15 M8 11 L12 15 L16 11 M5 13 V20 H19 V13",
    "refresh": "M19 12 A7 7 0 1 1 16.5 6.6 M17 3 V7 H13",
    "table": "M4 5 H20 V19 H4 Z M4 10 H20 M4 14.5 H20 M12 10 V19",
    "bell": "M6 17 V11 A6 6 0 0 1 18 11 V17 L20 17.5 H4 Z M10.5 20.5 H13.5",
    "plus": "M12 5 V19 M5 12 H19",
    "edit": "M5 19 L6 15 L16 5 L19 8 L9 18 Z",
    "left": "M15 5 L8 12 L15 19",
    "right": "M9 5 L16 12 L9 19",
    "down": "M5 9 L12 16 L19 9",
    "dot": "M12 10 A2 2 0 1 1 12 14 A2 2 0 1 1 12 10",
    "reset": "M4 4 V10 H10 M4.6 9.5 A8 8 0 1 1 4 13",
    "command": "M5 6 L10 12 L5 18 M12 18 H19",
}

_FILLED = {"starred": "star"}
"""The same strokes, filled."""

_MARK = (
    '<path d="M3 20 C7 20 8 15 12 12 S17 6 21 5" fill="none"/>'
    '<path d="M3 20 C8 18 12 19 21 14" fill="none" opacity="0.55"/><circle cx="3.6" cy="20" r="1.6" fill="{color}"/>'
)


def names() -> list[str]:
    return sorted(_STROKES)


@cache
def _render(name: str, color: str, size: int, width: float) -> QPixmap:
    if name == "mark":
        inner = _MARK.format(color=color)
    else:
        strokes, fill = _STROKES[_FILLED.get(name, name)], color if name in _FILLED else "none"
        inner = f'<path d="{strokes}" fill="{fill}"/>'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" stroke="{color}" stroke-width="{width}" '
        f'stroke-linecap="round" stroke-linejoin="round">{inner}</svg>'
    )
    pixmap = QPixmap(QSize(size, size))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


def pixmap(name: str, color: QColor, size: int = 18, ratio: float = 1.0) -> QPixmap:
    """The icon in one colour. size: logical pixels; ratio: of the screen."""
    drawn = QPixmap(_render(name, color.name(), round(size * ratio), 1.8))
    drawn.setDevicePixelRatio(ratio)
    return drawn


def icon(name: str, color: QColor, size: int = 18, disabled: QColor | None = None, gap: int = 0) -> QIcon:
    """The icon for screens of one and two pixels a point. gap: room at its right, before a button's text."""
    made = QIcon()
    for ratio in (1.0, 2.0):
        made.addPixmap(_with_gap(pixmap(name, color, size, ratio), gap))
        if disabled is not None:
            made.addPixmap(_with_gap(pixmap(name, disabled, size, ratio), gap), QIcon.Mode.Disabled)
    return made


def _with_gap(drawn: QPixmap, gap: int) -> QPixmap:
    if gap == 0:
        return drawn
    ratio = drawn.devicePixelRatio()
    wide = QPixmap(QSize(drawn.width() + round(gap * ratio), drawn.height()))
    wide.setDevicePixelRatio(ratio)
    wide.fill(Qt.GlobalColor.transparent)
    painter = QPainter(wide)
    painter.drawPixmap(0, 0, drawn)
    painter.end()
    return wide
