"""The list of runs at the left, each with a check, its colour and dash, and its result."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QIcon, QKeyEvent, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.models import words
from app.models.compared import COLOURS, RUNS, colour_of, compared, toggle
from app.models.suggestions import suggestions
from app.models.table import Column, RecordTable
from app.services.background import Handle, run_in_background
from app.services.theme import Theme
from app.widgets import icons, label, restyle
from app.widgets.filter_line import FilterLine
from app.workspace import Workspace
from core.storage.records import RunRecord

Index = QModelIndex | QPersistentModelIndex
_SWATCH = QSize(28, 14)
DetailRole = Qt.ItemDataRole.UserRole + 4


class PickModel(RecordTable[RunRecord]):
    """One column: the name; a check says whether the run is compared, a swatch how it is drawn."""

    def __init__(self, workspace: Workspace) -> None:
        columns = (Column[RunRecord]("name", "Run", lambda run: run.name, hint=_about),)
        super().__init__(columns, lambda run: run.id, workspace)
        self._workspace = workspace
        self._chosen: frozenset[str] = frozenset(compared(workspace.settings))
        workspace.settings.changed.connect(self._setting_changed)
        workspace.theme.changed.connect(self.refresh)

    @Slot(str)
    def _setting_changed(self, key: str) -> None:
        if key in (RUNS, COLOURS):
            self._chosen = frozenset(compared(self._workspace.settings))
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        if self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, 0))

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | (Qt.ItemFlag.ItemIsUserCheckable if index.isValid() else Qt.ItemFlag.NoItemFlags)

    @override
    def cell(self, record: RunRecord, column: Column[RunRecord], role: int) -> Any:
        chosen = record.id in self._chosen
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if chosen else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.DecorationRole:
            settings = self._workspace.settings
            return swatch(self._workspace.theme, colour_of(settings, record.id)) if chosen else None
        if role == DetailRole:
            return _detail(record)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{record.name}, {_detail(record)}, {'compared' if chosen else 'not compared'}"
        return super().cell(record, column, role)

    @override
    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        record = self.record(index.row()) if index.isValid() else None
        if record is None or role != Qt.ItemDataRole.CheckStateRole:
            return False
        wanted = Qt.CheckState(value) == Qt.CheckState.Checked
        if wanted != (record.id in self._chosen):
            toggle(self._workspace.settings, [record.id])
        return True


class RunRow(QStyledItemDelegate):
    """Box, swatch, and two lines: the name, and under it method, tasks and result in small."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, option.fontMetrics.height() * 2 + 14)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        drawn = QStyleOptionViewItem(option)
        self.initStyleOption(drawn, index)
        drawn.text, drawn.icon = "", QIcon()
        drawn.features &= ~QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
        drawn.features &= ~QStyleOptionViewItem.ViewItemFeature.HasDecoration
        option.widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, drawn, painter, option.widget)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_box(painter, option.rect, index)
        self._paint_texts(painter, option, index)
        painter.restore()

    @override
    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: QModelIndex
    ) -> bool:
        """A click anywhere in the row, and Space, change the check."""
        clicked = isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.LeftButton
        released = event.type() == QEvent.Type.MouseButtonRelease and clicked
        typed = isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Select)
        if not (released or (typed and event.type() == QEvent.Type.KeyPress)):
            return False
        checked = Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole)) == Qt.CheckState.Checked
        other = Qt.CheckState.Unchecked if checked else Qt.CheckState.Checked
        return model.setData(index, other, Qt.ItemDataRole.CheckStateRole)

    def _paint_box(self, painter: QPainter, rect: QRect, index: Index) -> None:
        checked = Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole)) == Qt.CheckState.Checked
        box = QRectF(rect.left() + 9.5, rect.center().y() - 7.5, 16, 16)
        painter.setPen(self._theme.accent if checked else self._theme.muted)
        painter.setBrush(self._theme.accent if checked else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 4, 4)
        if checked:
            ratio = painter.device().devicePixelRatioF()
            painter.drawPixmap(box.topLeft() + QPointF(2, 2), icons.pixmap("check", self._theme.on_accent, 12, ratio))
            picture = index.data(Qt.ItemDataRole.DecorationRole)
            painter.drawPixmap(rect.left() + 34, rect.center().y() - _SWATCH.height() // 2 + 1, picture)

    def _paint_texts(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        room = option.rect.adjusted(70, 5, -8, -5)  # the swatch has its place also where there is none: names stay put
        lines = (
            (index.data(), self._theme.font(), self._theme.text, Qt.AlignmentFlag.AlignTop),
            (index.data(DetailRole), self._theme.font("small"), self._theme.muted, Qt.AlignmentFlag.AlignBottom),
        )
        for text, font, color, side in lines:
            painter.setFont(font)
            painter.setPen(color)
            if side == Qt.AlignmentFlag.AlignBottom and painter.fontMetrics().horizontalAdvance(text) > room.width():
                text = f"{text.partition(', ')[0]}, {text.rpartition(', ')[2]}"  # the tasks can be done without
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, room.width())
            painter.drawText(room, side | Qt.AlignmentFlag.AlignLeft, shown)


class RunPicker(QWidget):
    """`loaded`: all runs of the catalog that can be compared."""

    loaded = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compare.picker")
        self._workspace = workspace
        self._handle: Handle | None = None
        self._stale = False
        self._first: frozenset[str] = frozenset()
        self.model = PickModel(workspace)
        self.view = QListView()
        self.view.setObjectName("compare.runs")
        self.view.setAccessibleName("Runs; Space compares a run or takes it out")
        self.view.setModel(self.model)
        self.view.setItemDelegate(RunRow(workspace.theme, self.view))
        self.view.setUniformItemSizes(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._make_filter()
        self._lay_out()

    def _make_filter(self) -> None:
        self._all: Sequence[RunRecord] = ()
        self.filter = FilterLine(
            "compare.filter",
            "Filter the runs",
            "Filter, e.g. tasks:sinusoid",
            lambda word: suggestions(word, self._all),
        )
        self.filter.setProperty("help", "catalog")
        self.error = label("", "bad", wrap=True, name="compare.filter.error")
        self.error.hide()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(150)
        self._pause.timeout.connect(self.refresh)
        self.filter.textChanged.connect(self._pause.start)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.filter)
        column.addWidget(self.error)
        column.addWidget(self.view, 1)

    def bring_up(self) -> None:
        """Put what is compared now on top, and look at the catalog again."""
        self._first = frozenset(compared(self._workspace.settings))
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        if self._handle is not None:
            self._stale = True
            return
        self._stale = False
        catalog, text = self._workspace.catalog, self.filter.text()
        self._handle = run_in_background(lambda: catalog.runs(text), self._loaded, self._failed)

    @property
    def loading(self) -> bool:
        return self._handle is not None

    @Slot(list)
    def _loaded(self, records: Sequence[RunRecord]) -> None:
        self._handle = None
        self._say("")
        if not self.filter.text().strip():
            self._all = records
        self.model.update_records(sorted(records, key=lambda run: run.id not in self._first))
        self.loaded.emit()
        self._again()

    @Slot(str)
    def _failed(self, sentence: str) -> None:
        self._handle = None
        self._say(sentence)
        self._again()

    def _again(self) -> None:
        if self._stale:
            self.refresh()

    def _say(self, sentence: str) -> None:
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
        restyle(self.filter, state="bad" if sentence else "")


def swatch(theme: Theme, style: int, width: int = _SWATCH.width()) -> QPixmap:
    """The run's line as it is drawn in the plots."""
    picture = QPixmap(QSize(width, _SWATCH.height()) * 2)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    pen = theme.series_pen(style, 1.8)
    pen.setCosmetic(False)
    painter.setPen(pen)
    middle = _SWATCH.height() // 2
    painter.drawLine(1, middle, width - 2, middle)
    painter.end()
    return picture


def _detail(run: RunRecord) -> str:
    result = words.result(run.loss, run.accuracy)
    told = result if result != words.NOTHING else words.status(run.status)
    return f"{words.method(run.method)}, {words.tasks(run.tasks)}, {told}"


def _about(run: RunRecord) -> str:
    return f"{run.name}\n{words.status(run.status)}, {words.steps(run.step, run.total_steps)} outer steps"
