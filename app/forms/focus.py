"""Tab order for what is built late or moved: Qt puts such a widget at the end of the window's chain."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def tab_after(anchor: QWidget, *containers: QWidget) -> None:
    """The members of the containers follow the anchor, in the order in which they were built."""
    last = anchor
    for container in containers:
        for member in _stops(container):
            QWidget.setTabOrder(last, member)
            last = member


def _stops(container: QWidget) -> list[QWidget]:
    """Members that can have the focus; a list that pops up is in a window of its own."""
    window = container.window()
    return [
        member
        for member in container.findChildren(QWidget)
        if member.focusPolicy() != Qt.FocusPolicy.NoFocus and member.window() is window and member.focusProxy() is None
    ]
