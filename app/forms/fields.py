"""One widget for each sort of field: `set_value` shows without telling, `edited` tells what a person did.

Each keeps what was typed even where it cannot be used; whether it can is said by the row around it.
"""

from typing import Any, Protocol

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QWidget

from .choices import ComboField, SegmentedField, SwitchField
from .lines import LineField, WholeField
from .paths import PathField
from .spec import FieldSpec, Sort

_COLUMN = 190
"""Pixels of a form's narrowest column: what is wider side by side becomes a list."""


class ValueWidget(Protocol):
    """edited(value): while a person edits; sealed(): the edit is complete (Enter, or the focus moved on)."""

    edited: SignalInstance
    sealed: SignalInstance

    def set_value(self, value: Any) -> None: ...


def field_widget(spec: FieldSpec, parent: QWidget | None = None) -> QWidget:
    """The widget of a field, named by its key."""
    makers = {Sort.SWITCH: SwitchField, Sort.WHOLE: WholeField, Sort.PATH: PathField}
    if spec.sort is Sort.CHOICE:
        fits = sum(8 * len(said) + 26 for said in spec.said) <= _COLUMN
        widget: QWidget = SegmentedField(spec, parent) if fits else ComboField(spec, parent)
    else:
        widget = makers.get(spec.sort, LineField)(spec, parent)
    return widget
