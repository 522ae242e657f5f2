"""The experiment file: everything that decides a run, once."""

import hashlib
import json
from typing import Any, Literal

from pydantic import Field

from .base import Settings, decided, setting
from .methods import Maml, MethodKind
from .networks import Mlp, NetworkKind
from .tasks import Sinusoid, TaskKind

OWN_DATA = ("table", "images")
"""Kinds of tasks that are made of a person's own files."""


class Subset(Settings):
    """Which tensors move. Patterns are shell patterns over parameter names ("head.*", "*.bias")."""

    adapt: tuple[str, ...] | None = setting(
        None, "Patterns of the parameters that the inner loop moves. Empty: all but normalization.", title="Adapted"
    )
    freeze: tuple[str, ...] = setting(
        (), "Patterns of the parameters that the outer loop leaves at their start.", title="Frozen"
    )


class Inner(Settings):
    """Adaptation to one task."""

    steps: int = setting(1, "Gradient steps on the support set while training.", title="Steps", ge=0, le=1000)
    learning_rate: float = setting(
        0.01, "Step size of the inner loop (losses are means over examples).", title="Step size", gt=0, le=100
    )
    evaluation_steps: int = setting(
        10,
        "Gradient steps at evaluation and use; results are shown after each.",
        title="Steps at evaluation",
        ge=0,
        le=1000,
    )
    order: Literal["second", "first"] = setting(
        "second",
        "Differentiate through the inner gradients (second) or take them as constants (first).",
        title="Gradient order",
    )
    clip: float | None = setting(
        None,
        "Clip every entry of the inner gradient to plus or minus this. Empty: no clipping.",
        title="Inner clip",
        gt=0,
        advanced=True,
    )


class Outer(Settings):
    """Meta-training."""

    steps: int = setting(
        10000, "How often the learned parameters are updated.", title="Outer steps", ge=1, le=10_000_000
    )
    minutes: float | None = setting(
        None, "Stop after this long even if steps are left. Empty: no limit.", title="Time limit", unit="min", gt=0
    )
    optimizer: Literal["adam", "adamw", "sgd"] = setting(
        "adam",
        "Optimizer of the outer loop.",
        title="Optimizer",
        words={"adam": "Adam", "adamw": "AdamW", "sgd": "SGD"},
    )
    learning_rate: float = setting(1e-3, "Outer learning rate at the start.", title="Learning rate", gt=0, le=10)
    schedule: Literal["constant", "linear", "cosine"] = setting(
        "constant", "How the outer learning rate falls to its final share over the run.", title="Schedule"
    )
    final_share: float = setting(
        0.0,
        "What the schedule ends at, as a share of the learning rate.",
        title="Final share",
        ge=0,
        le=1,
        advanced=True,
    )
    meta_batch: int = setting(25, "Tasks of one outer step.", title="Meta-batch", ge=1, le=4096)
    clip_value: float | None = setting(
        None,
        "Clip every entry of the meta-gradient to plus or minus this. Empty: no clipping.",
        title="Clip entries",
        gt=0,
        advanced=True,
    )
    clip_norm: float | None = setting(
        None,
        "Scale the meta-gradient down to at most this norm. Empty: no clipping.",
        title="Clip norm",
        gt=0,
        advanced=True,
    )
    weight_decay: float = setting(
        0.0, "Weight decay of the outer optimizer.", title="Weight decay", ge=0, le=1, advanced=True
    )


class Evaluation(Settings):
    """What is measured while training and at the end."""

    tasks: int = setting(
        600,
        "Fixed test tasks at the end; the same for all runs with the same tasks.",
        title="Test tasks",
        ge=2,
        le=100_000,
    )
    validation_tasks: int = setting(
        100, "Fixed validation tasks while training.", title="Validation tasks", ge=2, le=10_000
    )
    validate_every: int | None = setting(
        None,
        "Outer steps between validations. Empty: 1/40 of the run.",
        title="Validate every",
        unit="steps",
        ge=1,
    )
    checkpoint_every: int | None = setting(
        None,
        "Outer steps between checkpoints, and once a minute. Empty: 1/10 of the run.",
        title="Checkpoint every",
        unit="steps",
        ge=1,
    )
    patience: int | None = setting(
        None, "Stop early after this many validations without a new best. Empty: never.", title="Early stop", ge=1
    )
    alternatives: Literal["auto", "on", "off"] = setting(
        "auto",
        "Measure on the same test tasks what one would otherwise do: one network for all tasks, linear models, nearest class "
        "mean of the pixels. auto: for a table or pictures of your own.",
        title="Alternatives",
    )
    best_after: int | None = setting(
        None,
        "The best checkpoint has the lowest validation loss after this many inner steps. Empty: inner.evaluation_steps.",
        title="Best after",
        unit="inner steps",
        ge=0,
        advanced=True,
    )


