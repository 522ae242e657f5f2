"""The help page: a list at the left, the text at the right."""

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget
from typing_extensions import override

from app.widgets import Page, button, label
from app.workspace import Workspace

from .reader import Reader
from .topics import Topic, find, topics

_LEAST_LIST, _WIDEST_LIST = 220, 300  # pixels
_NAME = Qt.ItemDataRole.UserRole


class HelpPage(Page):
    title = "Help"

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__("Help", parent=parent)
        self.setObjectName("help")
        self._workspace = workspace
        self._topics: dict[str, Topic] = {}
        self.search = QLineEdit()
        self.search.setObjectName("help.search")
        self.search.setAccessibleName("Search the help")
        self.search.setPlaceholderText("Search the help")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._search)
        self.list = QListWidget()
        self.list.setObjectName("help.list")
        self.list.setAccessibleName("Help pages")
        self.list.setHorizontalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )  # a long title is cut, its tooltip is not
        self.list.currentItemChanged.connect(self._chosen)
        self.nothing = label("No page has these words.", "muted", wrap=True, name="help.nothing")
        self.nothing.hide()
        self.reader = Reader(workspace.theme)
        self.reader.link.connect(self._follow)
        self.add_tool(button("Take the tour", "help.tour.button", self._tour, icon="play"))
        self._lay_out()
        self._load()

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.search)
        left.addWidget(self.nothing)
        left.addWidget(self.list, 1)
        side = self._side = QWidget()
        side.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(side)
        row.addWidget(self.reader, 1)
        self.body.addLayout(row, 1)

    def _load(self) -> None:
        found = topics(self._workspace.actions.all(), self._workspace.catalog.folder)
        self._topics = {topic.name: topic for topic in found}
        self.list.blockSignals(True)
        self.list.clear()
        for topic in found:
            item = QListWidgetItem(topic.title)
            item.setData(_NAME, topic.name)
            item.setSizeHint(QSize(QFontMetrics(self.list.font()).horizontalAdvance(topic.title) + 20, 30))
            item.setToolTip(topic.title)
            self.list.addItem(item)
        self.list.blockSignals(False)
        self._side.setFixedWidth(min(_WIDEST_LIST, max(_LEAST_LIST, self.list.sizeHintForColumn(0) + 16)))

    @override
    def open(self, argument: str) -> None:
        """argument: a page of the help or of the window, a section or a dotted setting; "" keeps what is shown."""
        shown = self.list.selectedItems()  # the focus alone makes an item the current one
        self.list.setFocus()
        if not argument and shown:
            return
        self._load()  # pages that were opened meanwhile have added actions
        self.search.clear()
        name, key = find(argument) if argument else ("what", "")
        self.show_topic(name)
        if key:
            self.reader.show_key(key)

    @property
    def topic(self) -> str:
        """Name of the page that is shown."""
        item = self.list.currentItem()
        return "" if item is None else str(item.data(_NAME))

    def show_topic(self, name: str) -> None:
        for row in range(self.list.count()):
            if self.list.item(row).data(_NAME) == name:
                self.list.setCurrentRow(row)
                return

    @Slot()
    def _chosen(self) -> None:
        if self.topic:
            self.reader.show_text(self._topics[self.topic].text)

    @Slot(str)
    def _search(self, text: str) -> None:
        wanted = text.casefold().split()
        hits = 0
        for row in range(self.list.count()):
            item = self.list.item(row)
            content = self._topics[item.data(_NAME)].text.casefold()
            fits = all(word in content for word in wanted)
            item.setHidden(not fits)
            hits += fits
        self.nothing.setVisible(hits == 0)

    def _tour(self) -> None:
        self._workspace.actions.find("help.tour").trigger()

    @Slot(str, str)
    def _follow(self, scheme: str, target: str) -> None:
        if scheme == "go":
            self._workspace.navigate.emit(target, "")
        else:
            self.open(target)
