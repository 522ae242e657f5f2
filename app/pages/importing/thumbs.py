"""A few pictures of the first classes, as the network will see them."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.forms.look import space
from app.plots.pictures import image
from app.widgets import label
from core.data.inspection import SAMPLES_EACH, Sample

SIDE, NAME_WIDTH, ACROSS = 40, 108, 2


class Thumbs(QWidget):
    """A row of pictures a class, two classes beside each other; hidden where there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("importing.thumbs")
        self._rows = QWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space(1))
        self._title = label("As the network will see them", "muted")
        column.addWidget(self._title)
        column.addWidget(self._rows)
        self.hide()

    def show_samples(self, samples: Sequence[Sample], classes: int) -> None:
        """classes: how many there are in all."""
        fresh = QWidget()
        grid = QGridLayout(fresh)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(space(6))
        grid.setVerticalSpacing(space(1))
        metrics = self._title.fontMetrics()
        widest = max((metrics.horizontalAdvance(sample.name) for sample in samples), default=0) + space(2)
        for at, sample in enumerate(samples):
            grid.addWidget(_row(sample, min(NAME_WIDTH, widest)), at // ACROSS, at % ACROSS)
        grid.setColumnStretch(ACROSS, 1)
        self.layout().replaceWidget(self._rows, fresh)
        self._rows.deleteLater()
        self._rows = fresh
        more = f", {len(samples)} of {classes:,}" if classes > len(samples) else ""
        self._title.setText(f"As the network will see them{more}")
        self.setAccessibleName(f"Pictures of {len(samples)} classes as the network will see them")
        self.setVisible(bool(samples))


def _row(sample: Sample, wide: int) -> QWidget:
    """wide: pixels of the name."""
    made = QWidget()
    across = QHBoxLayout(made)
    across.setContentsMargins(0, 0, 0, 0)
    across.setSpacing(space(1))
    name = label("", "caption")
    name.setFixedWidth(wide)
    name.setText(name.fontMetrics().elidedText(sample.name, Qt.TextElideMode.ElideMiddle, wide - space(1)))
    name.setToolTip(sample.name)
    name.setAccessibleName(sample.name)
    across.addWidget(name)
    for number in range(SAMPLES_EACH):
        across.addWidget(_picture(sample, number))
    across.addStretch(1)
    return made


def _picture(sample: Sample, number: int) -> QLabel:
    """An empty place where a class has fewer."""
    made = QLabel()
    made.setFixedSize(QSize(SIDE, SIDE))
    if number < len(sample.pixels):
        grown = QPixmap.fromImage(image(sample.pixels[number])).scaled(
            SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        made.setPixmap(grown)
        made.setObjectName(f"importing.thumb.{sample.name}.{number}")
        made.setAccessibleName(f"{sample.name}, picture {number + 1} of {len(sample.pixels)}")
    return made
