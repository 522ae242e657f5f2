"""Where the task comes from: a sampled one, points of one's own, or files; and what belongs to each."""

from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.forms.segments import Segments
from app.pages.tryit.sources import Drawn, Files, Sampled, Source
from app.widgets import Button, DoubleSpinBox, ElidedLabel, IconButton, SpinBox, label

SAMPLED, DRAWN, FILES = "sampled", "drawn", "files"
_TABLES = "Tables (*.csv *.tsv *.txt *.parquet *.xlsx *.xls);;All files (*)"


class SourceBar(QWidget):
    """`taken`: another source; `kind_chosen`: by the segments, before there is a task of that kind."""

    taken = Signal(object)
    kind_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("tryit.source")
        self._seed = 0
        self._drawn = Drawn()
        self._pictures = False
        self.support: Path | None = None
        self.query: Path | None = None
        self._kinds = Segments([(SAMPLED, "Sampled task"), (DRAWN, "Own points"), (FILES, "Own files")])
        self._kinds.setObjectName("tryit.kind")
        self._kinds.setAccessibleName("Where the task comes from")
        self._kinds.name_parts()
        self._kinds.edited.connect(self.choose)
        self._parts = QStackedWidget()
        for part in (self._make_sampled(), self._make_drawn(), self._make_files()):
            self._parts.addWidget(part)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self._kinds)
        row.addWidget(self._parts, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        self._show(SAMPLED)

    def _make_sampled(self) -> QWidget:
        self.sample = Button("New sample", "tryit.sample", icon="refresh")
        self.sample.setToolTip("Another task of the kind that was learned (R)")
        self.sample.clicked.connect(self.sample_again)
        self.about = ElidedLabel("", "muted")
        self.about.setObjectName("tryit.about")
        return _row(self.sample, (self.about, 1))

    def _make_drawn(self) -> QWidget:
        self.x, self.y = (_number(f"tryit.point.{axis}", f"{axis} of the new point") for axis in "xy")
        self.add = Button("Add", "tryit.point.add", icon="plus")
        self.add.setAccessibleName("Add the point")
        self.add.setToolTip("Add a support point. In the plot: click; Shift and click adds a query point")
        self.add.clicked.connect(self._add)
        self.undo = IconButton("undo", "Remove the last point", "tryit.point.undo")
        self.undo.setToolTip("Take the last support point away. In the plot: click on a point")
        self.undo.clicked.connect(self._remove_last)
        self.clear = IconButton("trash", "Take all points away", "tryit.point.clear")
        self.clear.clicked.connect(self._clear)
        return _row(label("x", "muted"), self.x, label("y", "muted"), self.y, self.add, self.undo, self.clear)

    def _make_files(self) -> QWidget:
        self.support_button = Button("Support…", "tryit.files.support", icon="folder")
        self.support_button.clicked.connect(self.ask_support)
        self.query_button = Button("Query…", "tryit.files.query", icon="folder")
        self.query_button.clicked.connect(self.ask_query)
        self.shots = SpinBox()
        self.shots.setObjectName("tryit.files.shots")
        self.shots.setAccessibleName("Known examples used as support")
        self.shots.setRange(1, 100_000)
        self.shots.setKeyboardTracking(False)
        self.shots.setPrefix("first ")
        self.shots.setToolTip(
            "Without a query file: so many known examples (of each class) are support, the others asked for"
        )
        self.shots.valueChanged.connect(self._take_files)
        self.names = ElidedLabel("", "muted")
        self.names.setObjectName("tryit.files.names")
        return _row(self.support_button, self.query_button, self.shots, (self.names, 1))

    def fit(self, *, line: bool, pictures: bool, shots: int, span: tuple[float, float]) -> None:
        """What the start takes: points only where there is one input and one target; span: of x."""
        self._pictures = pictures
        for button, shown in zip(self._kinds.buttons(), (True, line, True), strict=True):
            button.setVisible(shown)
        self._kinds.buttons()[2].setText("Own pictures" if pictures else "Own table")
        hints = ("A folder per class", "A folder of pictures to classify") if pictures else (
            "A table with the columns of training and the target", "A table of the rows to predict"
        )  # fmt: skip
        self.support_button.setToolTip(hints[0])
        self.query_button.setToolTip(f"{hints[1]}; without it the examples of the support file are divided")
        self.shots.blockSignals(True)
        self.shots.setValue(shots)
        self.shots.setSuffix(" of each class" if pictures else " rows")
        self.shots.blockSignals(False)
        step = max(1e-3, (span[1] - span[0]) / 20)
        for box in (self.x, self.y):
            box.setSingleStep(step)

    def show_source(self, source: Source, about: str = "") -> None:
        """As it is being tried; about: of a sampled task, its name."""
        if isinstance(source, Sampled):
            self._seed = source.seed
            self.about.setText(f"seed {source.seed} · {about}" if about else f"seed {source.seed}")
            self._show(SAMPLED)
        elif isinstance(source, Drawn):
            self._drawn = source
            self._show(DRAWN)
        else:
            self._show(FILES)
        self.undo.setEnabled(len(self._drawn.support) > 0)
        self.clear.setEnabled(len(self._drawn.support) + len(self._drawn.query) > 0)

    @property
    def kind(self) -> str:
        return (SAMPLED, DRAWN, FILES)[self._parts.currentIndex()]

    def set_points(self, drawn: Drawn) -> None:
        """The points to go on from, when a person begins to set some; a new one is typed near them."""
        self._drawn = drawn
        if len(drawn.support):
            for box, value in zip((self.x, self.y), drawn.support.mean(axis=0), strict=True):
                box.setValue(float(value))

    def forget_files(self) -> None:
        self.support = self.query = None
        self._tell_files()

    @Slot(object)
    def choose(self, kind: str) -> None:
        """As a click on the segment: the last task of that kind, or, of files, what to name first."""
        self._show(kind)
        self.kind_chosen.emit(kind)
        if kind == SAMPLED:
            self.taken.emit(Sampled(self._seed))
        elif kind == DRAWN:
            self.taken.emit(self._drawn)
        elif self.support is not None:
            self._take_files()

    @Slot()
    def sample_again(self) -> None:
        self.taken.emit(Sampled(self._seed + 1))

    @Slot()
    def ask_support(self) -> None:
        if (path := self._ask("Known examples")) is not None:
            self.set_files(path, self.query)

    @Slot()
    def ask_query(self) -> None:
        if (path := self._ask("What is to be predicted")) is not None:
            self.set_files(self.support, path)

    def set_files(self, support: Path | None, query: Path | None) -> None:
        """By dialog or drop."""
        self.support, self.query = support, query
        self._show(FILES)
        self._tell_files()
        self.kind_chosen.emit(FILES)
        self._take_files()

    def drop(self, paths: list[Path]) -> None:
        """Two at once are support and query in their order (or as they are called); one is what is missing first."""
        if len(paths) >= 2:
            first, second = paths[:2]
            swapped = "query" in first.name.casefold() or "support" in second.name.casefold()
            self.set_files(*((second, first) if swapped else (first, second)))
        elif self.support is None or self.query is not None:
            self.set_files(paths[0], None)
        else:
            self.set_files(self.support, paths[0])

    @Slot()
    def _take_files(self) -> None:
        self._tell_files()
        if self.support is not None:
            self.taken.emit(Files(self.support, self.query, self.shots.value()))

    def _tell_files(self) -> None:
        names = [path.name for path in (self.support, self.query) if path is not None]
        self.names.setText(" → ".join(names) if names else "or drop them here")
        self.shots.setVisible(self.query is None)

    def _ask(self, title: str) -> Path | None:
        begin = str((self.support or Path.home()).parent if self.support else Path.home())
        if self._pictures:
            found = QFileDialog.getExistingDirectory(self, title, begin)
        else:
            found = QFileDialog.getOpenFileName(self, title, begin, _TABLES)[0]
        return Path(found) if found else None

    @Slot()
    def _add(self) -> None:
        self.taken.emit(self._drawn.with_point(self.x.value(), self.y.value()))

    @Slot()
    def _remove_last(self) -> None:
        if len(self._drawn.support):
            self.taken.emit(self._drawn.without_support(len(self._drawn.support) - 1))

    @Slot()
    def _clear(self) -> None:
        self.taken.emit(Drawn())

    def _show(self, kind: str) -> None:
        self._kinds.set_value(kind)
        chosen = (SAMPLED, DRAWN, FILES).index(kind)
        for at in range(self._parts.count()):  # a row that is not shown must not make the page wide
            across = QSizePolicy.Policy.Preferred if at == chosen else QSizePolicy.Policy.Ignored
            self._parts.widget(at).setSizePolicy(across, QSizePolicy.Policy.Preferred)
        self._parts.setCurrentIndex(chosen)
        self._tell_files()


def _number(name: str, spoken: str) -> DoubleSpinBox:
    made = DoubleSpinBox()
    made.setObjectName(name)
    made.setAccessibleName(spoken)
    made.setRange(-1e9, 1e9)
    made.setDecimals(3)
    made.setMinimumWidth(76)
    return made


def _row(*parts: QWidget | tuple[QWidget, int]) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    stretched = False
    for part in parts:
        widget, stretch = part if isinstance(part, tuple) else (part, 0)
        stretched = stretched or stretch > 0
        row.addWidget(widget, stretch)
    if not stretched:
        row.addStretch(1)
    return holder
