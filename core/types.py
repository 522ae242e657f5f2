"""The vocabulary: tensors by name, a task as the learner sees it, and what a meta-learning method is.

Every function of a `Method` sees **one** task; the outer loop adds the task axis in front.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Generator, Tensor

if TYPE_CHECKING:
    from core.tasks.pool import ClassPool

DTYPES = {"float32": torch.float32, "float64": torch.float64}

Tensors = dict[str, Tensor]
"""One network's weights, or any tensors by name: "head.weight"."""
Groups = dict[str, Tensors]
"""Tensors by group and name; a safetensors key is "group/name"."""
Noise = Groups
Fast = Groups
"""What a task carries from step to step; `fast["weights"]` is the part that descends."""
Aux = Tensors
"""Numbers for reports, one entry a task after the outer loop has added the axis; "query_loss" is always there."""


class Batch(NamedTuple):
    """Examples of one task; with a task axis in front, of many.

    x: [examples, *input]; y: [examples] class labels (int64) or [examples, outputs] targets;
    weight: [examples], 1 for an example, 0 for padding (padding holds zeros: NaN times 0 is NaN).
    """

    x: Tensor
    y: Tensor
    weight: Tensor


class Given(NamedTuple):
    """All that an adaptation may look at: no query label can leak through this type."""

    support: Batch
    query_x: Tensor
    query_weight: Tensor


class Task(NamedTuple):
    """`about` holds mode, class or table ids [tasks]: for reports and curricula, never for a learner."""

    support: Batch
    query: Batch
    about: Tensors = {}  # noqa: RUF012 - never written to

    @property
    def given(self) -> Given:
        return Given(self.support, self.query.x, self.query.weight)


class Meta(NamedTuple):
    """learned: moved by the outer optimizer; fixed: frozen weights; state: running numbers without gradient."""

    learned: Groups
    fixed: Groups
    state: Groups


def _unchanged(weights: Tensors) -> Tensors:
    return weights


class Net(NamedTuple):
    """A plain network as pure functions. Names are those of the equal `torch.nn` module.

    shapes: of the meta-parameters, as learned (a shared head has one row, see `expand`);
    expand: learned weights -> weights that `apply` takes (copies a shared head's row to every class);
    moments: (weights, support x) -> normalization statistics to be added to the weights before a query is
    predicted, or None where the policy needs none; head: names of the output layer; norm: names of
    normalization scales and offsets; shared_head: the head is learned as one row (see `expand`);
    statistics: names of `norm` that are measured, never learned (running means and variances); seen: (weights, x) -> what
    each normalization is given, by its name [examples, channels, height, width], for whoever measures.
    input_shape, outputs: of one example; features: (weights, x) -> [examples, feature_size], what the head reads;
    readout: (weights, features) -> outputs; apply = readout after features wherever they are given.
    """

    shapes: dict[str, tuple[int, ...]]
    init: Callable[[Generator], Tensors]
    apply: Callable[[Tensors, Tensor], Tensor]
    expand: Callable[[Tensors], Tensors] = _unchanged
    moments: Callable[[Tensors, Tensor], Tensors] | None = None
    head: tuple[str, ...] = ()
    norm: tuple[str, ...] = ()
    shared_head: bool = False
    statistics: tuple[str, ...] = ()
    seen: Callable[[Tensors, Tensor], Tensors] | None = None
    input_shape: tuple[int, ...] = ()
    outputs: int = 1
    feature_size: int = 0
    features: Callable[[Tensors, Tensor], Tensor] | None = None
    readout: Callable[[Tensors, Tensor], Tensor] | None = None


Loss = Callable[[Tensor, Batch], Tensor]
"""(outputs [examples, outputs], batch) -> weighted mean over examples, a scalar."""


class Rollout(NamedTuple):
    """An outer loss as data, so that the engine may walk it in its own way (unrolled, adjoint, in chunks).

    start: the start used in training; then `steps` times the method's own step; terms(meta, fast, task, noise, t,
    progress) -> (loss, aux) is added after step t for every t in `at` (0 is before the first step).
    """

    steps: int
    at: tuple[int, ...]
    start: Callable[["Meta", Task, Noise], Fast]
    terms: Callable[["Meta", Fast, Task, Noise, int, Tensor], tuple[Tensor, Aux]]


