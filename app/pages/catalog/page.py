"""The catalog's page: the two tables, what can be done with a selection, the details, the trash."""

from PySide6.QtCore import QModelIndex, QPoint, Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QSplitter, QTabWidget, QWidget
from typing_extensions import override

from app.models import words
from app.models.compared import RUNS, compared
from app.models.initializations import InitializationsModel
from app.models.runs import RunsModel
from app.widgets import Button, ElidedLabel, EmptyState, Page
from app.widgets.wrapped import HeadRow
from app.workspace import Workspace

from .acts import Selection, acts, register
from .deeds import Deeds
from .details import Details
from .shelf import Shelf

_TITLES = ("Runs", "Initializations")
_WHAT = ("run", "initialization")
_BUTTONS = ("open", "compare", "try", "duplicate", "resume", "restore", "purge", "trash")
_MENUS = {
    "run": "open try compare toggle_compare duplicate resume - rename star tags - losses "
    "export_experiment export_series export_events export_figure export_rows - trash",
    "initialization": "open try duplicate - rename star tags - export_file export_rows - trash",
}


class CatalogPage(Page):
    title = "Catalog"

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__("Catalog", parent=parent)
        self.setObjectName("catalog")
        self._workspace = workspace
        self._in_trash = False
        self._held: Selection | None = None
        self._stale = True
        self._shared_for = 0
        self.tables = QTabWidget()
        self._deeds = Deeds(workspace, self)
        self._acts = register(
            workspace, acts(self._deeds, self._open, self._rename, self._export_rows), self.selection, self.tables
        )
        self._make_details()
        self._make_shelves()
        self._lay_out()
        workspace.catalog_changed.connect(self.refresh)
        workspace.settings.changed.connect(self._setting_changed)
        self._selected()

    def _make_details(self) -> None:
        self.details = Details(self._workspace)
        self.details.setMinimumWidth(240)
        self.details.tags_edited.connect(self._deeds.set_tags)
        self.details.note_edited.connect(self._deeds.set_note)
        self.details.star_edited.connect(self._deeds.set_star)

    def _make_shelves(self) -> None:
        catalog = self._workspace.catalog
        self.runs_model = RunsModel(self, self._deeds.rename)
        self.runs_model.mark(compared(self._workspace.settings))
        self.runs = Shelf(
            self._workspace, "catalog.runs", self.runs_model,
            lambda text, trashed: catalog.runs(text, trashed=trashed),
            self._empty("runs", "Every training you start is kept here with its settings, numbers and results."),
            "method:maml status:finished loss<0.1 tag:paper",
        )  # fmt: skip
        self.starts = Shelf(
            self._workspace, "catalog.initializations", InitializationsModel(self, self._deeds.rename),
            lambda text, trashed: catalog.initializations(text, trashed=trashed),
            self._empty("initializations", "A run leaves its learned initialization here, ready to be exported."),
            "tasks:sinusoid loss<0.5 star:yes",
        )  # fmt: skip
        for place, shelf in enumerate((self.runs, self.starts)):
            shelf.selection_changed.connect(self._selected)
            shelf.activated.connect(self._open_record)
            shelf.counted.connect(lambda count, at=place: self._counted(at, count))
            shelf.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            shelf.view.customContextMenuRequested.connect(self._context_menu)
            shelf.view.clicked.connect(self._cell_clicked)
            self.tables.addTab(shelf, _TITLES[place])

    def _empty(self, what: str, text: str) -> EmptyState:
        action = ("Set up a run", lambda: self._workspace.navigate.emit("setup", ""))
        return EmptyState(f"No {what} yet", text, action, icon="catalog", name=f"catalog.{what}.empty")

    def _lay_out(self) -> None:
        self.tables.setObjectName("catalog.tabs")
        self.tables.setAccessibleName("Runs and initializations")
        self.tables.setDocumentMode(True)
        self.tables.tabBar().setDrawBase(False)
        self.tables.currentChanged.connect(self._selected)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(12)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.tables)
        self.splitter.addWidget(self.details)
        self.splitter.setStretchFactor(0, 1)
        self._share_width()
        self._workspace.theme.changed.connect(self._share_width)
        self.body.setSpacing(8)
        self.body.addWidget(self.splitter, 1)
        self.body.addLayout(self._selection_bar())
        self._add_tools()

    @Slot()
    def _share_width(self) -> None:
        """Between rows and details; a change of the text's size begins anew, else the width is the person's."""
        size = self._workspace.theme.size("body")
        if size != self._shared_for:
            self._shared_for = size
            self.splitter.setSizes([540, 340] if self._workspace.theme.is_large else [600, 300])

    def _add_tools(self) -> None:
        self.columns_button = Button("Columns", "catalog.columns", icon="table")
        self.columns_button.clicked.connect(self._show_columns)
        self.panel_button = Button("Details", "catalog.show_details", icon="info")
        self.panel_button.setCheckable(True)
        self.panel_button.setChecked(bool(self._workspace.settings.get("catalog.details", True)))
        self.panel_button.toggled.connect(self._show_details)
        self.trash_button = Button("Trash", "catalog.show_trash", icon="trash")
        self.trash_button.setCheckable(True)
        self.trash_button.toggled.connect(self.show_trash)
        self.import_button = self._button("import_file")
        self.import_button.setText("Import…")
        for tool in (self.import_button, self.columns_button, self.panel_button, self.trash_button):
            tool.setAccessibleName(tool.text())
            self.add_tool(tool)

    def _selection_bar(self) -> HeadRow:
        row = HeadRow(gap=8)
        self.count_label = ElidedLabel("", "caption")
        self.count_label.setObjectName("catalog.count")
        self.count_label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        row.addWidget(self.count_label)
        self._bar = {key: self._button(key) for key in _BUTTONS}
        self.export_button = Button("Export", "catalog.export", icon="export")
        self.export_button.setAccessibleName("Export the selection")
        self.export_button.setMenu(
            self._menu("export_file export_experiment export_series export_events export_figure export_rows")
        )
        self._bar["duplicate"].setText("Duplicate")
        self._bar["trash"].setText("Delete")
        for key in _BUTTONS[:-1]:
            row.addWidget(self._bar[key])
        row.addWidget(self.export_button)
        row.addWidget(self._bar["trash"])
        return row

    def _button(self, key: str) -> Button:
        act = self._acts[key]
        made = Button(act.title, f"{act.id}.button", icon=act.icon)
        made.setAccessibleName(act.title)
        made.setToolTip(act.qaction.toolTip())
        made.clicked.connect(act.trigger)
        return made

    def _menu(self, keys: str) -> QMenu:
        menu = QMenu(self)
        for key in keys.split():
            if key == "-":
                menu.addSeparator()
            else:
                menu.addAction(self._acts[key].qaction)
        return menu

    @property
    def shelf(self) -> Shelf:
        """The table that is shown."""
        return self.starts if self.tables.currentIndex() == 1 else self.runs

    def selection(self) -> Selection:
        if self._held is not None:
            return self._held
        runner = self._workspace.runner
        busy = frozenset(runner.waiting) | ({runner.current} if runner.current else set())
        what = _WHAT[max(0, self.tables.currentIndex())]
        return Selection(tuple(self.shelf.selected()), what, self._in_trash, busy)

    @override
    def open(self, argument: str) -> None:
        """argument: "", ids of runs to select, or "initializations"."""
        if argument == "initializations":
            self.tables.setCurrentWidget(self.starts)
        elif argument:
            self.tables.setCurrentWidget(self.runs)
            self.runs.select(argument.split(","))
        if not self.runs.loading:  # as it is where coming to the front has begun it
            self.refresh()
        self.shelf.place_to_begin().setFocus()

    @Slot()
    def refresh(self) -> None:
        """Ask the catalog again; while the page is hidden, only remember to."""
        self._stale = not self.isVisible()
        if not self._stale:
            self.runs.refresh()
            self.starts.refresh()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.refresh()

    @Slot(bool)
    def show_trash(self, shown: bool) -> None:
        self._in_trash = shown
        self.title_label.setText("Catalog: trash" if shown else "Catalog")
        self.trash_button.setText("Leave the trash" if shown else "Trash")
        for shelf in (self.runs, self.starts):
            shelf.set_trashed(shown)
        self._selected()

    @Slot()
    def _selected(self) -> None:
        self._held = selection = self.selection()  # asked for by every act: collected once
        try:
            self._show_selection(selection)
        finally:
            self._held = None

    def _show_selection(self, selection: Selection) -> None:
        self.details.show_records(selection.records)
        for act in self._acts.values():
            act.refresh()
        runs = selection.what == "run"
        for key, made in self._bar.items():
            made.setEnabled(self._acts[key].enabled())
            made.setVisible(_belongs(key, runs, self._in_trash) and not self.shelf.bare)
        self.export_button.setEnabled(selection.there)
        self.export_button.setVisible(not self._in_trash and not self.shelf.bare)
        for tool in (self.columns_button, self.panel_button):
            tool.setVisible(not self.shelf.bare)
        self.import_button.setVisible(not self._in_trash)
        self._show_panel()
        self._tell_count()

    def _show_panel(self) -> None:
        """The details have a place only beside rows."""
        self.details.setVisible(self.panel_button.isChecked() and bool(self.shelf.model.records))

    def _tell_count(self) -> None:
        records, selected = self.shelf.model.records, len(self.shelf.selected())
        total = words.counted(len(records), self.selection().what) if records else ""
        size = sum(record.bytes for record in records)
        whole = f"{total}, {words.size(size)}" if size else total
        self.count_label.setText(f"{selected} of {total} selected" if selected > 1 else whole)

    def _counted(self, place: int, count: int) -> None:
        self.tables.setTabText(place, f"{_TITLES[place]} ({words.count(count)})")
        self._tell_count()

    @Slot(bool)
    def _show_details(self, shown: bool) -> None:
        self._workspace.settings.set("catalog.details", shown)
        self._show_panel()

    @Slot()
    def _show_columns(self) -> None:
        menu = self.shelf.view.column_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.columns_button.mapToGlobal(self.columns_button.rect().bottomLeft()))

    @Slot(str)
    def _setting_changed(self, key: str) -> None:
        if key == RUNS:
            self.runs_model.mark(compared(self._workspace.settings))

    @Slot(QPoint)
    def _context_menu(self, at: QPoint) -> None:
        menu = self._menu("restore purge" if self._in_trash else _MENUS[self.selection().what])
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.shelf.view.viewport().mapToGlobal(at))

    @Slot(QModelIndex)
    def _cell_clicked(self, index: QModelIndex) -> None:
        record = self.shelf.model.record(index.row())
        key = self.shelf.model.columns[index.column()].key
        if record is not None and key == "star":
            self._deeds.set_star(record.id, not record.starred)
        elif record is not None and key == "compare" and not self._in_trash:
            self._deeds.toggle_compare([record])

    def _open(self, selection: Selection) -> None:
        self._open_record(selection.records[0].id)

    @Slot(str)
    def _open_record(self, record_id: str) -> None:
        if not self._in_trash:
            self._workspace.navigate.emit("live" if self.shelf is self.runs else "initialization", record_id)

    def _rename(self, selection: Selection) -> None:
        model = self.shelf.model
        self.shelf.view.edit(model.index(model.row_of(selection.records[0].id), model.column_of("name")))

    def _export_rows(self, selection: Selection) -> None:
        self._deeds.export_rows(self.shelf.model, selection.records, selection.what)


def _belongs(key: str, runs: bool, in_trash: bool) -> bool:
    """Whether a button has a place under that table."""
    if key in ("restore", "purge"):
        return in_trash
    of_both = ("trash", "duplicate", "try")
    return not in_trash and (key in of_both or runs == (key != "open"))
