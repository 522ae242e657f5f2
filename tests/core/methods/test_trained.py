"""Checks of the method files that need a trained method, with the least training that shows them: minutes, so `make test-all`."""

import resource
import subprocess
import sys

import pytest
import torch

from core.config import presets, with_settings
from core.draws import at_step
from core.inner import predict, rollout
from core.losses import accuracy, squared_error
from core.outer import one_task
from core.training import Control, train
from core.training.assembly import assemble
from core.training.checkpoint import load
from core.training.events import Checkpointed, Failed

pytestmark = pytest.mark.slow

QUICK = (
    "engine.tier=eager", "engine.threads=1", "engine.device=cpu", "evaluation.tasks=20", "evaluation.validation_tasks=50",
)  # fmt: skip


def trained(folder, preset, *settings):
    """(assembly, the best meta-parameters) after a short run."""
    experiment = with_settings(presets()[preset].experiment, [*QUICK, *settings])
    folder.mkdir(parents=True, exist_ok=True)
    heard = []
    train(experiment, heard.append, Control(), folder, folder / "data")
    assert not [event.sentence for event in heard if isinstance(event, Failed)]
    (*_, last) = (event for event in heard if isinstance(event, Checkpointed))
    stored = load(last.path, torch.device("cpu"))
    return assemble(experiment, folder / "data"), stored.best or stored.meta


def drawn(parts, count, seed=0):
    return parts.splits.test.sample(at_step(seed, "trained"), count)


def query_loss(method, meta, given, query, *, fast=None, steps):
    fast = rollout(method, meta, given, {}, steps) if fast is None else fast
    return float(squared_error(predict(method, meta, fast, given, query.x), query))


def test_a_modulation_of_another_mode_makes_mmaml_clearly_worse(tmp_path):
    """mmaml.md, check 6: else the encoder would not be used."""
    parts, meta = trained(
        tmp_path,
        "two-modes-mmaml",
        "outer.steps=1000",
        "outer.meta_batch=25",
        "tasks.queries=5",
        "inner.evaluation_steps=5",
    )
    method, tasks, steps = parts.method, drawn(parts, 60), parts.experiment.inner.steps
    mode = tasks.about["mode"]
    own, swapped = [], []
    for i in range(len(mode)):
        other = int((mode != mode[i]).nonzero()[i % 20])
        task, foreign = one_task(tasks, i), one_task(tasks, other)
        own.append(query_loss(method, meta, task.given, task.query, steps=steps))
        fast = method.begin(meta, task.given, {})
        fast["modulation"] = method.begin(meta, foreign.given, {})["modulation"]
        for t in range(steps):
            fast = method.step(meta, fast, task.given, {}, t)
        swapped.append(query_loss(method, meta, task.given, task.query, fast=fast, steps=steps))
    assert torch.tensor(swapped).median() > 1.5 * torch.tensor(own).median()


def test_tasks_of_order_zero_end_in_constants(tmp_path):
    """mt_net.md, check 8: where y = c, what MT-net predicts after adaptation varies little over x."""
    parts, meta = trained(
        tmp_path, "sinusoid-mt-net", "tasks.kind=polynomial", "outer.steps=700", "outer.meta_batch=10", "inner.steps=1",
        "inner.evaluation_steps=1", "inner.learning_rate=0.05", "network.init=he", "evaluation.validate_every=350",
    )  # fmt: skip
    tasks, x = drawn(parts, 150), torch.linspace(-2, 2, 41)[:, None]
    method, mode = parts.method, tasks.about["mode"]
    noise = method.noise(at_step(0, "noise"), meta, tasks.given, 1)
    varies = torch.zeros(150)
    for i in range(150):
        task, own = one_task(tasks, i), one_task(noise, i)
        fast = method.step(meta, method.begin(meta, task.given, own), task.given, own, 0)
        varies[i] = predict(method, meta, fast, task.given, x).std()
    constants = tasks.query.y[mode == 0].mean((1, 2))
    assert varies[mode == 0].mean() < 0.4 * constants.std()
    assert varies[mode == 0].mean() < 0.5 * varies[mode == 2].mean()


