"""The settings page. What decides a run stands in Set up; here is only what concerns the window."""

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget
from typing_extensions import override

from app.models import words
from app.services.background import Handle, run_in_background
from app.widgets import Button, Card, KeyValueTable, Page, align, chooser, label
from app.workspace import Workspace

from .facts import Use, folder_use, versions

_THEMES = (("system", "Follow the system"), ("light", "Light"), ("dark", "Dark"), ("contrast", "High contrast"))
_SCALES = ((0.9, "Small"), (1.0, "Normal"), (1.15, "Large"), (1.3, "Very large"))

_COLUMN = 46
"""Width of a column, in sizes of the text, from which on two stand beside one another."""


class SettingsPage(Page):
    title = "Settings"

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__("Settings", parent=parent, scroll=True)
        self.setObjectName("settings")
        self._workspace = workspace
        self._handle: Handle | None = None
        self._columns = (self._column(self._look(), self._folder()), self._column(self._device(), self._about()))
        self._across = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._across.setSpacing(self.body.spacing())
        for one in self._columns:
            self._across.addWidget(one, 1)
        self.body.addLayout(self._across)
        self.body.addStretch(1)
        workspace.settings.changed.connect(self._setting_changed)
        workspace.device_changed.connect(self._show_device)
        workspace.theme.changed.connect(self._show_theme)
        workspace.runner.changed.connect(self._show_folder_button)
        self._show_theme()
        self._show_device()

    def _column(self, *cards: Card) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.body.spacing())
        for card in cards:
            column.addWidget(card)
        column.addStretch(1)
        return made

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Two columns where each is wide enough to read, else one below the other."""
        super().resizeEvent(event)
        two = self.width() >= 2 * _COLUMN * self._workspace.theme.size("body")
        way = QBoxLayout.Direction.LeftToRight if two else QBoxLayout.Direction.TopToBottom
        if self._across.direction() != way:
            self._across.setDirection(way)

    def _look(self) -> Card:
        card = Card("Look", name="settings.look")
        self._themes = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(16)
        for choice, title in _THEMES:
            made = QRadioButton(title)
            made.setObjectName(f"settings.theme.{choice}")
            made.setAccessibleName(f"Theme: {title}")
            made.setProperty("choice", choice)
            self._themes.addButton(made)
            row.addWidget(made)
        row.addStretch(1)
        self._themes.buttonClicked.connect(self._theme_chosen)
        card.body.addLayout(row)
        self.scale = chooser("settings.scale", "Text size", dict(_SCALES))
        self.scale.activated.connect(self._scale_chosen)
        card.add_row(label("Text size"), self.scale)
        return card

    def _folder(self) -> Card:
        card = Card(
            "Data folder", "Runs, initializations, downloads and these settings. One program writes to it at a time.",
            name="settings.folder",
        )  # fmt: skip
        self.folder = KeyValueTable([("Folder", str(self._workspace.folder))], name="settings.folder.table")
        card.add(self.folder)
        self.show_button = Button("Show in file manager", "settings.folder.show", icon="folder")
        self.show_button.clicked.connect(self._show_folder)
        self.change_button = Button("Change…", "settings.folder.change", icon="edit")
        self.change_button.clicked.connect(self._change_folder)
        card.add_row(self.show_button, self.change_button)
        self.folder_note = label("", "muted", wrap=True, name="settings.folder.note")
        card.add(self.folder_note)
        return card

    def _device(self) -> Card:
        card = Card("Device", name="settings.device")
        self.device = KeyValueTable(name="settings.device.table")
        card.add(self.device)
        card.add(label("Which device a run uses is a setting of the run: Set up, step Budget.", "caption", wrap=True))
        return card

    def _about(self) -> Card:
        card = Card("About", name="settings.about")
        self.about = KeyValueTable(versions(), name="settings.about.table")
        card.add(self.about)
        return card

    @override
    def open(self, argument: str) -> None:
        self._measure()
        self._show_folder_button()
        self._themes.checkedButton().setFocus()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self._measure)

    @Slot()
    def _measure(self) -> None:
        """How much the folder holds, in the background."""
        if self._handle is None:
            folder = self._workspace.folder
            self._handle = run_in_background(lambda: folder_use(folder), self._measured, self._not_measured)

    @Slot(Use)
    def _measured(self, use: Use) -> None:
        self._handle = None
        self.folder.set_rows(
            [
                ("Folder", str(self._workspace.folder)),
                ("Holds", f"{words.size(use.bytes)} in {words.counted(use.files, 'file')}"),
                ("Free on this disk", words.size(use.free)),
            ]
        )
        align([self.folder, self.device, self.about])

    @Slot(str)
    def _not_measured(self, sentence: str) -> None:
        self._handle = None
        self.folder.set_rows([("Folder", str(self._workspace.folder)), ("Holds", sentence)])

    @Slot()
    def _show_theme(self) -> None:
        choice = str(self._workspace.settings.get("theme"))
        for made in self._themes.buttons():
            made.setChecked(made.property("choice") == choice)
        scale = float(self._workspace.settings.get("text_scale"))
        nearest = min(range(len(_SCALES)), key=lambda place: abs(_SCALES[place][0] - scale))
        self.scale.setCurrentIndex(nearest)

    @Slot()
    def _theme_chosen(self) -> None:
        self._choose(str(self._themes.checkedButton().property("choice")), float(self.scale.currentData()))

    @Slot()
    def _scale_chosen(self) -> None:
        self._choose(str(self._workspace.settings.get("theme")), float(self.scale.currentData()))

    def _choose(self, theme: str, scale: float) -> None:
        self._workspace.settings.set("theme", theme)
        self._workspace.settings.set("text_scale", scale)
        self._workspace.theme.choose(theme, scale)

    @Slot(str)
    def _setting_changed(self, key: str) -> None:
        if key in ("theme", "text_scale"):
            self._show_theme()

    @Slot()
    def _show_device(self) -> None:
        device = self._workspace.device
        if device is None:
            self.device.set_rows([("Device", "Looking for devices …")])
            return
        self.device.set_rows([("Device", device.name), ("GPU", device.why), ("PyTorch", device.torch)])
        align([self.folder, self.device, self.about])

    @Slot()
    def _show_folder_button(self) -> None:
        busy = self._workspace.runner.current is not None
        self.change_button.setEnabled(not busy)
        self.folder_note.setText("The folder can be changed once no run is in progress." if busy else "")
        self.folder_note.setVisible(busy)

    @Slot()
    def _show_folder(self) -> None:
        self._workspace.actions.find("folder.show").trigger()

    @Slot()
    def _change_folder(self) -> None:
        self._workspace.actions.find("folder.change").trigger()
