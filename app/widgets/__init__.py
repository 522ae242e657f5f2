"""Reusable widgets: setters in, signals out; they know nothing of runs or catalogs."""

from .buttons import ActionButton, Button, Chip, IconButton, button
from .card import Card, Section, framed
from .combo import ComboBox, chooser
from .empty import EmptyState
from .page import Page, scrolled
from .spin import DoubleSpinBox, SpinBox
from .status import StatusPill
from .table import KeyValueTable, align
from .text import ElidedLabel, label, line, restyle
from .toasts import Toasts
from .worth import WorthTable

__all__ = [
    "ActionButton", "Button", "Card", "Chip", "ComboBox", "DoubleSpinBox", "ElidedLabel", "EmptyState", "IconButton",
    "KeyValueTable", "Page", "Section", "SpinBox", "StatusPill", "Toasts", "WorthTable", "align", "button", "chooser", "framed",
    "label", "line", "restyle", "scrolled",
]  # fmt: skip
