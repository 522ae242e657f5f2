"""How late the window's event loop is while a run trains, and how soon the window is there.

`python -m tests.benchmarks.window [SECONDS] [eager|compiled ...]`: trains the sinusoid in the window, on the Live page, for that
long on each tier (where none is named: as it comes, eager first and compiled when it is ready), and prints.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

STARTED = time.perf_counter()
PERIOD = 0.010


def main(seconds: float = 60.0, tiers: tuple[str, ...] = ("auto",)) -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    sys.setswitchinterval(0.001)
    from PySide6.QtWidgets import QApplication

    from app.main import Program

    application = QApplication.instance() or QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        program = Program(Path(folder))
        first = _first_paint(program.window)
        program.begin()
        _run_loop(lambda: program.window.workspace is not None, 10)
        print(f"first paint        {1000 * (first[0] - STARTED):7.0f} ms after the start of this program")
        print(f"usable             {1000 * (time.perf_counter() - STARTED):7.0f} ms: Home is there")
        for tier in tiers:
            _train(program, seconds, tier)
        program.window.close()
        program.close()
        application.processEvents()


def _first_paint(window):
    """A list that holds the moment of the window's first paint, once there was one."""
    from PySide6.QtCore import QEvent, QObject

    class Watch(QObject):
        def eventFilter(self, watched, event):
            if event.type() == QEvent.Type.Paint and not moments:
                moments.append(time.perf_counter())
            return False

    moments = []
    window.paint_watch = Watch(window)
    window.installEventFilter(window.paint_watch)
    return moments


def _train(program, seconds, tier):
    from core.config import presets, with_settings

    space = program.window.workspace
    experiment = with_settings(
        presets()["sinusoid-maml"].experiment,
        ["outer.steps=10000000", "evaluation.validate_every=225", f"engine.tier={tier}"],
    )
    run = space.runner.start(experiment)[0]
    program.window.go("live", run)
    program.window.resize(1600, 1000)
    _run_loop(lambda: len(space.runner.live.numbers) > 0, 120)
    before = len(space.runner.live.numbers)
    late = _lateness(seconds)
    done = len(space.runner.live.numbers) - before
    used = space.runner.live.started.engine["tier"]
    _report(tier if tier == used else f"{tier}, at the end {used}", late, done / seconds)
    space.runner.end_all()
    _run_loop(lambda: space.runner.current is None, 60)


def _lateness(seconds):
    """How much later than asked every timer shot came, in ms."""
    from PySide6.QtCore import Qt, QTimer

    late, last = [], [time.perf_counter()]

    def shot():
        now = time.perf_counter()
        late.append(1000 * max(0.0, now - last[0] - PERIOD))
        last[0] = now

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setInterval(round(1000 * PERIOD))
    timer.timeout.connect(shot)
    timer.start()
    end = time.perf_counter() + seconds
    _run_loop(lambda: time.perf_counter() > end, seconds + 60)
    timer.stop()
    return late


def _report(tier, late, pace):
    import numpy as np

    middle, high, higher = np.percentile(late, [50, 95, 99])
    print(f"tier               {tier}")
    print(f"event loop late by {middle:7.1f} ms median, {high:.1f} ms 95th, {higher:.1f} ms 99th percentile,")
    print(f"                   {max(late):7.1f} ms at most, in {len(late):,} shots of a {1000 * PERIOD:.0f} ms timer")
    print(f"beside it          {pace:7.0f} outer steps a second")


def _run_loop(ready, most):
    """The event loop itself, left as soon as `ready()`; never processEvents, which would hide a wait."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop, timer = QEventLoop(), QTimer()
    timer.setInterval(50)
    timer.timeout.connect(lambda: loop.quit() if ready() else None)
    timer.start()
    QTimer.singleShot(round(1000 * most), loop.quit)
    loop.exec()
    timer.stop()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0, tuple(sys.argv[2:]) or ("auto",))
