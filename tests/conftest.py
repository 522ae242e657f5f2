"""For all tests: no window on a screen, a data folder of their own, and nothing left behind by a test of the window.

Imports neither Qt nor pydantic: the tests of the mathematics run where only torch and numpy are installed.
"""

import gc
import os
from importlib.util import find_spec

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before anything imports Qt
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

HAS_QT = find_spec("PySide6") is not None
HAS_SETTINGS = find_spec("pydantic") is not None
_TOLD: set[int] = set()
"""What an earlier test left behind: told once, by the test that left it."""

collect_ignore = [] if HAS_QT else ["app", "journeys", "benchmarks"]
if not HAS_SETTINGS:
    collect_ignore += ["core/cli", "core/config", "core/storage", "core/training", "core/deploy", "house"]
    collect_ignore += [
        "core/test_runs.py",
        "core/test_summary.py",
        "core/test_example.py",
        "core/engine/test_compiled.py",
    ]


@pytest.fixture(autouse=True, scope="session")
def own_configuration(tmp_path_factory):
    """Nor the person's configuration, where the secret of the compiled cache would be made."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("configuration")))
        yield


@pytest.fixture(autouse=True)
def own_data_folder(monkeypatch, tmp_path):
    """No test ever sees the data folder of the person who runs it."""
    monkeypatch.setenv("HEADSTART_DATA_FOLDER", str(tmp_path / "headstart"))


@pytest.fixture(autouse=True)
def nothing_left_behind(request):
    """Fail a test of the window that leaves a running thread, a running timer or a visible window."""
    if not HAS_QT or "qapp" not in request.fixturenames:
        yield
        return
    yield
    left = _left()
    if left:  # perhaps only waiting to be deleted
        _let_go()
        left = _left()
    fresh = {key: words for key, words in left.items() if key not in _TOLD}
    _TOLD.update(fresh)
    assert not fresh, "\n".join(fresh.values())


def _let_go():
    """Deferred deletions and what only cycles hold."""
    from PySide6.QtCore import QCoreApplication, QEvent

    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


def _left():
    """What a test must not leave: identity -> how to mend it."""
    from PySide6.QtCore import QThread, QTimer
    from PySide6.QtWidgets import QApplication
    from shiboken6 import isValid

    found = {}
    for thing in gc.get_objects():
        kind = type(thing)  # not isinstance: it asks for __class__, and a proxy of torch warns when asked
        if issubclass(kind, QThread | QTimer) and isValid(thing):
            if issubclass(kind, QThread) and thing.isRunning():
                found[id(thing)] = f"{thing!r} still runs: ask it to stop and wait for it (workspace.close())"
            elif issubclass(kind, QTimer) and thing.isActive():
                found[id(thing)] = f"{thing!r} of {thing.parent()!r} still runs: stop it, or delete its owner"
    for window in QApplication.topLevelWidgets():
        if window.isVisible():
            found[id(window)] = f"{window!r} is still shown: qtbot.addWidget(it), or close it"
    return found
