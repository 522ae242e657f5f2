"""How soon Compare and Catalog are there: `python -m tests.benchmarks.pages` prints.

Live with a series of 60,000 points: one frame, drawn anew and painted, as it is while a run trains, median and worst of a hundred.
Compare with 50 runs of 60,000 steps, from the call that opens it to the first picture that shows all curves; Catalog with 500 and
with 10,000 runs: from the call to the picture with all rows, then sorting, filtering and one more look at the catalog.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

STEPS, COMPARED, FRAMES = 60_000, 50, 100


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from app.main import Program

    application = QApplication.instance() or QApplication(sys.argv[:1])
    for fill, measure in ((_fill_long, _live_and_compare), (_fill_many(500), _catalog), (_fill_many(10_000), _catalog)):
        with tempfile.TemporaryDirectory() as folder:
            fill(Path(folder))
            program = Program()
            program.theme.choose("light")
            program.open_folder(Path(folder))
            program.window.resize(1600, 1000)
            program.window.show()
            program._idle.stop()
            _until(lambda program=program: program.window.isVisible())
            measure(program.window)
            program.window.close()
            program.close()
            application.processEvents()


def _fill_long(folder: Path) -> None:
    from core.config import Experiment
    from core.storage.catalog import Catalog
    from core.storage.records import Status
    from core.training.events import Curves, Evaluated, Stepped

    with Catalog.open(folder) as catalog:
        at = np.arange(1, STEPS + 1)
        for seed in range(COMPARED):
            experiment = Experiment.model_validate({"name": f"run {seed}", "seed": seed, "outer": {"steps": STEPS}})
            run = catalog.add_run(experiment)
            catalog.begin_run(run.id, "cpu", {"tier": "eager"}, {"adapted": 1761}, 0)
            noise = np.random.default_rng(seed).normal(0, 0.2, STEPS)
            loss = 0.4 + 0.01 * seed + 3 * np.exp(-at / 9000) + noise
            catalog.append_series(run.id, Stepped(at, loss, np.full(STEPS, np.nan), at * 0.004))
            curves = Curves(np.random.default_rng(seed).lognormal(0, 0.3, (600, 11)))
            catalog.add_evaluation(run.id, Evaluated(STEPS, curves, curves, "same"))
            catalog.end_run(run.id, Status.FINISHED, step=STEPS, seconds=240.0, rates={})


def _fill_many(count: int):
    def fill(folder: Path) -> None:
        from sqlalchemy import insert

        from core.config import Experiment
        from core.storage.catalog import Catalog
        from core.storage.rows import RunRow

        with Catalog.open(folder) as catalog:
            first = catalog.add_run(Experiment(name="run 0"))
            table = RunRow.__table__
            row = dict(catalog._read(lambda s: s.execute(table.select()).mappings().one()))
            texts = [Experiment(name="run", seed=seed).model_dump_json(exclude_none=True) for seed in range(100)]
            rows = [
                {**row, "id": f"{i:012x}", "name": f"run {i}", "status": "finished", "created": row["created"] - i,
                 "loss": 1 / i, "experiment": texts[i % 100], "step": 1000}
                for i in range(1, count)
            ]  # fmt: skip
            assert first.name == "run 0"
            catalog._write(lambda s: s.execute(insert(table), rows) and None)

    fill.count = count
    return fill


def _live_and_compare(window) -> None:
    _frames(window)
    _compare(window)


def _frames(window) -> None:
    """As the page does it ten times a second at most, for a run that has come so far."""
    window.go("live", window.workspace.catalog.runs()[0].id)
    page, clock, computed = window.pages["live"], [], []
    _until(lambda: page.shown is not None and len(page.shown.numbers["steps"]) == STEPS and page.loss.isVisible())
    window.grab()
    for _ in range(FRAMES):
        begun = _now()
        page.loss.show_run(page.shown)
        page.loss.plot.canvas.viewport().repaint()
        ended = _now()
        clock.append(1000 * (ended[0] - begun[0]))
        computed.append(1000 * (ended[1] - begun[1]))
    text = f"live, a frame of {STEPS:,} points, median of {FRAMES}"
    print(
        f"{text:60} {np.median(clock):7.1f} ms, {np.median(computed):6.1f} ms computed, {max(computed):.1f} at most",
        flush=True,
    )


def _compare(window) -> None:
    ids = [run.id for run in window.workspace.catalog.runs()]
    window.go("compare", "")
    page = window.pages["compare"]
    _until(lambda: not page.loading)
    for title, opened in (("", ids), ("again, one run more or less:", ids[:-1])):
        begun = _now()
        page.open(",".join(opened))
        _until(lambda opened=opened: not page.loading and len(page.runs) == len(opened))
        window.grab()
        _say(f"compare, {len(opened)} runs of {STEPS:,} steps {title}", begun)
    begun = _now()
    page.group.setChecked(True)
    window.grab()
    _say("compare, the same in one seed group", begun)


def _catalog(window) -> None:
    begun = _now()
    window.go("catalog", "")
    page = window.pages["catalog"]
    _until(lambda: not page.runs.loading and len(page.runs.model.records) > 0)
    window.grab()
    count = len(page.runs.model.records)
    _say(f"catalog, {count:,} runs: open", begun)
    begun = _now()
    page.runs.view.sortByColumn(
        page.runs.model.column_of("loss"), page.runs.view.horizontalHeader().sortIndicatorOrder()
    )
    window.grab()
    _say(f"catalog, {count:,} runs: sort by loss", begun)
    begun = _now()
    page.runs.filter.setText("loss<0.01 run")
    page.runs.refresh()
    _until(lambda: not page.runs.loading)
    window.grab()
    _say(f"catalog, {count:,} runs: filter to {len(page.runs.model.records):,}", begun)
    page.runs.filter.setText("")
    page.runs.refresh()
    _until(lambda: not page.runs.loading)
    begun = _now()
    page.runs.refresh()
    _until(lambda: not page.runs.loading)
    window.grab()
    _say(f"catalog, {count:,} runs: look again", begun)


def _now() -> tuple[float, float]:
    """Time of the clock, and that which this program computed: on a busy machine only the second says something."""
    return time.perf_counter(), time.process_time()


def _say(what: str, begun: tuple[float, float]) -> None:
    clock, computed = (1000 * (now - then) for now, then in zip(_now(), begun, strict=True))
    print(f"{what:60} {clock:7.0f} ms, {computed:6.0f} ms computed", flush=True)


def _until(ready, most: float = 120.0) -> None:
    """The event loop itself, left as soon as `ready()`."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop, timer = QEventLoop(), QTimer()
    timer.setInterval(2)
    timer.timeout.connect(lambda: loop.quit() if ready() else None)
    timer.start()
    QTimer.singleShot(round(1000 * most), loop.quit)
    loop.exec()
    timer.stop()


if __name__ == "__main__":
    main()
