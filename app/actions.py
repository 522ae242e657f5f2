"""What a person can do, once: menus, buttons, shortcuts, palette and help are made from these."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QWidget


def _always() -> bool:
    return True


def _never() -> bool:
    return False


def _nothing() -> None:
    """What an action does whose page is not there yet."""


@dataclass(frozen=True)
class Known:
    """An action of a page, said before the page is built: page is where it belongs, fresh whether it can be asked for
    before that page was ever opened. The rest as in Action."""

    page: str
    section: str
    key: str
    title: str
    shortcut: str = ""
    hint: str = ""
    icon: str = ""
    listens: bool = True
    fresh: bool = False

    @property
    def id(self) -> str:
        return f"{self.page}.{self.key}"


@dataclass(frozen=True)
class Action:
    """id: dotted ("live.pause"); title: what a button says; section: heading in palette and shortcut sheet; enabled:
    whether it can be done now; hint: one sentence for tooltip and help; listens: whether the shortcut is ours to listen to (a
    page that hears its plain keys itself leaves arrows and Space to sliders and fields); page: where it is done, "" is anywhere;
    qaction: for menus and toolbars."""

    id: str
    title: str
    run: Callable[[], None]
    shortcut: str = ""
    section: str = "General"
    enabled: Callable[[], bool] = _always
    hint: str = ""
    icon: str = ""
    listens: bool = True
    page: str = ""
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
        self._known: Callable[[], Iterable[Known]] | None = None

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
        page: str = "",
    ) -> Action:
        """scope: the widget (with its children) in which the shortcut counts; None is the whole window."""
        action = Action(id, title, run, shortcut, section, enabled, hint, icon, listens, page, QAction(title, self))
        self._dress(action, scope)
        replaced = self._actions.get(id)
        self._actions[id] = action
        if replaced is not None:
            replaced.qaction.deleteLater()
        self.changed.emit()
        return action

    def expect(self, known: Callable[[], Iterable[Known]]) -> None:
        """What the pages will add once they are built. Asked when somebody wants to see all actions, not before."""
        self._known = known

    def bind(
        self, known: Known, run: Callable[[], None], enabled: Callable[[], bool] = _always, scope: QWidget | None = None
    ) -> Action:
        """The page is there: what its action does."""
        return self.add(
            known.id, known.title, run, shortcut=known.shortcut, section=known.section, enabled=enabled, hint=known.hint,
            icon=known.icon, scope=scope, listens=known.listens, page=known.page,
        )  # fmt: skip

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
        """Those of pages that were never opened too: whoever does one of them opens its page first (see Action.page)."""
        if self._known is not None:
            expected, self._known = self._known, None
            for known in expected():
                if known.id not in self._actions:
                    self.bind(replace(known, listens=False), _nothing, _always if known.fresh else _never)
        return list(self._actions.values())

    def refresh(self, page: str = "") -> None:
        """Ask every action (of that page) whether it can be done now."""
        for action in self._actions.values():
            if not page or action.page == page:
                action.refresh()

    def set_icon(self, id: str, icon: QIcon) -> None:
        self._actions[id].qaction.setIcon(icon)
