"""What leaves Compare: figures and tables, chosen in one small dialog, written in the background."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.plots.curve import Curve
from app.plots.reference import REFERENCE
from app.plots.table import Table, as_csv
from app.widgets import Button, label
from core.analysis.figures import Line, Look, adaptation_figure, curves_figure
from core.analysis.tables import FORMATS as TABLES

_INCH = 2.54
_FIGURES = {".pdf": "PDF", ".svg": "SVG", ".png": "PNG, 300 dots per inch"}
_TEXTS = {".csv": "CSV", ".md": "Markdown", ".tex": "LaTeX"}


@dataclass(frozen=True)
class Drawn:
    """A plot as it stands: its curves, the words of its axes (keys of core.analysis.labels), scale and note."""

    curves: Sequence[Curve]
    x: str
    y: str
    log: bool
    note: str
    smoothing: float = 0.0


@dataclass(frozen=True)
class Offer:
    """kind: figure, numbers or table; write: called off the GUI thread with path and size in inches."""

    key: str
    title: str
    kind: str
    file_name: str
    write: Callable[[Path, tuple[float, float]], Path]


def offers(
    curves: Drawn, adaptation: Drawn, drawn: Table, results: tuple[list[str], list[list[str]]],
    settings: tuple[list[str], list[list[str]]],
) -> list[Offer]:  # fmt: skip
    """All that can be written of what is shown now."""
    return [
        Offer("curves", "Figure: curves", "figure", "curves", lambda path, size: figure(path, curves, size)),
        Offer(
            "adaptation",
            "Figure: adaptation",
            "figure",
            "adaptation",
            lambda path, size: figure(path, adaptation, size),
        ),
        Offer("numbers", "Numbers that are drawn", "numbers", "curves", lambda path, size: text(path, as_csv(drawn))),
        Offer(
            "results", "Table: results beside the baseline", "table", "results", lambda path, size: table(path, results)
        ),
        Offer("settings", "Table: settings that differ", "table", "settings", lambda path, size: table(path, settings)),
    ]


def figure(path: Path, drawn: Drawn, size: tuple[float, float]) -> Path:
    """By matplotlib, from the curves that the plot shows."""
    from core.analysis.smoothing import smooth

    look = Look(x=drawn.x, y=drawn.y, log=drawn.log, size=size, dpi=300, note=drawn.note)
    scale = 0.01 if drawn.y == "accuracy" else 1.0  # plots hold per cent, figures take shares
    lines = [
        _line(curve, scale, lambda y: smooth(y, drawn.smoothing)) for curve in drawn.curves if curve.key != REFERENCE
    ]
    reference = next((_line(c, scale, lambda y: y) for c in drawn.curves if c.key == REFERENCE), None)
    if drawn.x == "inner_step":
        return adaptation_figure(path, lines, reference, look)
    return curves_figure(path, lines, look)


def _line(curve: Curve, scale: float, smoothed: Callable[..., object]) -> Line:
    y = smoothed(curve.y) if curve.smoothed else curve.y
    low, high = (None, None) if curve.band is None else (scale * curve.band[0], scale * curve.band[1])
    return Line(curve.name, curve.x, scale * y, low, high, curve.series)  # type: ignore[operator]


def table(path: Path, content: tuple[list[str], list[list[str]]]) -> Path:
    write = TABLES.get(path.suffix.lower(), TABLES[".csv"])
    return text(path, write(*content))


def text(path: Path, content: str) -> Path:
    from core.storage.files import atomic_write

    atomic_write(path, content.encode())
    return path


class ExportDialog(QDialog):
    """Which of the offers, in which format, how large."""

    def __init__(self, choices: Sequence[Offer], first: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("compare.export.dialog")
        self.setWindowTitle("Export")
        self._offers = {offer.key: offer for offer in choices}
        self._group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(8)
        column.addWidget(label("Export", "heading"))
        for offer in choices:
            made = QRadioButton(offer.title)
            made.setObjectName(f"compare.export.{offer.key}")
            made.setAccessibleName(offer.title)
            made.setChecked(offer.key == first)
            self._group.addButton(made)
            column.addWidget(made)
        self._group.buttonToggled.connect(self._offer_changed)
        column.addSpacing(8)
        column.addLayout(self._form())
        column.addSpacing(8)
        column.addLayout(self._buttons())
        self._offer_changed()

    def _form(self) -> QFormLayout:
        self.format = QComboBox()
        self.format.setObjectName("compare.export.format")
        self.format.setAccessibleName("Format")
        self.width_box, self.height_box = _centimetres("width", 15.2), _centimetres("height", 9.6)
        size = QHBoxLayout()
        size.addWidget(self.width_box)
        size.addWidget(label("×", "muted"))
        size.addWidget(self.height_box)
        form = QFormLayout()
        form.addRow("Format", self.format)
        form.addRow("Size", size)
        return form

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        cancel = Button("Cancel", "compare.export.cancel")
        cancel.clicked.connect(self.reject)
        self.write_button = Button("Export…", "compare.export.write", role="primary")
        self.write_button.clicked.connect(self.accept)
        row.addWidget(cancel)
        row.addWidget(self.write_button)
        return row

    @property
    def offer(self) -> Offer:
        chosen = self._group.checkedButton()
        key = chosen.objectName().removeprefix("compare.export.") if chosen else next(iter(self._offers))
        return self._offers[key]

    @property
    def size_in_inches(self) -> tuple[float, float]:
        return self.width_box.value() / _INCH, self.height_box.value() / _INCH

    @property
    def suffix(self) -> str:
        return str(self.format.currentData())

    @Slot()
    def _offer_changed(self) -> None:
        kind = self.offer.kind
        options = {"figure": _FIGURES, "numbers": {".csv": "CSV"}, "table": _TEXTS}[kind]
        if [self.format.itemData(place) for place in range(self.format.count())] != list(options):
            self.format.clear()
            for suffix, title in options.items():
                self.format.addItem(title, suffix)
        for box in (self.width_box, self.height_box):
            box.setEnabled(kind == "figure")


def _centimetres(what: str, value: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setObjectName(f"compare.export.{what}")
    box.setAccessibleName(what.capitalize())
    box.setRange(4.0, 60.0)
    box.setDecimals(1)
    box.setSuffix(" cm")
    box.setValue(value)
    return box
