"""How late the window's event loop is while a run trains, and how soon the window is there.

`python -m tests.benchmarks.window [SECONDS] [eager|compiled ...]`: trains the sinusoid in the window, on the Live page, for that
long on each tier (where none is named: as it comes, eager first and compiled when it is ready), and prints. Of every stall
it tells what the main thread and the whole process computed meanwhile (on a busy machine only that says something), and
where all threads were when it had lasted for a while.
"""

import faulthandler
import gc
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

STARTED = time.perf_counter()
PERIOD = 0.010
STALL = 0.050
SHOWN = 8
PAUSES: list[float] = []
"""Of the garbage collector, in ms, on whatever thread: none runs Python meanwhile."""


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
    late, stalls = _lateness(seconds)
    done = len(space.runner.live.numbers) - before
    used = space.runner.live.started.engine["tier"]
    _report(tier if tier == used else f"{tier}, at the end {used}", late, done / seconds, stalls)
    space.runner.end_all()
    _run_loop(lambda: space.runner.current is None, 60)


def _collected(phase, _info):
    """Called by the collector itself."""
    if phase == "start":
        PAUSES.append(-1000 * time.perf_counter())
    elif PAUSES and PAUSES[-1] < 0:
        PAUSES[-1] += 1000 * time.perf_counter()


class Stall(NamedTuple):
    """A late shot, all in ms; stacks: of all threads, when the stall had lasted for STALL seconds."""

    late: float
    computed: float
    process: float
    at: float
    stacks: str


def _lateness(seconds):
    """(how much later than asked every timer shot came, in ms; the stalls)."""
    from PySide6.QtCore import Qt, QTimer

    late, stalls = [], []
    PAUSES.clear()
    gc.callbacks.append(_collected)
    with tempfile.TemporaryFile(
        "w+"
    ) as seen:  # written by faulthandler's own thread, which waits for no interpreter lock
        last = [time.perf_counter(), time.thread_time(), time.process_time()]
        begun, read = last[0], [0]

        def shot():
            now = [time.perf_counter(), time.thread_time(), time.process_time()]
            late.append(1000 * max(0.0, now[0] - last[0] - PERIOD))
            if late[-1] > 1000 * STALL:
                seen.seek(read[0])
                stacks = seen.read()
                read[0] += len(stacks)
                computed, process = (1000 * (now[i] - last[i]) for i in (1, 2))
                stalls.append(Stall(late[-1], computed, process, now[0] - begun, stacks))
            last[:] = now
            faulthandler.dump_traceback_later(PERIOD + STALL, file=seen)

        timer = QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.setInterval(round(1000 * PERIOD))
        timer.timeout.connect(shot)
        timer.start()
        end = time.perf_counter() + seconds
        _run_loop(lambda: time.perf_counter() > end, seconds + 60)
        timer.stop()
        faulthandler.cancel_dump_traceback_later()
    gc.callbacks.remove(_collected)
    return late, stalls


def _report(tier, late, pace, stalls):
    import numpy as np

    middle, high, higher = np.percentile(late, [50, 95, 99])
    print(f"tier               {tier}")
    print(f"event loop late by {middle:7.1f} ms median, {high:.1f} ms 95th, {higher:.1f} ms 99th percentile,")
    print(f"                   {max(late):7.1f} ms at most, in {len(late):,} shots of a {1000 * PERIOD:.0f} ms timer")
    print(f"beside it          {pace:7.0f} outer steps a second")
    print(
        f"stalls             {len(stalls):7d} over {1000 * STALL:.0f} ms, {sum(s.late > 100 for s in stalls)} over 100 ms"
    )
    for stall in sorted(stalls, reverse=True)[:SHOWN]:
        print(
            f"  {stall.late:.0f} ms after {stall.at:.1f} s: the main thread computed {stall.computed:.0f} ms, the process "
            f"{stall.process:.0f} ms"
        )
        print("\n".join(f"      {line}" for line in _deepest(stall.stacks)))


def _deepest(stacks, frames=7):
    """The innermost frames of every thread."""
    for block in stacks.strip().split("\n\n"):
        lines = block.replace("Timeout (0:00:00.060000)!\n", "").splitlines()
        yield from lines[: 1 + frames]


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
