"""The button with the saved views: choose one, save what is shown, delete one."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QMenu

from app.models import words
from app.models.views import View, forget, saved
from app.services.settings import Settings
from app.widgets import Button


class ViewsButton(Button):
    """`chosen`: a view to show; `save_wanted`: the person asked to save what is shown."""

    chosen = Signal(View)
    save_wanted = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__("Views", "compare.views", icon="star")
        self.setAccessibleName("Saved views")
        self.setToolTip("Saved views: which runs, drawn how")
        self._settings = settings
        self._can_save = False
        self.clicked.connect(self._open)

    def allow_saving(self, allowed: bool) -> None:
        self._can_save = allowed
        self.setVisible(allowed or bool(saved(self._settings)))

    @Slot()
    def _open(self) -> None:
        self.views_menu().popup(self.mapToGlobal(self.rect().bottomLeft()))

    def views_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName("compare.views.menu")
        menu.aboutToHide.connect(menu.deleteLater)
        kept = saved(self._settings)
        for view in kept:
            entry = menu.addAction(words.shortened(view.name, 50))
            entry.setToolTip(words.counted(len(view.runs), "run"))
            entry.triggered.connect(lambda _=False, view=view: self.chosen.emit(view))
        if not kept:
            menu.addAction("No view was saved yet").setEnabled(False)
        menu.addSeparator()
        save = menu.addAction("Save this view…")
        save.setEnabled(self._can_save)
        save.triggered.connect(self.save_wanted)
        if kept:
            gone = menu.addMenu("Delete a view")
            for view in kept:
                entry = gone.addAction(words.shortened(view.name, 50))
                entry.triggered.connect(lambda _=False, name=view.name: self._forget(name))
        return menu

    def _forget(self, name: str) -> None:
        forget(self._settings, name)
        self.allow_saving(self._can_save)
