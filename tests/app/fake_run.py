"""A run that is made up: events at the test's own pace, recorded in the catalog as core.runs records them."""

import threading
import time

import numpy as np

from core.runs import Recorder
from core.training.control import StopRequested
from core.training.events import (
    Checkpointed,
    Curves,
    Failed,
    Finished,
    PhaseChanged,
    RandomStart,
    Started,
    Stepped,
    TaskViews,
    Validated,
)

TASKS, INNER = 8, 10


def curves(level=0.4, tasks=TASKS):
    """Curves [tasks, INNER + 1] that fall to `level`."""
    each = np.linspace(0.6, 1.4, tasks)[:, None]
    return Curves(each * (level + 2.5 * np.exp(-np.arange(INNER + 1.0))))


def views(tasks=4):
    """Sinusoid tasks with predictions."""
    draw = np.random.default_rng(0)
    support, query = draw.uniform(-5, 5, (tasks, 5, 1)), draw.uniform(-5, 5, (tasks, 10, 1))
    grid = np.tile(np.linspace(-5, 5, 50)[None, :, None], (tasks, 1, 1))
    fits = np.stack([share * np.sin(grid) for share in np.linspace(0, 1, INNER + 1)], axis=1)
    return TaskViews("regression", support, np.sin(support), query, np.sin(query), grid_x=grid, grid_y=fits)


def pictures(tasks=3, ways=5, queries=10):
    """Classification tasks with probabilities."""
    draw = np.random.default_rng(0)
    labels = np.tile(np.arange(ways), (tasks, 1))
    chances = draw.dirichlet(np.ones(ways), (tasks, INNER + 1, queries))
    support = draw.integers(0, 255, (tasks, ways, 28, 28, 1), dtype=np.uint8)
    query = draw.integers(0, 255, (tasks, queries, 28, 28, 1), dtype=np.uint8)
    return TaskViews(
        "classification", support, labels, query, draw.integers(0, ways, (tasks, queries)), query_probability=chances
    )


class FakeRun:
    """`execute` as core.runs has it. Steps of ten until the experiment's are done; `gate` holds it before each, `pace`
    seconds each; `fail`
    ends it there with that sentence; `break_with` is raised as a bug would be."""

    def __init__(self):
        self.gate = threading.Event()
        self.gate.set()
        self.pace = 0.0
        self.fail = ""
        self.break_with = None
        self.executed = []

    def __call__(self, catalog, run_id, sink, control):
        run = catalog.run(run_id)
        self.executed.append(run_id)
        tell = Recorder(catalog, run, sink)
        tell(PhaseChanged("loading the tasks"))
        if self.break_with is not None:
            raise self.break_with
        tell(RandomStart(curves(2.5)))
        first = max((entry.step for entry in catalog.checkpoints(run_id)), default=0)
        tell(
            Started(first, run.total_steps, "CPU, 2 cores", {"mode": "vectorised", "tier": "eager"}, {"adapted": 1761})
        )
        tell(PhaseChanged("training"))
        step, status = first, "finished"
        try:
            while step < run.total_steps:
                step = self._ten_steps(tell, control, step, run.total_steps)
        except StopRequested:
            status = "stopped"
        self._end(catalog, run, tell, status, step)

    def _ten_steps(self, tell, control, step, total):
        while not self.gate.wait(0.01):
            control.check()
        time.sleep(self.pace)
        control.wait_while_paused()
        control.check()
        done = np.arange(step + 1, min(step + 10, total) + 1)
        tell(Stepped(done, 3 * np.exp(-done / 100), np.full(len(done), np.nan), done * 0.01))
        level = 0.4 + 1 / done[-1]
        tell(Validated(int(done[-1]), done[-1] * 0.01, curves(level), True, views()))
        return int(done[-1])

    def _end(self, catalog, run, tell, status, step):
        folder = catalog.run_folder(run.id)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"step-{step:08d}.safetensors"
        path.write_bytes(b"not a real checkpoint")
        catalog.add_checkpoint(run.id, event := Checkpointed(step, str(path), "0" * 64, 21, "last"))
        tell._sink(event)
        ended = Finished(status, step, step * 0.01, 100.0, 100.0)
        if self.fail:
            failed = Failed(self.fail, True, step)
            catalog.end_run(run.id, "failed", step=step, seconds=1.0, rates={}, message=self.fail)
            tell._sink(failed)
            return
        tell._write()
        catalog.end_run(run.id, status, step=step, seconds=ended.seconds, rates={"steps_per_second": 100.0}, loss=0.4)
        tell._sink(ended)
