"""Whoever sits in front of the window."""

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QApplication, QLabel, QTableView, QWidget

PATIENCE = 120_000


class Person:
    """Clicks by names and waits for what would be seen."""

    def __init__(self, qtbot, window):
        self.qtbot, self.window = qtbot, window

    def find(self, name, kind=QWidget):
        def visible():
            return [widget for widget in self.window.findChildren(kind, name) if widget.isVisible()]

        self.qtbot.waitUntil(lambda: bool(visible()))
        return visible()[0]

    def click(self, name):
        self.qtbot.waitUntil(lambda: self.find(name).isEnabled(), timeout=PATIENCE)
        self.qtbot.mouseClick(self.find(name), Qt.MouseButton.LeftButton)

    def reads(self, name):
        return self.find(name, QLabel).text()

    def wait(self, condition):
        self.qtbot.waitUntil(condition, timeout=PATIENCE)

    def press(self, key, modifier=Qt.KeyboardModifier.NoModifier):
        """On whatever has the focus."""
        self.qtbot.keyClick(QApplication.focusWidget() or self.window, key, modifier)

    def types(self, text):
        self.qtbot.keyClicks(QApplication.focusWidget(), text)

    def focused(self):
        """Object name of what has the focus."""
        widget = QApplication.focusWidget()
        return widget.objectName() if widget is not None else ""

    def tabs_to(self, name, most=250):
        """By the Tab key alone; says what was passed where the name never comes."""
        passed = []
        while self.focused() != name:
            passed.append(self.focused())
            assert len(passed) < most, f"Tab never comes to {name}: {list(dict.fromkeys(passed))}"
            self.press(Qt.Key.Key_Tab)

    def is_idle(self):
        """Nothing trains any more."""
        self.wait(lambda: self.window.workspace.runner.current is None)

    def select_row(self, name, row):
        view = self.find(name, QTableView)
        self.wait(lambda: view.model() is not None and view.model().rowCount() > row)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        view.selectionModel().select(view.model().index(row, 0), flags)
        view.setCurrentIndex(view.model().index(row, 1))
