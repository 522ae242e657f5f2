"""The queue: what trains, what waits for its turn; runs can be moved and taken out."""

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListWidget, QListWidgetItem, QWidget
from typing_extensions import override

from app.frame.sliding import EDGE, STRIP, SlidingPanel
from app.models import words
from app.widgets.buttons import button
from app.widgets.text import label
from app.workspace import Workspace
from core.errors import CoreError

WIDTH = 400
_NONE = "No run waits. Set up queues one; n seeds are n runs, one after the other."
_Id = Qt.ItemDataRole.UserRole


class QueuePanel(SlidingPanel):
    """At the foot, above the strip; no higher than what it holds."""

    def __init__(self, workspace: Workspace, parent: QWidget) -> None:
        super().__init__("queue", "Queue", "Queue of runs", parent)
        self._workspace = workspace
        self.running = label("", "caption", wrap=True, name="queue.running")
        self.none = label(_NONE, "muted", wrap=True, name="queue.none")
        self.list = QListWidget()
        self.list.setObjectName("queue.list")
        self.list.setAccessibleName("Runs that wait, the next one first")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.installEventFilter(self)
        self.list.itemSelectionChanged.connect(self._tell_buttons)
        self._make_buttons()
        self._lay_out()
        workspace.runner.changed.connect(self.refresh)
        workspace.runner.run_ended.connect(self.refresh)

    def _make_buttons(self) -> None:
        self.up = button("Earlier", "queue.up", lambda: self._move(-1), hint="Alt+Up")
        self.down = button("Later", "queue.down", lambda: self._move(1), hint="Alt+Down")
        self.out = button(
            "Take out", "queue.out", self._take_out, icon="cross", hint="Delete; its set-up stays in the catalog"
        )

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        for tool in (self.up, self.down, self.out):
            row.addWidget(tool)
        row.addStretch(1)
        for part in (self.running, self.none):
            self.column.addWidget(part)
        self.column.addWidget(self.list, 1)
        self.column.addLayout(row)

    @override
    def opened(self) -> None:
        self.refresh()
        (self.list if self._workspace.runner.waiting else self).setFocus()

    @override
    def place(self) -> None:
        home = self.parentWidget().rect()
        least = self.column.totalHeightForWidth(WIDTH)
        rows = self.list.sizeHintForRow(0) * self.list.count() + 8 if self._workspace.runner.waiting else 0
        height = min(
            max(least, least - self.list.minimumSizeHint().height() + rows), 420, home.height() - STRIP - 2 * EDGE
        )
        self.setGeometry(home.width() - WIDTH - EDGE, home.height() - STRIP - EDGE - height, WIDTH, height)

    @Slot()
    def refresh(self) -> None:
        """Show the queue as it is now; the selected run stays selected."""
        if not self.isVisible():
            return
        runner, kept = self._workspace.runner, self.selected
        live = runner.live if runner.current else None
        self.running.setText(f"Now: {words.shortened(live.name, 60)}" if live else "No run in progress.")
        self.list.blockSignals(True)
        self.list.clear()
        for place, run_id in enumerate(runner.waiting):
            self.list.addItem(self._item(place, run_id))
        self.list.blockSignals(False)
        self._select(kept)
        self.none.setVisible(not runner.waiting)
        for part in (self.list, self.up, self.down, self.out):
            part.setVisible(bool(runner.waiting))
        self._tell_buttons()
        self.place()

    def _item(self, place: int, run_id: str) -> QListWidgetItem:
        try:
            record = self._workspace.catalog.run(run_id)
            what = f"{words.method(record.method)} · {words.tasks(record.tasks)}"
            name, told = record.name, f"{what} · seed {record.experiment.seed}"
        except CoreError:  # deleted while it waited: the runner will say so when its turn comes
            name, told = run_id, "no longer in the catalog"
        item = QListWidgetItem(f"{place + 1}.  {words.shortened(name, 60)}\n     {told}")
        item.setData(_Id, run_id)
        item.setToolTip(name)
        return item

    @property
    def selected(self) -> str:
        """Id of the chosen run; "" for none."""
        item = self.list.currentItem()
        return str(item.data(_Id)) if item is not None else ""

    def _select(self, run_id: str) -> None:
        rows = [row for row in range(self.list.count()) if self.list.item(row).data(_Id) == run_id]
        if self.list.count():
            self.list.setCurrentRow(rows[0] if rows else 0)

    @Slot()
    def _tell_buttons(self) -> None:
        row, count = self.list.currentRow(), self.list.count()
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < count - 1)
        self.out.setEnabled(0 <= row < count)

    def _move(self, places: int) -> None:
        if self.selected:
            self._workspace.runner.move(self.selected, places)

    def _take_out(self) -> None:
        """The set-up stays in the catalog as a queued run; Undo puts it at the end of the queue again."""
        run_id = self.selected
        if run_id:
            runner = self._workspace.runner
            name = words.shortened(self.list.currentItem().toolTip(), 40)
            runner.forget(run_id)
            self._workspace.notify(f"“{name}” taken out of the queue", "done", ("Undo", lambda: runner.resume(run_id)))

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the list that it would otherwise use to walk."""
        if watched is self.list and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if alt and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._move(-1 if event.key() == Qt.Key.Key_Up else 1)
        elif event.key() == Qt.Key.Key_Delete:
            self._take_out()
        else:
            return False
        return True
