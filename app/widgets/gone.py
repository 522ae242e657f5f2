"""Widgets that give way to others."""

from PySide6.QtWidgets import QWidget


def take_away(widget: QWidget) -> None:
    """Out of its parent and deleted. Hidden first: what its layout had yet to show would open as a window of its own."""
    widget.hide()
    widget.setParent(None)
    widget.deleteLater()
