"""What a person can do, once: menus, buttons, shortcuts, palette and help are made from these."""

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QWidget


def _always() -> bool:
    return True


@dataclass(frozen=True)
class Action:
    """id: dotted ("live.pause"); title: what a button says; section: heading in palette and shortcut sheet; enabled:
    whether it can be done now; hint: one sentence for tooltip and help; listens: whether the shortcut is ours to listen to (a
    page that hears its plain keys itself leaves arrows and Space to sliders and fields); qaction: for menus and toolbars."""

    id: str
    title: str
    run: Callable[[], None]
    shortcut: str = ""
    section: str = "General"
    enabled: Callable[[], bool] = _always
    hint: str = ""
    icon: str = ""
    listens: bool = True
    qaction: QAction = field(default_factory=QAction, compare=False, repr=False)

    def trigger(self) -> None:
        """Do it, where it can be done now."""
        if self.enabled():
            self.run()

    def refresh(self) -> None:
        self.qaction.setEnabled(self.enabled())

    @property
    def shortcut_text(self) -> str:
        return QKeySequence(self.shortcut).toString(QKeySequence.SequenceFormat.NativeText) if self.shortcut else ""


class Actions(QObject):
    """The registry. Adding an id again replaces it (a page that was built anew)."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._actions: dict[str, Action] = {}
        self._home: QWidget | None = None

    def live_in(self, window: QWidget) -> None:
        """The window whose shortcuts these are; actions added before it was there join it."""
        self._home = window
        for action in self._actions.values():
            if not action.qaction.associatedObjects():
                window.addAction(action.qaction)

    def leave(self) -> None:
        """Let go of the window: the next registry answers to the same keys."""
        if self._home is not None:
            for action in self._actions.values():
                self._home.removeAction(action.qaction)
        self._home = None
        self._actions.clear()

    def add(
        self,
        id: str,
        title: str,
        run: Callable[[], None],
        *,
        shortcut: str = "",
        section: str = "General",
        enabled: Callable[[], bool] = _always,
        hint: str = "",
        icon: str = "",
        scope: QWidget | None = None,
        listens: bool = True,
    ) -> Action:
        """scope: the widget (with its children) in which the shortcut counts; None is the whole window."""
        action = Action(id, title, run, shortcut, section, enabled, hint, icon, listens, QAction(title, self))
        self._dress(action, scope)
        replaced = self._actions.get(id)
        self._actions[id] = action
        if replaced is not None:
            replaced.qaction.deleteLater()
        self.changed.emit()
        return action

    def _dress(self, action: Action, scope: QWidget | None) -> None:
        entry = action.qaction
        entry.setObjectName(action.id)
        entry.triggered.connect(action.trigger)
        if action.shortcut and action.listens:
            entry.setShortcut(QKeySequence(action.shortcut))
        if action.hint:
            entry.setToolTip(f"{action.hint} {f'({action.shortcut_text})' if action.shortcut else ''}".strip())
        home = scope or self._home
        if scope is not None:
            entry.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        if home is not None:
            home.addAction(entry)

    def find(self, id: str) -> Action:
        """Raises KeyError for an id that nobody added."""
        return self._actions[id]

    def all(self) -> list[Action]:
        return list(self._actions.values())

    def refresh(self) -> None:
        """Ask every action whether it can be done now."""
        for action in self._actions.values():
            action.refresh()

    def set_icon(self, id: str, icon: QIcon) -> None:
        self._actions[id].qaction.setIcon(icon)
