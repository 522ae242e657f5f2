"""What the page shows of a run, the same for one under way and one out of the catalog."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.services.live import LiveRun
from core.config import Experiment
from core.storage.records import EvaluationRecord, RunRecord
from core.training.events import Curves, Diverged, Evaluated, Failed, PanelData, TaskViews, Validated
from core.training.remedies import last_good, tried_changes

if TYPE_CHECKING:
    from core.replay import Replayed
    from core.storage.catalog import Catalog

Numbers = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Shown:
    """status: as StatusPill says it; phase: "" once it trains; left, rate: None where unknown; best: (step, seconds,
    loss) of the best validation; failure: why it failed, known: whether that is no bug."""

    run_id: str
    name: str
    status: str
    experiment: Experiment
    step: int
    total_steps: int
    seconds: float
    device: str
    engine: dict[str, Any]
    numbers: Numbers
    validations: tuple[Validated, ...]
    random_start: Curves | None
    checkpoints: tuple[int, ...]
    phase: str = ""
    left: float | None = None
    rate: float | None = None
    failure: str = ""
    report: str = ""
    diverged: Diverged | None = None
    """What the run under way asks, whose loss is no number."""
    message: str = ""
    live: bool = False
    log: tuple[tuple[int | None, str], ...] = field(default=())
    evaluated: Evaluated | EvaluationRecord | None = None
    """The result on the test tasks, once it is there; both hold curves, random start, alternatives and target."""
    replayed: bool = False
    """Whether predictions and panels were computed again from the last checkpoint's best meta-parameters."""

    @property
    def kept(self) -> int:
        """The step of the last checkpoint that is worth going on from; 0 where there is none."""
        if self.diverged is not None:
            return self.diverged.checkpoint
        return last_good(self.checkpoints, self.numbers["steps"], self.numbers["loss"], tried_changes(self.engine))

    @property
    def can_go_on(self) -> bool:
        """Whether steps are left after the last checkpoint, to be made otherwise."""
        return 0 < self.kept < self.total_steps

    @property
    def best(self) -> tuple[int, float, float] | None:
        found = [seen for seen in self.validations if seen.best]
        return None if not found else (found[-1].step, found[-1].seconds, self.validation_loss(found[-1]))

    def validation_loss(self, seen: Validated) -> float:
        """Mean over the tasks after the inner steps that pick the best checkpoint."""
        at = min(self.experiment.best_after(), seen.curves.loss.shape[1] - 1)
        return float(np.mean(seen.curves.loss[:, at]))

    @property
    def has_accuracy(self) -> bool:
        return bool(self.validations) and self.validations[-1].curves.accuracy is not None

    @property
    def views(self) -> TaskViews | None:
        return next((seen.views for seen in reversed(self.validations) if seen.views is not None), None)

    def panels(self, index: int) -> tuple[PanelData, ...]:
        """What the method showed of itself at that validation; where it is no longer known, at the last."""
        held = self.validations[: index + 1][-1:]
        if held and held[0].panels:
            return held[0].panels
        return next((seen.panels for seen in reversed(self.validations) if seen.panels), ())

    def with_replay(self, found: Replayed) -> Shown:
        """The last validation with predictions and panels that were computed again."""
        if not self.validations:
            return self
        last = replace(self.validations[-1], views=found.views, panels=found.panels)
        return replace(self, validations=(*self.validations[:-1], last), replayed=True)


def of_live(live: LiveRun) -> Shown:
    """The run under way, or the one that has just ended in this window."""
    failed = live.ended if isinstance(live.ended, Failed) else None
    started = live.started
    return Shown(
        live.run_id, live.name, _status(live), live.experiment, live.step, live.total_steps, live.numbers.last()[2],
        started.device if started else "", started.engine if started else {}, live.read(), tuple(live.validations),
        live.random_start.curves if live.random_start else None, tuple(entry.step for entry in live.checkpoints),
        phase="" if live.phase == "training" and started else live.phase,
        left=live.seconds_left(), rate=live.steps_per_second(),
        failure=failed.sentence if failed else "", report=failed.traceback if failed and not failed.known else "",
        diverged=live.diverged, live=live.ended is None, log=tuple((entry.step, entry.text) for entry in live.log),
        evaluated=live.evaluated,
    )  # fmt: skip


def _status(live: LiveRun) -> str:
    if isinstance(live.ended, Failed):
        return "failed"
    if live.ended is not None:
        return live.ended.status
    if live.stopping:
        return "stopping"
    if live.paused:
        return "paused"
    return "running" if live.started else "starting"


def of_stored(catalog: Catalog, run_id: str) -> Shown:
    """A run as the catalog holds it. Raises NotFound."""
    record = catalog.run(run_id)
    held = catalog.series(run_id)
    numbers = {
        name: np.asarray(getattr(held, name), dtype=np.float64) for name in ("steps", "loss", "accuracy", "seconds")
    }
    stored = catalog.validations(run_id)
    return Shown(
        record.id, record.name, str(record.status), record.experiment, record.step, record.total_steps, record.seconds,
        record.device, record.engine, numbers,
        tuple(Validated(seen.step, seen.seconds, seen.curves, seen.best) for seen in stored),
        catalog.random_start(run_id), tuple(entry.step for entry in catalog.checkpoints(run_id) if entry.present),
        rate=record.rates.get("steps_per_second"), failure=record.message if record.status == "failed" else "",
        message="" if record.status == "failed" else record.message, log=tuple(catalog.log(run_id)),
        evaluated=catalog.evaluation(run_id),
    )  # fmt: skip


def resumable(record: RunRecord, current: str | None) -> bool:
    return record.status.resumable and record.id != current
