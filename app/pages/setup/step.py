"""A step of Set up: a heading, a sentence, forms; it shows a view and tells what a person does."""

from typing import Any

from pydantic import BaseModel
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.forms import FieldSpec, Form, specs
from app.forms.focus import tab_after
from app.forms.look import space
from app.widgets.gone import take_away
from app.widgets.text import label

from .sections import kind_of, model_of
from .view import View

PAGE = "setup"


class Step(QFrame):
    """changed(key, value) and sealed(key) of a setting; chosen(section, kind) of a card."""

    changed = Signal(str, object)
    sealed = Signal(str)
    chosen = Signal(str, str)

    def __init__(self, name: str, title: str, sentence: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.forms: list[Form] = []
        self.setProperty("role", "card")
        self.setObjectName(f"{PAGE}.step.{name}")
        self.setProperty("help", name)  # what F1 shows where no field says more
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(space(5), space(4), space(5), space(5))
        self.body.setSpacing(space(4))
        self.head = QHBoxLayout()
        self.head.addWidget(label(title, "heading"), 1)
        self.body.addLayout(self.head)
        self.note = label(sentence, "muted", wrap=True)
        self.body.addWidget(self.note)
        self.note.setVisible(bool(sentence))

    def add_form(self, fields: tuple[FieldSpec, ...], *, columns: int = 2) -> Form:
        form = Form(fields, page=PAGE, name=f"{self.name}{len(self.forms) or ''}", columns=columns)
        self.take(form)
        self.body.addWidget(form)
        return form

    def take(self, form: Form) -> None:
        """A form of this step, wherever it lies."""
        self.forms.append(form)
        form.changed.connect(self.changed)
        form.sealed.connect(self.sealed)

    def show_view(self, view: View) -> None:
        for form in self.shown_forms():
            form.set_values(view.shown)
            form.set_differences(view.was)
            form.set_problems(view.by_field)

    def shown_forms(self) -> list[Form]:
        return self.forms

    def focus(self, key: str) -> bool:
        """Put the focus on a field, where it is here."""
        return any(form.focus(key) for form in self.shown_forms())

    def focus_first(self) -> None:
        """Where a person begins with this step."""
        for form in self.shown_forms():
            for row in form.rows.values():
                row.field.setFocus()
                return


class KindForms(QWidget):
    """The form of the chosen kind of a section; another kind gets another form: each object name once."""

    def __init__(self, section: str, step: Step, after: QWidget) -> None:
        """after: what the tab key leaves towards the form."""
        super().__init__(step)
        self._after = after
        self._section = section
        self._step = step
        self._model: type[BaseModel] | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.form: Form | None = None

    def show_kind(self, values: dict[str, Any]) -> None:
        model = model_of(self._section, values)
        if model is self._model:
            return
        if self.form is not None:
            take_away(self.form)
            self.form = None
        self._model = model
        if model is not None:
            self._make(model, str(kind_of(self._section, values)))
        self.setVisible(self.form is not None and bool(self.form.rows))

    def _make(self, model: type[BaseModel], kind: str) -> None:
        self.form = form = Form(specs(model, self._section), page=PAGE, name=self._section, kind=kind)
        form.changed.connect(self._step.changed)
        form.sealed.connect(self._step.sealed)
        self._layout.addWidget(form)
        form.show()  # a layout shows a late member only with the next turn of the event loop
        tab_after(self._after, form)


def sign(text: str, role: str, name: str) -> QLabel:
    """A line that appears only where it has something to say."""
    made = label(text, role, wrap=True, name=name)
    if not text:
        made.hide()  # never show(): without a parent it would open as a window
    return made
