"""The export dialog: which format, what each is for, and what can be chosen for it."""

from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.models import words
from app.widgets import Button, SpinBox, chooser, label
from app.widgets.described import describe
from core.export.words import PROGRAMS, Wanted

FORMATS = {
    ".safetensors": (
        "Safetensors with a card",
        "{contents}, and a JSON card with network, recipe, scaling, origin and results. "
        "Three lines of Python load it and adapt it to new data.",
    ),
    ".pt": (
        "PyTorch state_dict",
        "The network's tensors alone, under the names of a plain torch.nn module; read it with weights_only=True. "
        "Recipe and meta-parameters beyond the network stay behind.",
    ),
    ".onnx": (
        "ONNX program",
        "Adapts and predicts by itself, with onnxruntime alone: takes a few examples and the inputs to predict, in the units of "
        "the data, and does the inner steps inside.",
    ),
    ".pt2": (
        "PyTorch program",
        "The same as a torch.export program: needs PyTorch, nothing of Headstart.",
    ),
}


_EDGE = 24


class Offer(NamedTuple):
    """What an initialization leaves to choose. steps: of the recipe; ways: classes of a task (None: it predicts numbers);
    components: networks of a mixture (1: there is one)."""

    steps: int = 10
    ways: int | None = None
    components: int = 1

    @classmethod
    def of(cls, card: dict[str, Any]) -> "Offer":
        """From a card, which may be of another version: what is not there is not offered."""
        tasks, method = (part if isinstance(part, dict) else {} for part in (card.get("tasks"), card.get("method")))
        ways = tasks.get("outputs") if tasks.get("task_type") == "classification" else None
        many = method.get("components") if method.get("kind") == "mixture" else 1
        steps = (card.get("adaptation") or {}).get("steps")
        return cls(
            *(value if isinstance(value, int) else usual for value, usual in ((steps, 10), (ways, None), (many, 1)))
        )


