"""What was understood, before it is added: facts, classes or columns, and what is left out."""

from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.forms import Form, picked, specs
from app.forms.look import space
from app.pages.compare.grid import Texts, grid
from app.widgets import Button, label
from app.widgets.gone import take_away
from app.widgets.page import scrolled
from app.widgets.table import KeyValueTable
from app.widgets.words import capital, sentence
from core.config import settings_class
from core.data.inspection import Inspection

from .roles import OWN, ROLES
from .thumbs import Thumbs

_PARTS = {"train": "training"}
_TYPES = {"number": "Number", "category": "Category", "date": "Date", "text": "Text"}


class Preview(QWidget):
    """role_wanted(names, role): columns are for something else; option_changed(key, value): of tasks; save_wanted: the table
    of what is left out."""

    role_wanted = Signal(list, str)
    option_changed = Signal(str, object)
    save_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form: Form | None = None
        self._kind = ""
        self.sentence = label("", "strong", wrap=True, name="importing.sentence")
        self.problems = label("", "bad", wrap=True, name="importing.problems")
        self.notes = label("", "muted", wrap=True, name="importing.notes")
        self.facts = KeyValueTable(name="importing.facts")
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("importing.tabs")
        self.tabs.setAccessibleName("What was understood")
        self._columns, self._groups, self._left = (Texts(self) for _ in range(3))
        self.columns = _grid("importing.columns", "Columns and what they are for", self._columns)
        self.columns.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.groups = _grid("importing.groups", "Classes or tasks", self._groups)
        self.left = _grid("importing.left", "What is left out, and why", self._left)
        self._about, self._of_columns, self._of_left = QWidget(), QWidget(), QWidget()
        self._lay_out()

    def show_found(self, found: Inspection, values: dict[str, Any]) -> None:
        """values: of the settings beside it, by dotted key."""
        self.sentence.setText(found.sentence)
        _say(self.problems, [f"✕ {_sentence(text)}" for text in found.problems])
        _say(self.notes, [_sentence(text) for text in found.notes])
        self.facts.set_rows((capital(name), value) for name, value in found.facts)
        self.thumbs.show_samples(found.samples, len(found.groups))
        self._show_form(found.kind, values)
        self._show_tables(found)

    def selected(self) -> list[str]:
        """Names of the selected columns, from the top."""
        rows = sorted({index.row() for index in self.columns.selectionModel().selectedRows()})
        return [self._columns.rows[row][0] for row in rows]

    # layout

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space(2))
        for part in (self.sentence, self.problems):
            column.addWidget(part)
        column.addWidget(self.tabs, 1)
        about = QVBoxLayout()
        about.setContentsMargins(space(3), space(3), space(3), space(3))
        about.setSpacing(space(3))
        about.addWidget(self.facts)
        about.addWidget(self.notes)
        self.thumbs = Thumbs()
        about.addWidget(self.thumbs)
        self._form_place = QVBoxLayout()
        about.addLayout(self._form_place)
        about.addStretch(1)
        outer = QVBoxLayout(self._about)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(about))
        self._fill(self._of_columns, self.columns, self._role_buttons())
        save = Button("Save as CSV…", "importing.left.save", icon="export")
        save.clicked.connect(self.save_wanted)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(save)
        self._fill(self._of_left, self.left, row)
        for part in (self._about, self._of_columns, self.groups, self._of_left):
            self.tabs.addTab(part, "")

    def _fill(self, page: QWidget, view: QTableView, row: QHBoxLayout) -> None:
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, space(2))
        column.addWidget(view, 1)
        column.addLayout(row)

    def _role_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(space(2), 0, space(2), 0)
        row.setSpacing(space(2))
        self._selected_words = label("Select columns, then say what they are for:", "muted")
        row.addWidget(self._selected_words)
        self.role_buttons = {}
        for role, words in ROLES.items():
            made = Button(words, f"importing.role.{role}")
            made.setAccessibleDescription(f"Use the selected columns as: {words}")
            made.setEnabled(False)
            made.setProperty("role_of_columns", role)
            made.clicked.connect(self._role_clicked)
            self.role_buttons[role] = made
            row.addWidget(made)
        row.addStretch(1)
        self.columns.selectionModel().selectionChanged.connect(self._selection_changed)
        return row

    # what is shown

    def _show_form(self, kind: str, values: dict[str, Any]) -> None:
        if kind != self._kind:
            if self._form is not None:
                take_away(self._form)
                self._form = None
            self._kind = kind
            model = settings_class("tasks", kind)
            if kind in OWN and model is not None:
                self._form = Form(picked(specs(model, "tasks"), OWN[kind]), page="importing", name="options", kind=kind)
                self._form.changed.connect(self.option_changed)
                self._form_place.addWidget(self._form)
                self._form.show()
        if self._form is not None:
            self._form.set_values(values)

    def _show_tables(self, found: Inspection) -> None:
        columns = [
            [c.name, _TYPES.get(c.type, c.type), ROLES.get(c.role, c.role), f"{c.missing:,}", f"{c.distinct:,}", c.note]
            for c in found.columns
        ]
        self._columns.set_texts(["Column", "Type", "Used as", "Missing", "Distinct", "Note"], columns)
        groups = [[g.name, f"{g.examples:,}", _PARTS.get(g.part or "", g.part or "not used")] for g in found.groups]
        self._groups.set_texts(["Task" if found.groups_are == "tasks" else "Class", "Examples", "Part"], groups)
        self._left.set_texts(["What", "Why it is left out"], [[one.what, one.why] for one in found.left_out])
        self._selection_changed()
        self._show_tabs(found)

    def _show_tabs(self, found: Inspection) -> None:
        """Only what there is; the one that was open stays open."""
        name = found.groups_are.capitalize()
        titles = (
            ("Overview", 1),
            (f"Columns ({len(found.columns):,})", len(found.columns)),
            (f"{name} ({len(found.groups):,})", len(found.groups)),
            (f"Left out ({len(found.left_out):,})", len(found.left_out)),
        )
        for at, (title, count) in enumerate(titles):
            self.tabs.setTabText(at, title)
            self.tabs.setTabVisible(at, bool(count))

    @Slot()
    def _selection_changed(self) -> None:
        chosen = self.selected()
        for role, made in self.role_buttons.items():
            made.setEnabled(bool(chosen) and (role != "task" or len(chosen) == 1))

    @Slot()
    def _role_clicked(self) -> None:
        self.role_wanted.emit(self.selected(), str(self.sender().property("role_of_columns")))


def _grid(name: str, spoken: str, model: Texts) -> QTableView:
    view = grid(name, spoken, model)
    header = view.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setResizeContentsPrecision(100)
    header.setMaximumSectionSize(320)
    header.setStretchLastSection(True)
    return view


def _say(where: QLabel, lines: list[str]) -> None:
    where.setText("\n".join(lines))
    where.setVisible(bool(lines))


def _sentence(text: str) -> str:
    """What the core says of a setting by its key is said here by its name: "tasks.target: several" -> "Target: several"."""
    return sentence(text.removeprefix("tasks."))
