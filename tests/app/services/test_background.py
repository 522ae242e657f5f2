import threading

from PySide6.QtCore import QCoreApplication, QEvent, QObject

from app.services.background import drop_all, report_bugs_to, run_in_background, wait_for_background
from core.errors import MissingData


class Receiver(QObject):
    def __init__(self):
        super().__init__()
        self.results, self.sentences, self.threads = [], [], []

    def take(self, result):
        self.results.append(result)
        self.threads.append(threading.current_thread())

    def say(self, sentence):
        self.sentences.append(sentence)


def test_a_result_arrives_on_the_gui_thread(qtbot):
    receiver = Receiver()
    run_in_background(threading.current_thread, receiver.take, receiver.say)
    qtbot.waitUntil(lambda: bool(receiver.results))
    assert receiver.results[0] is not threading.main_thread()
    assert receiver.threads == [threading.main_thread()]


def test_none_is_a_result(qtbot):
    receiver = Receiver()
    run_in_background(lambda: None, receiver.take)
    qtbot.waitUntil(lambda: receiver.results == [None])


def test_a_known_error_is_its_own_sentence(qtbot):
    def work():
        raise MissingData("put the archive there")

    receiver = Receiver()
    run_in_background(work, receiver.take, receiver.say)
    qtbot.waitUntil(lambda: receiver.sentences == ["put the archive there"])


def test_a_bug_is_told_and_reported_with_its_traceback(qtbot):
    reports = []
    report_bugs_to(reports.append)
    receiver = Receiver()
    run_in_background(lambda: 1 / 0, receiver.take, receiver.say)
    qtbot.waitUntil(lambda: bool(receiver.sentences))
    report_bugs_to(lambda text: None)
    assert "ZeroDivisionError" in receiver.sentences[0]
    assert "Traceback" in reports[0]


def test_a_receiver_that_is_gone_gets_nothing(qtbot):
    gate = threading.Event()
    receiver, other = Receiver(), Receiver()
    run_in_background(gate.wait, receiver.take)
    receiver.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gate.set()
    run_in_background(lambda: 1, other.take)
    qtbot.waitUntil(lambda: other.results == [1])
    assert receiver.results == []


def test_a_cancelled_result_is_dropped(qtbot):
    gate = threading.Event()
    receiver, other = Receiver(), Receiver()
    handle = run_in_background(gate.wait, receiver.take)
    handle.cancel()
    gate.set()
    run_in_background(lambda: 1, other.take)
    qtbot.waitUntil(lambda: other.results == [1])
    assert receiver.results == []


def test_waiting_is_bounded(qtbot):
    gate, begun = threading.Event(), threading.Event()
    run_in_background(lambda: begun.set() or gate.wait())
    assert begun.wait(5)
    assert not wait_for_background(0.05)
    gate.set()


def test_everything_under_way_can_be_dropped(qtbot):
    gate, begun = threading.Event(), threading.Event()
    receiver, other = Receiver(), Receiver()
    run_in_background(lambda: begun.set() or gate.wait(), receiver.take)
    assert begun.wait(5)
    drop_all()
    gate.set()
    run_in_background(lambda: 1, other.take)
    qtbot.waitUntil(lambda: other.results == [1])
    assert receiver.results == []
