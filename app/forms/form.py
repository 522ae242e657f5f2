"""A form for the fields of settings models: one row a field, rarely needed ones folded away."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from .flow import FlowGrid
from .fold import Fold
from .look import FORM_STYLE, space
from .row import FieldRow
from .spec import FieldSpec, Sort


class Form(QWidget):
    """changed(key, value): a person edits; sealed(key): the edit is complete. Keys are dotted ("inner.steps").

    page: in front of the object names ("setup" gives "setup.inner.steps"); name: of the fold's own object name; kind: whose
    fields these are, where several kinds have a setting of the same key.
    """

    changed = Signal(str, object)
    sealed = Signal(str)

    def __init__(
        self,
        fields: Sequence[FieldSpec],
        *,
        page: str,
        name: str,
        kind: str = "",
        columns: int = 2,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.rows: dict[str, FieldRow] = {}
        self._fold: Fold | None = None
        self._kind = kind
        self.setStyleSheet(FORM_STYLE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space(4))
        common, advanced = ([spec for spec in fields if spec.advanced is which] for which in (False, True))
        if common:
            layout.addWidget(self._grid(common, page, columns))
        if advanced:
            self._fold = Fold(f"More settings ({len(advanced)})", self._grid(advanced, page, columns), self)
            self._fold.set_name(f"{page}.{name}.more")
            layout.addWidget(self._fold)

    def keys(self) -> tuple[str, ...]:
        return tuple(self.rows)

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Shows values by dotted key; keys that are not there show their default."""
        for key, row in self.rows.items():
            row.set_value(values.get(key, row.spec.default))

    def set_problems(self, sentences: Mapping[str, tuple[str, bool]]) -> None:
        """(sentence, blocking) by dotted key; a folded field with a problem is unfolded."""
        for key, row in self.rows.items():
            sentence, blocking = sentences.get(key, ("", True))
            row.set_problem(sentence, blocking=blocking)
            if sentence and blocking and row.spec.advanced and self._fold:
                self._fold.set_open(open_=True)

    def set_differences(self, was: Mapping[str, Any]) -> None:
        """Values before, by dotted key, of the fields that differ."""
        for key, row in self.rows.items():
            row.set_was(was.get(key), differs=key in was)

    def focus(self, key: str) -> bool:
        """Whether the field is here and has the focus now."""
        row = self.rows.get(key)
        if row is None:
            return False
        if row.spec.advanced and self._fold:
            self._fold.set_open(open_=True)
        row.field.setFocus()
        return True

    def _grid(self, fields: Sequence[FieldSpec], page: str, columns: int) -> QWidget:
        box = QWidget(self)
        grid = FlowGrid(box, narrowest=176, most=columns, gap=space(5))
        for spec in sorted(fields, key=lambda one: one.sort is not Sort.PATH):  # a row of its own, so it goes first
            row = FieldRow(spec, f"{page}.{spec.key}", box)
            row.setProperty("help", f"{spec.key}@{self._kind}" if self._kind else spec.key)  # what F1 shows
            row.edited.connect(self.changed)
            row.sealed.connect(self.sealed)
            self.rows[spec.key] = row
            grid.addWidget(row)
        return box
