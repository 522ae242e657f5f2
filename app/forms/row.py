"""A field with everything around it: title, unit, what it was before, a hint, and what is wrong with it."""

from typing import Any, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.widgets.text import label, restyle

from .choices import SwitchField
from .fields import ValueWidget, field_widget
from .look import space
from .spec import FieldSpec, Sort
from .words import to_text


class FieldRow(QWidget):
    """edited(key, value) while a person edits; sealed(key) when the edit is complete."""

    edited = Signal(str, object)
    sealed = Signal(str)

    def __init__(self, spec: FieldSpec, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = spec
        self.field = field_widget(spec, self)
        self._mark = label(role="caption", wrap=True)
        self._hint = label(spec.sentence, "caption", wrap=True)
        self._problem = label(role="bad", wrap=True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setProperty("wide", spec.sort is Sort.PATH)
        self._name(name)
        self._lay_out()
        cast("ValueWidget", self.field).edited.connect(self._edited)
        cast("ValueWidget", self.field).sealed.connect(self._sealed)

    def set_value(self, value: Any) -> None:
        cast("ValueWidget", self.field).set_value(value)

    def set_problem(self, sentence: str, *, blocking: bool = True) -> None:
        self._problem.setText(f"{'✕' if blocking else '!'} {sentence}" if sentence else "")
        restyle(self._problem, role="bad" if blocking else "warn")
        restyle(self.field.focusProxy() or self.field, state="bad" if sentence and blocking else "")
        self._problem.setVisible(bool(sentence))
        description = f"{sentence} {self.spec.sentence}" if sentence else self.spec.sentence
        (self.field.focusProxy() or self.field).setAccessibleDescription(description)

    def problem(self) -> str:
        return self._problem.text()

    def set_was(self, was: Any, *, differs: bool) -> None:
        """Marks a value that differs from where the set-up started."""
        text = to_text(self.spec, was) or self.spec.empty
        if isinstance(was, bool):
            text = "on" if was else "off"
        self._mark.setText(f"● edited, was {text}" if differs else "")
        self._mark.setVisible(differs)

    def is_marked(self) -> bool:
        return bool(self._mark.text())

    def _name(self, name: str) -> None:
        self.setObjectName(f"{name}.row")
        self.field.setObjectName(name)
        self.field.setAccessibleName(self.spec.title)
        self.field.setAccessibleDescription(self.spec.sentence)
        self.field.setToolTip(self.spec.sentence)
        self._problem.setObjectName(f"{name}.problem")
        self._mark.setObjectName(f"{name}.was")
        if hasattr(self.field, "name_parts"):
            self.field.name_parts()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space(1))
        title = label(self.spec.title + (f" ({self.spec.unit})" if self.spec.unit else ""), wrap=True)
        title.setBuddy(self.field)
        layout.addWidget(title)
        layout.addWidget(self.field)
        layout.addWidget(self._problem)
        layout.addWidget(self._mark)
        layout.addWidget(self._hint)
        layout.addStretch(1)
        self._hint.setVisible(bool(self.spec.sentence))
        self._problem.setVisible(False)
        self._mark.setVisible(False)
        if isinstance(self.field, SwitchField):
            self.field.setAccessibleName(self.spec.title)

    def _edited(self, value: Any) -> None:
        self.edited.emit(self.spec.key, value)

    def _sealed(self) -> None:
        self.sealed.emit(self.spec.key)
