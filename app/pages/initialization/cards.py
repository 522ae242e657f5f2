"""The page's parts: origin, results, file, code, curve, tensors."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QPlainTextEdit, QTableView

from app.models import words
from app.models.tensors import TensorRow, TensorsModel
from app.models.worth import WorthShown
from app.pages.delegates import PointDelegate
from app.plots.curve import Curve
from app.plots.reference import ReferencePlot
from app.services.theme import Theme
from app.widgets import Button, Card, IconButton, KeyValueTable, WorthTable, chooser, label
from core.storage.records import InitializationRecord


class PairsCard(Card):
    """A heading and pairs of words; hidden where there are none."""

    def __init__(self, title: str, name: str) -> None:
        super().__init__(title, name=name)
        self.table = KeyValueTable(name=f"{name}.table")
        self.add(self.table)

    def set_pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.table.set_rows(pairs)
        self.setVisible(bool(pairs))


class FileCard(Card):
    """Path, size and checksum; `verify_wanted` asks for the check, `tell` shows what came of it."""

    verify_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("File", name="initialization.file")
        self.table = KeyValueTable(name="initialization.file.table")
        self.add(self.table)
        self.verify_button = Button("Verify checksum", "initialization.verify", icon="check")
        self.verify_button.clicked.connect(self.verify_wanted)
        self.result = label("", "muted", wrap=True, name="initialization.verify.result")
        self.add_row(self.verify_button)
        self.add(self.result)

    def show_record(self, record: InitializationRecord) -> None:
        grouped = " ".join(record.sha256[at : at + 16] for at in range(0, len(record.sha256), 16))
        self.table.set_rows(
            [("Path", str(record.path)), ("Size", words.size(record.bytes)), ("SHA-256", grouped), ("Id", record.id)]
        )
        self.verify_button.setEnabled(record.present)
        self.tell("", "muted")

    def tell(self, text: str, role: str) -> None:
        """role: good or bad."""
        from app.widgets import restyle

        self.result.setText(text)
        self.result.setVisible(bool(text))
        restyle(self.result, role=role)


class CodeCard(Card):
    """The lines that use the file; `copy_wanted` by the button."""

    copy_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__("Use it in Python", name="initialization.code")
        self._theme = theme
        self.text = QPlainTextEdit()
        self.text.setObjectName("initialization.code.text")
        self.text.setAccessibleName("Loading code")
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.copy_button = Button("Copy loading code", "initialization.copy", icon="copy")
        self.copy_button.clicked.connect(self.copy_wanted)
        self.add(self.text)
        self.add_row(self.copy_button)
        theme.changed.connect(self._restyle)
        self._restyle()

    @Slot()
    def _restyle(self) -> None:
        self.text.setFont(self._theme.font("mono"))
        self.text.setFixedHeight(self.text.fontMetrics().lineSpacing() * 3 + 36)

    def set_code(self, code: str) -> None:
        self.text.setPlainText(code.rstrip())


class CurveCard(Card):
    """Adaptation on the fixed test tasks beside a random start. `metric_chosen`: "loss" or "accuracy"."""

    metric_chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__("Adaptation", name="initialization.adaptation")
        self.body.setContentsMargins(16, 10, 16, 16)  # tools make its heading higher than those of the cards beside it
        self.plot = ReferencePlot(
            theme, "inner step", "query loss", name="initialization.curve", x_kind="whole",
            about="Adaptation of this initialization on the fixed test tasks",
        )  # fmt: skip
        self.plot.setFixedHeight(270)
        self.measure = chooser("initialization.metric", "Measured as", {"accuracy": "Accuracy", "loss": "Loss"})
        self.measure.currentIndexChanged.connect(lambda: self.metric_chosen.emit(self.measure.currentData()))
        self.table = IconButton("table", "View as table", "initialization.curve.table", size=16)
        self.table.clicked.connect(self.plot.open_table)
        self.note = label("", "caption", wrap=True, name="initialization.curve.note")
        row = QHBoxLayout()
        self.body.removeWidget(self.title_label)
        row.addWidget(self.title_label)
        row.addStretch(1)
        row.addWidget(self.measure)
        row.addWidget(self.table)
        self.body.insertLayout(0, row)
        self.add(self.plot)
        self.add(self.note)

    def show_curves(self, curves: Sequence[Curve], metric: str, note: str) -> None:
        self.plot.setVisible(bool(curves))
        self.table.setVisible(bool(curves))
        self.plot.set_labels("inner step", "query accuracy (%)" if metric == "accuracy" else "query loss", "whole")
        self.plot.set_curves(curves)
        self.plot.reset()
        self.note.setText(note)


class WorthCard(Card):
    """What one would otherwise do, on the same test tasks; hidden where it was not measured."""

    def __init__(self) -> None:
        super().__init__("Worth it?", name="initialization.worth.card")
        self.table = WorthTable("initialization.worth")
        self.add(self.table)

    def set_worth(self, told: WorthShown | None) -> None:
        self.setVisible(told is not None)
        if told is not None:
            self.table.set_rows(told.sentence, told.heads, told.rows)
            self.table.fit()


class TensorsCard(Card):
    """Name, shape, role, mean and standard deviation of every tensor."""

    def __init__(self) -> None:
        super().__init__("Tensors", name="initialization.tensors")
        self.model = TensorsModel(self)
        self.view = QTableView()
        self.view.setObjectName("initialization.tensors.table")
        self.view.setAccessibleName("Tensors of the file")
        self.view.setModel(self.model)
        self.view.setShowGrid(False)
        self.view.setWordWrap(False)
        self.view.setTabKeyNavigation(False)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(28)
        self.view.setSortingEnabled(True)
        self.view.horizontalHeader().setSortIndicator(-1, self.view.horizontalHeader().sortIndicatorOrder())
        self.view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self._points = PointDelegate(self.view)
        for place, column in enumerate(self.model.columns):
            self.view.setColumnWidth(place, column.width)
            if column.pointed:
                self.view.setItemDelegateForColumn(place, self._points)
        self.view.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.add(self.view)

    def set_tensors(self, tensors: Sequence[TensorRow]) -> None:
        self.model.update_records(tensors)
        numbers = sum(row.count for row in tensors)
        self.set_title(f"Tensors: {len(tensors)}, {words.count(numbers)} numbers" if tensors else "Tensors")
        self.view.setVisible(bool(tensors))
        self.view.setFixedHeight(min(12, len(tensors)) * 28 + 54)
