"""Reusable widgets: setters in, signals out; they know nothing of runs or catalogs."""

from .buttons import ActionButton, Button, Chip, IconButton, button
from .card import Card, Section
from .empty import EmptyState
from .page import Page, scrolled
from .status import StatusPill
from .table import KeyValueTable
from .text import ElidedLabel, label, line, restyle
from .toasts import Toasts
from .worth import WorthTable

__all__ = [
    "ActionButton", "Button", "Card", "Chip", "ElidedLabel", "EmptyState", "IconButton", "KeyValueTable", "Page",
    "Section", "StatusPill", "Toasts", "WorthTable", "button", "label", "line", "restyle", "scrolled",
]  # fmt: skip