class ExportDialog(QDialog):
    """Which format, and what each is for. contents: "6 tensors, 1,761 numbers"."""

    def __init__(self, name: str, contents: str, parent: QWidget, offer: Offer = Offer()) -> None:
        super().__init__(parent)
        self._offer = offer
        self.setObjectName("initialization.export.dialog")
        self.setWindowTitle("Export")
        self.setMinimumWidth(520)
        self._group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(_EDGE, 20, _EDGE, 20)
        column.setSpacing(8)
        column.addWidget(label(f"Export “{words.shortened(name, 48)}”", "heading", wrap=True))
        for suffix, (title, text) in FORMATS.items():
            made = QRadioButton(f"{title} ({suffix})")
            made.setObjectName(f"initialization.export.{suffix[1:]}")
            made.setProperty("suffix", suffix)
            made.setAccessibleName(made.text())
            made.setChecked(suffix == ".safetensors")
            self._group.addButton(made)
            told = label(text.format(contents=contents), "muted", wrap=True)
            made.setAccessibleDescription(told.text())
            told.setContentsMargins(26, 0, 0, 8)
            told.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            column.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
            column.addWidget(told)
        column.addLayout(self._count_row())
        column.addLayout(self._support_row())
        column.addLayout(self._component_row())
        self.readme = QCheckBox("Write a README beside it, with example code that was run")
        self.readme.setObjectName("initialization.export.readme")
        self.readme.setAccessibleName(self.readme.text())
        column.addWidget(self.readme)
        column.addWidget(
            label(
                "The file is read back and checked before it counts as written. A program is run on made-up and real tasks and "
                "compared with Headstart; that takes from seconds to minutes and can be cancelled.", "caption", wrap=True,
            )
        )  # fmt: skip
        column.addLayout(self._buttons())
        self._group.buttonToggled.connect(self._chosen)
        self._chosen()
        describe(self)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        """A dialog's first size knows nothing of how lines wrap."""
        self.setMinimumWidth(max(520, self.readme.sizeHint().width() + 2 * _EDGE))
        for told in self.findChildren(QLabel):
            if told.wordWrap():
                told.setMinimumHeight(told.heightForWidth(self.minimumWidth() - 2 * _EDGE))
        super().showEvent(event)
        self.adjustSize()

    def _count_row(self) -> QHBoxLayout:
        """Numbers of a program; the steps are those of a network that is adapted first, too."""
        self.steps = _spin("steps", "Inner steps of the program", 0, 1000, self._offer.steps)
        self.ways = _spin("ways", "Classes of a task of the program", 2, 1000, max(self._offer.ways or 2, 2))
        row = QHBoxLayout()
        row.addWidget(label("Inner steps", "muted"))
        row.addWidget(self.steps)
        if self._offer.ways is not None:
            row.addSpacing(16)
            row.addWidget(label("Classes of a task", "muted"))
            row.addWidget(self.ways)
        row.addStretch(1)
        return row

    def _support_row(self) -> QHBoxLayout:
        self.support = QLineEdit()
        self.support.setObjectName("initialization.export.support")
        self.support.setAccessibleName("Support set that the network is adapted to first")
        self.support.setPlaceholderText("not adapted")
        self.support.textChanged.connect(self._chosen)
        self._file = Button("File…", "initialization.export.support.file")
        self._file.setAccessibleName("Choose the file of the support set")
        self._file.clicked.connect(self._choose_file)
        self._folder = Button("Folder…", "initialization.export.support.folder")
        self._folder.setAccessibleName("Choose the folder of the support set")
        self._folder.clicked.connect(self._choose_folder)
        row = QHBoxLayout()
        row.addWidget(label("Adapted first to", "muted"))
        for widget in (self.support, self._file, self._folder):
            row.addWidget(widget)
        return row

    def _component_row(self) -> QHBoxLayout:
        networks = {number: f"Network {number}" for number in range(1, self._offer.components + 1)}
        self.component = chooser(
            "initialization.export.component", "Which network of the mixture", {None: "The one most used"} | networks
        )
        row = QHBoxLayout()
        if self._offer.components > 1:
            row.addWidget(label("Of the mixture", "muted"))
            row.addWidget(self.component)
            row.addStretch(1)
        return row

    @Slot()
    def _choose_file(self) -> None:
        kinds = "Tables and arrays (*.csv *.tsv *.parquet *.xlsx *.npz);;Archives of pictures (*.zip *.tar *.tar.gz);;All files (*)"
        text, _ = QFileDialog.getOpenFileName(self, "Support set", str(Path.home()), kinds)
        if text:
            self.support.setText(text)

    @Slot()
    def _choose_folder(self) -> None:
        """Pictures lie in a folder for each class."""
        text = QFileDialog.getExistingDirectory(self, "Support set", str(Path.home()))
        if text:
            self.support.setText(text)

    @Slot()
    def _chosen(self, *_: Any) -> None:
        """Only what the format takes can be set."""
        program, plain = self.suffix in PROGRAMS, self.suffix == ".pt"
        adapted = plain and bool(self.support.text().strip())
        self.steps.setEnabled(program or adapted)
        self.ways.setEnabled(program)
        for widget in (self.support, self._file, self._folder):
            widget.setEnabled(plain)
        self.component.setEnabled(plain and not adapted)

    def wanted(self) -> Wanted:
        program, support = self.suffix in PROGRAMS, self.support.text().strip()
        adapted = self.suffix == ".pt" and bool(support)
        return Wanted(
            component=self.component.currentData() if self.component.isEnabled() else None,
            steps=self.steps.value() if program or adapted else None,
            ways=self.ways.value() if program and self._offer.ways is not None else None,
            support=Path(support).expanduser() if adapted else None,
            readme=self.readme.isChecked(),
        )

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        cancel = Button("Cancel", "initialization.export.cancel")
        cancel.clicked.connect(self.reject)
        write = Button("Choose a file…", "initialization.export.write", role="primary")
        write.clicked.connect(self.accept)
        row.addWidget(cancel)
        row.addWidget(write)
        return row

    @property
    def suffix(self) -> str:
        return str(self._group.checkedButton().property("suffix"))


def _spin(name: str, title: str, low: int, high: int, value: int) -> SpinBox:
    made = SpinBox()
    made.setObjectName(f"initialization.export.{name}")
    made.setAccessibleName(title)
    made.setRange(low, high)
    made.setValue(value)
    return made
