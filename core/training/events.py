"""What training tells: frozen dataclasses with numpy arrays; no tensor and no Qt object crosses this border.

A sink is any callable that takes an event. It is called on the training thread and must return quickly.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class PhaseChanged:
    """What happens before the first step and after the last: "loading data", "training", "evaluating", ..."""

    phase: str


@dataclass(frozen=True)
class StageStepped:
    """How far a stage before training is: `step` of `total_steps` done, the loss there."""

    stage: str
    step: int
    total_steps: int
    loss: float

    @property
    def words(self) -> str:
        return f"{self.stage}: step {self.step:,} of {self.total_steps:,}, loss {self.loss:.3g}"


@dataclass(frozen=True)
class Pretrained:
    """The body that the run begins with: its file, and what the whole network reached on pictures held out of the training
    classes (regression: on validation tasks; accuracy None). reused: trained by an earlier run."""

    path: str
    sha256: str
    name: str
    steps: int
    seconds: float
    loss: float
    accuracy: float | None
    reused: bool

    @property
    def words(self) -> str:
        right = "" if self.accuracy is None else f", accuracy {100 * self.accuracy:.1f} %"
        how = "reused from an earlier run" if self.reused else f"trained for {self.steps:,} steps"
        return f"pretrained body: {how}, held-out loss {self.loss:.3g}{right}"


@dataclass(frozen=True)
class Started:
    """The run is about to make its first step, or to go on from an earlier one after it diverged.

    counts: parameters by answer: "adapted", "fixed_inside", "frozen", "other" (meta-parameters beyond the network);
    engine: plan and tier, as stored with the run and replayed on resume; first_step: 0, or where a resumed run goes on.
    """

    first_step: int
    total_steps: int
    device: str
    engine: dict[str, Any]
    counts: dict[str, int]


@dataclass(frozen=True)
class Stepped:
    """Outer steps that are done: arrays [n] of step numbers (1 is the first), outer loss, training accuracy after
    adaptation (NaN for regression), and seconds since the run began (pauses and validations left out)."""

    steps: NDArray[np.int64]
    loss: Floats
    accuracy: Floats
    seconds: Floats


@dataclass(frozen=True)
class Curves:
    """Fixed tasks by inner step, from 0 steps on. loss, accuracy: [tasks, inner steps + 1]; accuracy None for regression.

    groups: [tasks] index of the distinct task (country) where tasks are a finite set, else None. by_target: [tasks, outputs]
    squared error of each of several targets after the last step, None of one target and of classes.
    """

    loss: Floats
    accuracy: Floats | None = None
    groups: NDArray[np.int64] | None = None
    by_target: Floats | None = None


@dataclass(frozen=True)
class Alternative:
    """What a person would otherwise do, on the same test tasks. curves: [tasks, inner steps + 1], or [tasks, 1] where nothing
    adapts by steps; a loss that the alternative does not have (nearest class mean) is NaN."""

    kind: str
    title: str
    curves: Curves


@dataclass(frozen=True)
class Target:
    """The target columns of a table: from losses of standardized values to its own units. names [outputs]; scale: what one
    standardized unit is; spread: standard deviation of the target over the whole table."""

    names: tuple[str, ...]
    scale: tuple[float, ...]
    spread: tuple[float, ...]


@dataclass(frozen=True)
class TaskViews:
    """A few fixed validation tasks as they are, with predictions by inner step, for the window's tasks table.

    Regression: support_x [tasks, shots, inputs], support_y [tasks, shots, outputs], query likewise, in the units of
    the data; grid_x [tasks, points, inputs] and grid_y [tasks, inner steps + 1, points, outputs].
    Classification: support_x [tasks, examples, height, width, channels] uint8, support_y [tasks, examples] int; query
    likewise; query_probability [tasks, inner steps + 1, queries, ways]. Classes of rows of a table: support_x [tasks,
    examples, inputs] in the units of the data, NaN where a slot is empty, and -1 in support_y. axes: what the first input and
    the first target are called.
    """

    task_type: str
    support_x: NDArray[Any]
    support_y: NDArray[Any]
    query_x: NDArray[Any]
    query_y: NDArray[Any]
    names: tuple[str, ...] = ()
    class_names: tuple[tuple[str, ...], ...] = ()
    grid_x: Floats | None = None
    grid_y: Floats | None = None
    query_probability: Floats | None = None
    axes: tuple[str, str] = ("x", "y")


@dataclass(frozen=True)
class PanelData:
    """What a method shows of itself (core.types.Panel) as arrays. form: "bars" (values [rows]), "heat" (values [rows,
    columns] in 0..1), "points" (values [n, 2], a label a point in rows), "curves" (values [tasks, samples, points] over x
    [tasks, points]), "lines" (values [series, points] over x [points], rows their names). marks: of "curves",
    the points that the task gave [tasks, points, 2]."""

    form: str
    title: str
    note: str
    values: Floats
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    x: Floats | None = None
    marks: Floats | None = None


@dataclass(frozen=True)
class TierChanged:
    """From outer step `step` on, `tier` computes; engine: as in Started. Told before that step's result is used."""

    step: int
    tier: str
    engine: dict[str, Any]


@dataclass(frozen=True)
class RandomStart:
    """The dashed reference: the same network freshly initialized, plain gradient descent by the same recipe."""

    curves: Curves


@dataclass(frozen=True)
class Validated:
    """The fixed validation tasks after `step` outer steps; best: the lowest loss so far."""

    step: int
    seconds: float
    curves: Curves
    best: bool
    views: TaskViews | None = None
    panels: tuple[PanelData, ...] = ()


@dataclass(frozen=True)
class Checkpointed:
    """A file that the run can go on from (and be exported from) was written. reason: "best", "regular", "last"."""

    step: int
    path: str
    sha256: str
    bytes: int
    reason: str


@dataclass(frozen=True)
class Warned:
    """One line for the run's log."""

    text: str
    step: int | None = None


@dataclass(frozen=True)
class Diverged:
    """A loss or a tensor is no number any more: the run waits for `Control.answer`, or `stop`. sentence: what, at which step
    and in which tensor first; checkpoint: the step of the last good one, 0 where there is none and going on begins anew."""

    step: int
    sentence: str
    checkpoint: int


@dataclass(frozen=True)
class Evaluated:
    """The fixed test tasks, for the learned initialization of `step` and for the random start on the same tasks; alternatives:
    empty where they were not asked for; target: of a table whose target is a number."""

    step: int
    curves: Curves
    random_start: Curves
    digest: str
    names: tuple[str, ...] | None = None
    alternatives: tuple[Alternative, ...] = ()
    target: Target | None = None


@dataclass(frozen=True)
class Finished:
    """status: "finished" (all steps or early stop) or "stopped". timings as `run --json` names them; peak_bytes: what the run
    added to the process at most, or took on the GPU (None where it was not measured)."""

    status: str
    step: int
    seconds: float
    steps_per_second: float
    steady_steps_per_second: float
    reason: str = ""
    peak_bytes: int | None = None


@dataclass(frozen=True)
class Failed:
    """known: the sentence is for the person; else a bug, with its traceback as text."""

    sentence: str
    known: bool
    step: int
    traceback: str = ""
    details: dict[str, Any] = field(default_factory=dict)


Event = (
    PhaseChanged
    | StageStepped
    | Pretrained
    | Started
    | TierChanged
    | Stepped
    | RandomStart
    | Validated
    | Checkpointed
    | Warned
    | Diverged
    | Evaluated
    | Finished
    | Failed
)
Sink = Callable[[Event], None]


def ignore(event: Event) -> None:
    """The sink that looks at nothing."""
