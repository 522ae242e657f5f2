"""The fixture that fails a test which leaves something behind finds what it looks for."""

from PySide6.QtCore import QThread, QTimer
from PySide6.QtWidgets import QWidget

from tests.conftest import _left


def words(thing):
    return _left().get(id(thing), "")


def test_a_running_timer_is_found(qtbot):
    timer = QTimer()
    timer.start(60_000)
    assert "stop it" in words(timer)
    timer.stop()
    assert words(timer) == ""


def test_a_running_thread_is_found(qtbot):
    class Waits(QThread):
        def run(self):
            self.exec()

    thread = Waits()
    thread.start()
    qtbot.waitUntil(thread.isRunning)
    assert "wait for it" in words(thread)
    qtbot.waitUntil(lambda: thread.eventDispatcher() is not None)
    thread.quit()
    assert thread.wait(5000)
    assert words(thread) == ""


def test_a_window_that_is_still_shown_is_found(qtbot):
    window = QWidget()
    window.show()
    assert "close it" in words(window)
    window.close()
    assert words(window) == ""