class Engine(Settings):
    """How the work is done, never what comes out of it."""

    tier: Literal["auto", "eager", "graph", "compiled"] = setting(
        "auto",
        "auto: eager at once, compiled in the background where that is worth it, and swapped in when ready. eager and "
        "compiled pin one; compiled waits for the compiler before the first step. graph: a recorded CUDA graph, on a GPU "
        "alone, not tried out on one yet.",
        title="Tier",
        words={"graph": "CUDA graph"},
    )
    plan: Literal["auto", "vectorised", "per-task"] = setting(
        "auto",
        "All tasks of a chunk in one vectorised pass, or one task after the other.",
        title="Plan",
        words={"per-task": "one by one"},
    )
    walk: Literal["auto", "unrolled", "adjoint"] = setting(
        "auto",
        "How the meta-gradient goes back through the inner loop: one graph (unrolled), or step by step with memory that "
        "does not grow with the steps (adjoint). Both exact.",
        title="Walk",
        advanced=True,
    )
    chunk: int | None = setting(
        None, "Tasks of one pass. Empty: chosen by memory and answering time.", title="Chunk", ge=1
    )
    threads: int | None = setting(
        None,
        "CPU threads of one operation. Empty: one for small networks, else all cores.",
        title="Threads",
        ge=1,
        le=1024,
    )
    workers: int | None = setting(
        None,
        "Tasks at a time, in threads, where they go one after the other on a CPU. Empty: as many as there are cores.",
        title="Tasks at a time",
        ge=1,
        le=1024,
    )
    layout: Literal["auto", "channels-first", "channels-last"] = setting(
        "auto", "Order of picture maps in memory, where tasks go one after the other.", title="Layout", advanced=True
    )
    trial: bool = setting(
        True,
        "Before the first step of a new kind of experiment, try for a moment on its real shapes what is left on auto, keep "
        "the quickest, and remember it in the data folder. Off: a rule of thumb.",
        title="Short trial",
        advanced=True,
    )
    features: Literal["auto", "off"] = setting(
        "auto",
        "auto: where the body is pretrained and frozen, every picture goes through it once and the method works on the kept "
        "features. off: through the body every time. The same numbers.",
        title="Cached features",
        advanced=True,
    )
    device: Literal["auto", "cpu", "cuda"] = setting(
        "auto",
        "Where tensors live. auto: on a GPU where there is one.",
        title="Device",
        words={"cpu": "CPU", "cuda": "GPU (CUDA)"},
    )
    precision: Literal["float32", "float64"] = setting(
        "float32",
        "Floating point format.",
        title="Precision",
        advanced=True,
        words={"float32": "32 bits", "float64": "64 bits"},
    )


class Experiment(Settings):
    """One run. `digest` names everything that decides its weights (not its name)."""

    name: str = setting(
        "", "What the run is called in the catalog. Empty: made from method and tasks.", title="Name", max_length=300
    )
    seed: int = setting(0, "All draws of the run follow from it.", title="Seed", ge=0, le=2**31 - 1)
    tasks: TaskKind = Field(default_factory=Sinusoid)
    network: NetworkKind = Field(default_factory=Mlp)
    method: MethodKind = Field(default_factory=Maml)
    subset: Subset = Field(default_factory=Subset)
    inner: Inner = Field(default_factory=Inner)
    outer: Outer = Field(default_factory=Outer)
    evaluation: Evaluation = Field(default_factory=Evaluation)
    engine: Engine = Field(default_factory=Engine)

    def title(self) -> str:
        """The name, or one made from method and tasks."""
        return self.name or f"{self.method.kind} on {self.tasks.kind}"

    def plain(self) -> dict[str, Any]:
        """As the experiment file holds it: None left out, tuples as lists."""
        return self.model_dump(mode="json", exclude_none=True)

    def digest(self) -> str:
        """[16 hex digits] of all settings that were decided (see `core.config.base.decided`), but the name."""
        seen = decided(self.model_copy(update={"name": ""}))
        return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:16]

    def best_after(self) -> int:
        """Inner steps after which validation loss picks the best checkpoint."""
        chosen = self.evaluation.best_after
        most = self.inner.evaluation_steps
        return most if chosen is None else min(chosen, most)

    def pretrains(self) -> bool:
        """Does the method begin with a pretrained network?"""
        return bool(getattr(self.method, "pretraining_steps", 0))

    def random_start(self) -> str:
        """What the random start of an evaluation begins from, in words."""
        if self.pretrains() and self.method.holds_body(self):
            return "a fresh head on the pretrained body"
        return "a fresh network"

    def measures_alternatives(self) -> bool:
        """Are the alternatives to meta-learning measured beside the result?"""
        wanted = self.evaluation.alternatives
        return wanted == "on" or (wanted == "auto" and self.tasks.kind in OWN_DATA)

    def validate_every(self) -> int:
        return self.evaluation.validate_every or max(1, self.outer.steps // 40)

    def checkpoint_every(self) -> int:
        return self.evaluation.checkpoint_every or max(1, self.outer.steps // 10)