Objective = Callable[[Meta, Task, Noise, Tensor], tuple[Tensor, Aux]]
"""(meta, task, noise, progress in 0..1) -> (outer loss of one task, aux)."""


def no_noise(generator: Generator, meta: Meta, given: Given, steps: int) -> Noise:
    return {}


def keep(before: Meta, after: Meta, aux: Aux, progress: Tensor) -> Meta:
    return after


class Panel(NamedTuple):
    """Something that a method shows of itself, as data; the window draws it by its form and knows no method.

    form "bars": values [rows], one number a label; "heat": values [rows, columns] in 0..1; "points": values [n, 2] and a
    label a point in rows; "curves": values [tasks, samples, points] over x [tasks, points]; "lines": values [series, points]
    over x [points], the series named by rows. note: one sentence that says how to read it; marks: of "curves", the points
    that the task gave [tasks, points, 2].
    """

    form: str
    title: str
    note: str
    values: Tensor
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    x: Tensor | None = None
    marks: Tensor | None = None


def no_panels(meta: Meta, tasks: Task, noise: Noise) -> tuple[Panel, ...]:
    return ()


def _plain(meta: Meta) -> Tensors:
    return {**meta.fixed.get("init", {}), **meta.learned.get("init", {})}


class Method(NamedTuple):
    """A meta-learning method: how meta-parameters and a support set become the weights of a plain network.

    panels: what it shows of itself for a few fixed tasks (with the task axis in front), called without grad;
    plain: the network as it stands before any task, before `net.expand`; None where only a support set makes weights;
    samples: draws that a prediction at use averages (core.sampling); `panels` then takes the noise [samples, ...] that
    all tasks share;
    components: of a mixture, every such network, `plain` being the one with the largest share; alone: from what `weights`
    gives to one plain network's weights.
    """

    net: Net
    init: Callable[[Generator], Meta]
    begin: Callable[[Meta, Given, Noise], Fast]
    step: Callable[[Meta, Fast, Given, Noise, int], Fast]
    weights: Callable[[Meta, Fast], Tensors]
    objective: Rollout | Objective
    noise: Callable[[Generator, Meta, Given, int], Noise] = no_noise
    advance: Callable[[Meta, Meta, Aux, Tensor], Meta] = keep
    panels: Callable[[Meta, Task, Noise], tuple[Panel, ...]] = no_panels
    plain: Callable[[Meta], Tensors] | None = _plain
    samples: int = 1
    components: Callable[[Meta], tuple[Tensors, ...]] | None = None
    alone: Callable[[Tensors], Tensors] = _unchanged


class Partition(NamedTuple):
    """Which tensors move: `adapted` in the inner loop, `frozen` never in the outer loop. In neither: learned, fixed
    inside; in both: a frozen start that is adapted."""

    adapted: tuple[str, ...]
    frozen: tuple[str, ...]


class Recipe(NamedTuple):
    """The inner loop as the experiment says it."""

    steps: int
    rate: float
    first_order: bool = False
    clip: float | None = None
    train_ways: int | None = None
    """Classes of a training task, where they are not those of the network."""


class TaskSpec(NamedTuple):
    """What a task distribution's tasks look like: data for the window and the card.

    task_type: "regression" or "classification"; outputs: target columns, or ways; noise_floor: the loss that no
    predictor beats, where it is known; names: of the distinct tasks where they are a finite set (countries), indexed
    by `Task.about["id"]`; class_names: of the classes, where there are classes, indexed by `Task.about["classes"]`
    [tasks, ways]; input_names and output_names: columns with units; scaling: numbers to undo standardization
    ("x_mean", "x_std", "y_mean", "y_std": lists), applied to arrays at use; encoding: how a person's own files become
    these arrays (columns, categories, imputed values, ranges seen, ...): plain JSON values, read by core.use; modes: names of the
    families that tasks are of, indexed by `Task.about["mode"]`.
    """

    task_type: str
    input_shape: tuple[int, ...]
    outputs: int
    shots: int
    queries: int
    source: str
    noise_floor: float | None = None
    names: tuple[str, ...] | None = None
    class_names: tuple[str, ...] | None = None
    input_names: tuple[str, ...] = ("x",)
    output_names: tuple[str, ...] = ("y",)
    input_range: tuple[float, float] | None = None
    scaling: dict[str, list[float]] | None = None
    padded: bool = False
    encoding: dict[str, Any] | None = None
    modes: tuple[str, ...] | None = None


