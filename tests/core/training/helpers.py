"""Small runs, trained in a second, and what they said."""

from pathlib import Path

import torch

from core.config import presets, with_settings
from core.training import Control, train
from core.training.checkpoint import load
from core.training.events import Checkpointed, Stepped
from core.types import Batch, Task, TaskDistribution, TaskSpec, TaskSplits

TINY = [
    "network.hidden=[8]", "outer.steps=24", "outer.meta_batch=4", "inner.evaluation_steps=2", "evaluation.tasks=6",
    "evaluation.validation_tasks=4", "evaluation.validate_every=6", "evaluation.checkpoint_every=8", "engine.threads=1",
    "network.init=he", "engine.device=cpu", "engine.tier=eager",
]  # fmt: skip


def tiny(*pairs, preset="sinusoid-maml"):
    """24 outer steps on sinusoids: validations at 0, 6, 12, 18, 24, checkpoints at 8, 16, 24."""
    return with_settings(presets()[preset].experiment, [*TINY, *pairs])


METHODS = {
    "maml-adam": (),
    "maml-clipped": ("outer.clip_norm=0.5", "outer.weight_decay=0.01", "outer.optimizer=adamw"),
    "reptile-adam-linear": (
        "method.kind=reptile", "outer.optimizer=sgd", "outer.learning_rate=0.5", "outer.schedule=linear", "inner.steps=3",
        "method.batch=2", "inner.order=first",
    ),
    "meta-sgd-cosine": ("method.kind=meta-sgd", "method.random_start=[0.005, 0.1]", "outer.schedule=cosine"),
    "pooled": ("method.kind=pooled", "outer.optimizer=sgd"),
    "anil-frozen": ('subset.adapt=["head.*"]', 'subset.freeze=["body.0.weight"]'),
}  # fmt: skip
"""Settings whose state between steps differs: Adam's moments, none, an inner Adam's, rates, frozen tensors."""


class Heard(list):
    """A sink: every event in its order."""

    def __call__(self, event):
        self.append(event)

    def all(self, kind):
        return [event for event in self if isinstance(event, kind)]

    def one(self, kind):
        found = self.all(kind)
        assert len(found) == 1, f"{len(found)} events {kind.__name__}: {found}"
        return found[0]

    @property
    def last(self):
        return self[-1]

    def losses(self):
        """Outer loss by step, as told in batches."""
        return {int(s): float(v) for event in self.all(Stepped) for s, v in zip(event.steps, event.loss, strict=True)}


def run(experiment, folder, *, control=None, on=None, **options):
    """Train into `folder`; `on(event)` is called with every event. Gives back what was heard."""
    folder.mkdir(parents=True, exist_ok=True)
    heard = Heard()

    def sink(event):
        heard(event)
        if on is not None:
            on(event)

    train(experiment, sink, control or Control(), folder, folder / "data", **options)
    return heard


def state(heard):
    """Everything that the last checkpoint holds, by name."""
    found = load(checkpoint_of(heard), torch.device("cpu"))
    groups = {"now": found.meta, **({"best": found.best} if found.best else {})}
    flat = {
        f"{part}/{kind}/{group}/{name}": leaf
        for part, meta in groups.items()
        for kind, named_groups in meta._asdict().items()
        for group, named in named_groups.items()
        for name, leaf in named.items()
    }
    return {**flat, **{f"optimizer/{key}": leaf for key, leaf in found.optimizer.items()}}


def checkpoint_of(heard):
    return Path(heard.all(Checkpointed)[-1].path)


def assert_same_bits(one, other):
    assert one.keys() == other.keys()
    for name, leaf in one.items():
        assert leaf.dtype == other[name].dtype
        assert torch.equal(leaf, other[name]), f"{name} differs by {(leaf - other[name]).abs().max():.3g}"


def noise_pictures(settings, *, data_folder, device, dtype):
    """Tasks of the shape of Omniglot's 5-way 1-shot, made of noise: what they cost is what counts here."""
    spec = TaskSpec("classification", (1, 28, 28), settings.ways, settings.shots, settings.queries, "noise")

    def batch(generator, tasks, shots):
        x = torch.rand(tasks, settings.ways * shots, 1, 28, 28, generator=generator, dtype=dtype)
        y = torch.arange(settings.ways).repeat_interleave(shots).expand(tasks, -1)
        return Batch(x, y, torch.ones(x.shape[:2], dtype=dtype))

    def sample(generator, tasks):
        return Task(batch(generator, tasks, settings.shots), batch(generator, tasks, settings.queries))

    distribution = TaskDistribution(spec, sample)
    return TaskSplits(distribution, distribution, distribution)
