"""One small dialog for all that leaves Compare: what, in which format, how large, with which legend."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.services.settings import Settings
from app.widgets import Button, DoubleSpinBox, chooser, label
from app.widgets.described import describe
from core.analysis.figures import LEGENDS

from .offers import Offer, Shape

_INCH = 2.54
_FIGURES = {".pdf": "PDF", ".svg": "SVG", ".png": "PNG, 300 dots per inch"}
_TEXTS = {".csv": "CSV", ".md": "Markdown", ".tex": "LaTeX"}
_SIZES = {"column": ("One column", 8.5, 6.0), "wide": ("Two columns", 17.5, 8.5), "half": ("Text width", 15.2, 9.6)}
"""Widths in cm that journals ask for."""
_LEGEND, _SIZE = "compare.export.legend", "compare.export.size"


class ExportDialog(QDialog):
    """Which of the offers, in which format, how large; size and legend are remembered."""

    def __init__(self, choices: Sequence[Offer], first: str, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._settings = settings
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
            column.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
        self._group.buttonToggled.connect(self._offer_changed)
        column.addSpacing(8)
        column.addLayout(self._form())
        column.addSpacing(8)
        column.addLayout(self._buttons())
        self._offer_changed()
        describe(self)

    def _form(self) -> QFormLayout:
        self.format = chooser("compare.export.format", "Format")
        width, height = self._kept_size()
        self.width_box, self.height_box = _centimetres("width", width), _centimetres("height", height)
        self.size_box = chooser("compare.export.sizes", "Size for a journal", {k: v[0] for k, v in _SIZES.items()})
        self.size_box.addItem("Own size", "")
        self.size_box.setMinimumContentsLength(13)  # whole beside the two numbers
        self.size_box.setCurrentIndex(self.size_box.findData(_named(width, height)))
        self.size_box.activated.connect(self._size_chosen)
        for box in (self.width_box, self.height_box):
            box.valueChanged.connect(self._size_typed)
        self.legend = chooser(_LEGEND, "Legend", LEGENDS)
        self.legend.setCurrentIndex(max(0, self.legend.findData(self._settings.get(_LEGEND, "inside"))))
        size = QHBoxLayout()
        size.addWidget(self.size_box)
        size.addWidget(self.width_box)
        size.addWidget(label("×", "muted"))
        size.addWidget(self.height_box)
        form = QFormLayout()
        form.addRow("Format", self.format)
        form.addRow("Size", size)
        form.addRow("Legend", self.legend)
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
    def shape(self) -> Shape:
        return Shape((self.width_box.value() / _INCH, self.height_box.value() / _INCH), str(self.legend.currentData()))

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
        for box in (self.width_box, self.height_box, self.size_box, self.legend):
            box.setEnabled(kind == "figure")

    @override
    def accept(self) -> None:
        self._settings.set(_SIZE, [self.width_box.value(), self.height_box.value()])
        self._settings.set(_LEGEND, self.legend.currentData())
        super().accept()

    def _kept_size(self) -> tuple[float, float]:
        kept = self._settings.get(_SIZE, [])
        if isinstance(kept, list) and len(kept) == 2 and all(isinstance(side, int | float) for side in kept):
            return float(kept[0]), float(kept[1])
        return _SIZES["half"][1:]

    @Slot()
    def _size_chosen(self) -> None:
        if key := self.size_box.currentData():
            for box, side in zip((self.width_box, self.height_box), _SIZES[key][1:], strict=True):
                box.blockSignals(True)
                box.setValue(side)
                box.blockSignals(False)

    @Slot()
    def _size_typed(self) -> None:
        self.size_box.setCurrentIndex(self.size_box.findData(_named(self.width_box.value(), self.height_box.value())))


def _named(width: float, height: float) -> str:
    """The journal's size that these are; "" for an own one."""
    return next((key for key, (_, *sides) in _SIZES.items() if sides == [width, height]), "")


def _centimetres(what: str, value: float) -> DoubleSpinBox:
    box = DoubleSpinBox()
    box.setObjectName(f"compare.export.{what}")
    box.setAccessibleName(what.capitalize())
    box.setRange(4.0, 60.0)
    box.setDecimals(1)
    box.setSuffix(" cm")
    box.setValue(value)
    return box
