"""A table of records: columns that can be chosen, moved and sorted by, and that are remembered.

Until a person chooses the columns, those that have no room are left out, so that nothing needs scrolling sideways."""

from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget
from typing_extensions import override

from app.models.table import Column, RecordTable
from app.pages.delegates import MarkDelegate, PointDelegate, SparkDelegate, StatusDelegate
from app.services.settings import Settings
from app.services.theme import Theme

ROW_HEIGHT = 32
_BODY = 13
"""Pixels of the text that the columns' widths are made for."""
_NAME, _LEAST_NAME = "name", 150
"""The column that takes the room that is left, and its least width."""


class RecordView(QTableView):
    """`activated_record`: Enter or a double click, with the row. `name`: where its columns are remembered."""

    activated_record = Signal(int)

    def __init__(
        self, model: RecordTable[Any], settings: Settings, theme: Theme, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._records = model
        self._settings = settings
        self._key = f"{name}.columns"
        self._restoring = True
        self._widths: dict[str, int] = {}
        self._hidden: frozenset[str] | None = None
        self._theme = theme
        self.setModel(model)
        self._dress(theme)
        self._restore()
        self._restoring = False
        header = self.horizontalHeader()
        header.sectionResized.connect(self._resized)
        header.sectionMoved.connect(self._remember)
        header.sortIndicatorChanged.connect(self._remember)
        self.doubleClicked.connect(lambda index: self.activated_record.emit(index.row()))

    def _dress(self, theme: Theme) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setAlternatingRowColors(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setTabKeyNavigation(False)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(28)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._header_menu)
        self._points = PointDelegate(self)
        self._delegates = {
            "status": StatusDelegate(theme, self),
            "present": StatusDelegate(theme, self),
            "spark": SparkDelegate(theme, self),
            "star": MarkDelegate(theme, self, "starred", "warn"),
            "compare": MarkDelegate(theme, self, "check", "accent"),
        }
        for place, column in enumerate(self._records.columns):
            if column.key in self._delegates:
                self.setItemDelegateForColumn(place, self._delegates[column.key])
            elif column.pointed:
                self.setItemDelegateForColumn(place, self._points)
        theme.changed.connect(self.viewport().update)
        theme.changed.connect(self.fit)

    def column_menu(self) -> QMenu:
        """One checkable entry a column."""
        menu = QMenu(self)
        for place, column in enumerate(self._records.columns):
            entry = QAction(column.explanation.split(";")[0] if column.key == "star" else column.title, menu)
            entry.setObjectName(f"{self.objectName()}.column.{column.key}")
            entry.setCheckable(True)
            entry.setChecked(not self.isColumnHidden(place))
            entry.setEnabled(column.key != "name")
            entry.toggled.connect(lambda shown, at=place: self.show_column(at, shown))
            menu.addAction(entry)
        menu.addSeparator()
        reset = menu.addAction("Reset columns")
        reset.setObjectName(f"{self.objectName()}.column.reset")
        reset.triggered.connect(self.reset_columns)
        return menu

    def show_column(self, place: int, shown: bool) -> None:
        """From now on the person decides which columns there are."""
        self.setColumnHidden(place, not shown)
        columns = self._records.columns
        self._hidden = frozenset(c.key for at, c in enumerate(columns) if self.isColumnHidden(at))
        self.fit()
        self._remember()

    @Slot()
    def reset_columns(self) -> None:
        self._settings.set(self._key, None)
        self._restoring = True
        for place in range(len(self._records.columns)):
            header = self.horizontalHeader()
            header.moveSection(header.visualIndex(place), place)
        self._restore()
        self._restoring = False

    @Slot(QPoint)
    def _header_menu(self, at: QPoint) -> None:
        menu = self.column_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.horizontalHeader().mapToGlobal(at))

    def _restore(self) -> None:
        kept = self._settings.get(self._key, {})
        kept = kept if isinstance(kept, dict) else {}
        header, columns = self.horizontalHeader(), self._records.columns
        hidden = kept.get("hidden")
        self._hidden = None if hidden is None else frozenset(hidden) - {_NAME}
        self._widths = {key: int(width) for key, width in dict(kept.get("widths", {})).items()}
        self.fit()
        places = {column.key: place for place, column in enumerate(columns)}
        for target, key in enumerate(key for key in kept.get("order", []) if key in places):
            header.moveSection(header.visualIndex(places[key]), target)
        key, down = kept.get("sort", ["created", True])
        order = Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder
        self.setSortingEnabled(True)
        self.sortByColumn(places.get(key, places.get("created", 0)), order)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    @Slot()
    def fit(self) -> None:
        """Hide what has no room, and give the name the rest."""
        was, self._restoring = self._restoring, True
        columns, shown = self._records.columns, self._fitting()
        for place, column in enumerate(columns):
            if (column in shown) == self.isColumnHidden(place):
                self.setColumnHidden(place, column not in shown)
            if column in shown and self.columnWidth(place) != self._width(column):
                self.setColumnWidth(place, self._width(column))
        left = self.viewport().width() - sum(self._width(column) for column in shown)
        if left > 0 and _NAME not in self._widths:
            place = self._records.column_of(_NAME)
            self.setColumnWidth(place, self.columnWidth(place) + left)
        self._restoring = was

    def _fitting(self) -> list[Column[Any]]:
        """The columns that a person chose, or as many as the view has room for."""
        columns = self._records.columns
        if self._hidden is not None:
            return [column for column in columns if column.key not in self._hidden]
        shown = [column for column in columns if column.shown]
        room = self.viewport().width()
        for column in sorted(shown, key=lambda c: -c.gives_way):
            if column.gives_way and sum(map(self._width, shown)) > room:
                shown.remove(column)
        return shown

    def _width(self, column: Column[Any]) -> int:
        """As dragged, else the column's own in the chosen text size; the name's least."""
        width = _LEAST_NAME if column.key == _NAME else column.width
        return self._widths.get(column.key, round(width * self._theme.size("body") / _BODY))

    @Slot(int, int, int)
    def _resized(self, place: int, before: int, width: int) -> None:
        if not self._restoring and before and width:
            self._widths[self._records.columns[place].key] = width
            self._remember()

    @Slot()
    def _remember(self) -> None:
        if self._restoring:
            return
        header, columns = self.horizontalHeader(), self._records.columns
        shown_order = [columns[header.logicalIndex(at)].key for at in range(len(columns))]
        sorted_by = columns[header.sortIndicatorSection()].key
        self._settings.set(
            self._key,
            {
                "hidden": None if self._hidden is None else sorted(self._hidden),
                "widths": dict(self._widths),
                "order": shown_order,
                "sort": [sorted_by, header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder],
            },
        )

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        editing = self.state() == QAbstractItemView.State.EditingState
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not editing and self.currentIndex().isValid():
            self.activated_record.emit(self.currentIndex().row())
            return
        super().keyPressEvent(event)
