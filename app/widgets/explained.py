"""What explains a widget: the `help` property of itself or of what it lies in."""

from PySide6.QtWidgets import QWidget


def topic_of(widget: QWidget | None, otherwise: str, *, within: QWidget | None = None) -> str:
    """The nearest `help` property upwards, below `within` where that is given; else `otherwise`."""
    while widget is not None and widget is not within:
        if topic := widget.property("help"):
            return str(topic)
        widget = widget.parentWidget()
    return otherwise