def plain_spec(spec: TaskSpec) -> dict[str, Any]:
    """A spec as a card holds it. Class names stay out: labels are positions in a task, and there may be thousands."""
    return {**spec._asdict(), "class_names": None}


def _deaf(tasks: Task, aux: Aux) -> None:
    return None


class TaskDistribution(NamedTuple):
    """sample(generator, tasks) -> Task with a task axis in front, on the generator's device; hear: for curricula.

    at: for a distribution that changes while it is trained on, what it is in outer step 1, 2, ...; a function of the
    step alone, so that a resumed run sees the same tasks. Shapes stay those of `spec` in every step.
    """

    spec: TaskSpec
    sample: Callable[[Generator, int], Task]
    hear: Callable[[Task, Aux], None] = _deaf
    at: "Callable[[int], TaskDistribution] | None" = None

    def during(self, step: int) -> "TaskDistribution":
        """The distribution of one outer step; the first is 1."""
        return self if self.at is None else self.at(step)


class Stream(NamedTuple):
    """Tasks that arrive one after another: what an online evaluation has to know, all of it a function of the outer step.

    examples: of each task once it is whole; threshold: the accuracy (of regression: the loss) that counts as learned;
    fresh: every round begins from a fresh initialization; names: of the rounds' tasks; begins(step): the round whose first
    outer step that is, or None; ends(step): (round, examples arrived) where more arrives after that step, or None;
    probe(round, arrived): one task, those examples as support and held-out ones as query.
    """

    examples: int
    threshold: float
    fresh: bool
    names: tuple[str, ...]
    begins: Callable[[int], int | None]
    ends: Callable[[int], tuple[int, int] | None]
    probe: Callable[[int, int], Task]


class TaskRows(NamedTuple):
    """The rows of training and validation tasks outside of episodes, for models that are fitted to all of them at once (they
    choose no best step, so that the validation tasks are theirs too). Numpy arrays, in the units of the episodes.

    x: [rows, inputs]; y: [rows, outputs], or labels [rows] that mean the same in every task; task: [rows]; spread: [outputs]
    standard deviation of the target over the rows of all tasks, the test's too: a unit for reports (None: classes).
    """

    x: Any
    y: Any
    task: Any
    spread: Any = None


class TaskSplits(NamedTuple):
    """Three distributions over disjoint tasks, classes or tables (or one law with three streams of draws).

    stream: where `train` is a stream of tasks: then the other two hold the same tasks, judged on held-out examples.
    pool: the examples outside of tasks (core.tasks.pool.ClassPool), where the set has classes that tasks are drawn from.
    notes: sentences on a person's own data that the log of a run should hold: what was guessed, what is left out.
    rows: of a table, its rows outside of tasks.
    """

    train: TaskDistribution
    validation: TaskDistribution
    test: TaskDistribution
    stream: Stream | None = None
    pool: "ClassPool | None" = None
    notes: tuple[str, ...] = ()
    rows: TaskRows | None = None

    @property
    def spec(self) -> TaskSpec:
        """Of the training tasks, with the ways of those at use: what the network is built for."""
        return self.train.spec._replace(outputs=self.test.spec.outputs)


def map_task(function: Callable[[Tensor], Tensor], task: Any) -> Any:
    """Apply a function to every tensor of a Task, Batch, Given or Groups."""
    if isinstance(task, torch.Tensor):
        return function(task)
    if isinstance(task, dict):
        return {key: map_task(function, value) for key, value in task.items()}
    return type(task)(*(map_task(function, part) for part in task))
