"""Words that all scenes share."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

Settle = Callable[[int], None]
"""Let the event loop run until no work is left, and at least so many milliseconds."""
Scene = tuple[str, QWidget]
"""A picture's name, and what it is of."""