def test_boil_is_at_chance_before_its_step_and_far_above_after(tmp_path):
    """relatives.md, BOIL, check d: the body's step does the work, under a head that never moves."""
    parts, meta = trained(
        tmp_path,
        "glyphs-boil",
        "outer.steps=120",
        "outer.meta_batch=8",
        "network.filters=16",
        "evaluation.validate_every=120",
    )
    tasks, method = drawn(parts, 60), parts.method
    before, after, turned, kept = [], [], [], []
    for i in range(60):
        task = one_task(tasks, i)
        start = method.begin(meta, task.given, {})
        moved = method.step(meta, start, task.given, {}, 0)
        before.append(float(accuracy(predict(method, meta, start, task.given, task.query.x), task.query)))
        after.append(float(accuracy(predict(method, meta, moved, task.given, task.query.x), task.query)))
        weights = [method.weights(meta, fast) for fast in (start, moved)]
        features = [parts.net.features(each, task.query.x) for each in weights]
        turned.append(float(torch.cosine_similarity(*features).mean()))
        kept.append(all(torch.equal(weights[0][name], weights[1][name]) for name in parts.net.head))
    assert abs(sum(before) / 60 - 0.2) < 0.08
    assert sum(after) / 60 > sum(before) / 60 + 0.1
    assert all(kept)
    assert sum(turned) / 60 < 0.98, "representation change, not reuse"


def test_a_context_of_two_numbers_holds_amplitude_and_phase(tmp_path):
    """relatives.md, CAVIA, check d: a sine is A cos(p) sin(x) - A sin(p) cos(x), and a smooth map of the context gives both."""
    parts, meta = trained(
        tmp_path,
        "sinusoid-cavia",
        "outer.steps=2500",
        "method.context=2",
        "inner.evaluation_steps=1",
        "outer.meta_batch=25",
    )
    tasks, method = drawn(parts, 400), parts.method
    contexts = torch.stack(
        [rollout(method, meta, one_task(tasks, i).given, {}, 1)["weights"]["context"] for i in range(400)]
    ).double()
    x, y = tasks.query.x[..., 0].double(), tasks.query.y[..., 0].double()
    wave = torch.linalg.lstsq(torch.stack([x.sin(), -x.cos()], -1), y[..., None]).solution[..., 0]
    scaled = (contexts - contexts.mean(0)) / contexts.std(0)
    a, b = scaled.T
    smooth = torch.stack([torch.ones_like(a), a, b, a * a, a * b, b * b, a**3, a * a * b, a * b * b, b**3], 1)
    fitted = smooth @ torch.linalg.lstsq(smooth, wave).solution
    explained = 1 - (wave - fitted).square().sum(0) / (wave - wave.mean(0)).square().sum(0)
    assert explained.min() > 0.8, f"share of both coordinates that a cubic of the context explains: {explained}"


MEMORY = """
import resource, sys, torch
from core import losses
from core.engine.eager import meta_gradient
from core.engine.plan import Plan
from core.methods.registry import make
from core.nets.dense import mlp
from core.types import Batch, Partition, Recipe, Task
from types import SimpleNamespace
torch.set_num_threads(1)
kind, steps = sys.argv[1], int(sys.argv[2])
net = mlp(1, [500, 500], 1, start="he")
settings = SimpleNamespace(strength=2.0, iterations=3, damping=0.0, solver="proximal", bounded_steps=False)
method = make(kind, net, losses.squared_error, Recipe(steps, 1e-3), Partition(tuple(net.shapes), ()), settings)
x = torch.randn(4, 10, 1)
batch = Batch(x, x.sin(), torch.ones(4, 10))
meta = method.init(torch.Generator().manual_seed(0))
plan = Plan("vectorised", 4, 1, "eager", "cpu", "float32", walk="unrolled")
compute = meta_gradient(method, plan)
compute(meta, Task(batch, batch), {}, torch.zeros(()))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(kind, steps):
    """KiB of memory that a fresh process held at most."""
    done = subprocess.run([sys.executable, "-c", MEMORY, kind, str(steps)], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(not hasattr(resource, "getrusage"), reason="peak memory is read from the operating system")
def test_the_memory_of_imaml_is_flat_in_the_inner_steps_and_mamls_is_not():
    """relatives.md, iMAML, check e. A step of this network is 4 MB of weights a meta-batch."""
    assert peak("imaml", 60) < peak("imaml", 4) + 20 * 1024
    assert peak("maml", 60) > peak("maml", 4) + 200 * 1024
