"""Checks of the method files that need a trained method, with the least training that shows them: minutes, so `make test-all`."""

import resource
import subprocess
import sys
from typing import NamedTuple

import pytest
import torch

from core.config import presets, with_settings
from core.draws import at_step
from core.func import vmap
from core.inner import predict, rollout
from core.losses import accuracy, squared_error
from core.outer import one_task
from core.training import Control, train
from core.training.assembly import assemble
from core.training.checkpoint import load
from core.training.evaluate import fixed_noise, sampled_outputs, states
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


def losses_of(parts, meta, tasks, steps):
    """Query loss after each number of inner steps [tasks, len(steps)], by the loss that the tasks have."""

    def of_task(i):
        task = one_task(tasks, i)
        fasts = [rollout(parts.method, meta, task.given, {}, n) for n in steps]
        outputs = [predict(parts.method, meta, fast, task.given, task.query.x) for fast in fasts]
        return [float(parts.loss(each, task.query)) for each in outputs]

    return torch.tensor([of_task(i) for i in range(len(tasks.support.x))])


def assert_below(found, reference):
    """Paired over tasks: the whole 95 % interval of the difference lies below 0."""
    apart = found - reference
    most = apart.mean() + 1.96 * apart.std() / len(apart) ** 0.5
    assert most < 0, f"difference {apart.mean():.3f}, at most {most:.3f}"


def test_the_critic_learns_and_its_step_lowers_the_loss_of_the_target_set(tmp_path):
    """sca.md, section 1: below what the same network reached by its support steps, and below what it learns without a critic."""
    quick = ("outer.steps=300", "network.filters=16", "outer.meta_batch=4", "evaluation.validate_every=100")
    parts, meta = trained(tmp_path / "with", "glyphs-sca", *quick)
    alone, plain = trained(
        tmp_path / "without", "glyphs-sca", *quick, "method.critic_steps=0", "inner.evaluation_steps=3"
    )
    begun = parts.method.init(at_step(parts.experiment.seed, "init")).learned["critic"]
    moved = {name: float((leaf - begun[name]).abs().max()) for name, leaf in meta.learned["critic"].items()}
    assert min(most for name, most in moved.items() if name.endswith("weight")) > 1e-3, (
        moved
    )  # an offset below a ReLU has no slope
    tasks = drawn(parts, 120)
    before, after = losses_of(parts, meta, tasks, (3, 4)).T
    assert_below(after, before)
    assert_below(after, losses_of(alone, plain, tasks, (3,))[:, 0])


def sampled(parts, meta, tasks, steps=5):
    """Outputs of every sample at the query points [tasks, samples, queries]."""
    noise = fixed_noise(parts.method, meta, tasks, steps)
    with torch.no_grad():
        *_, (_, fast) = states(parts.method, meta, tasks, noise, steps, vectorised=True, check=lambda: None)
        found = sampled_outputs(parts.method, meta, fast, tasks.given, tasks.query.x, vectorised=True)
    return found[..., 0]


def ranks(values):
    return values.flatten().argsort().argsort().double()


def test_platipus_differs_where_a_task_is_ambiguous_agrees_where_it_is_not_and_says_how_sure_it_is(tmp_path):
    """platipus.md, sections 1 and 8 and check 8, on sine or line: one point leaves it open, twenty tie it down. Spread and
    calibration are those that the program itself shows."""
    parts, meta = trained(tmp_path, "sinusoid-line-platipus", "outer.steps=1000", "evaluation.validate_every=1000")
    many = assemble(with_settings(parts.experiment, ["tasks.shots=20"]), tmp_path / "data")
    draws = fixed_noise(many.method, meta, drawn(many, 1), 5)
    by_examples = next(p for p in many.method.panels(meta, drawn(many, 100), draws) if p.title == "Spread by examples")
    at_examples, at_queries = by_examples.values
    assert by_examples.x.tolist() == [1, 2, 10, 20]
    assert (at_queries.diff() < 0).all(), at_queries
    assert at_queries[0] > 2 * at_queries[-1], "an ambiguous task's samples differ"
    assert (at_examples < at_queries).all(), "and they agree more where something was shown"

    tasks = drawn(parts, 200)
    found, truth = sampled(parts, meta, tasks), tasks.query.y[..., 0]
    error = (found.mean(1) - truth).abs()
    rank = torch.corrcoef(torch.stack([ranks(found.std(1)), ranks(error)]))[0, 1]
    assert rank > 0.25, f"where samples differ the prediction should be worse, rank correlation {rank:.2f}"
    each = (found - truth[:, None]).square().mean(-1)
    assert each.min(1).values.mean() < 0.6 * each.mean(), (
        "one of ten samples is much nearer than a sample is on average"
    )

    covered = next(p for p in parts.method.panels(meta, tasks, draws) if p.title == "Calibration of the intervals")
    share, level = covered.values
    assert (share - level).abs().mean() < 0.08
    assert share[18] == pytest.approx(0.9, abs=0.12)
    assert "Calibration error" in covered.note

    sharp = {name: torch.full_like(leaf, -8.0) for name, leaf in meta.learned["log_prior"].items()}
    one = sampled(parts, meta._replace(learned={**meta.learned, "log_prior": sharp}), tasks)
    assert one.std(1).mean() < 0.02 * found.std(1).mean(), "without spread all samples are one"


def test_two_components_divide_tasks_sharply_by_what_they_have_in_common(tmp_path):
    """After a twenty-fifth of check 8's steps, and cooled at once: responsibilities above 0.9, and neither component takes all.
    What divides sines and lines this early is not the mode but the sign of the slope, which matters more for the squared error
    before the starts can adapt. (Components follow the loss, not names; the check itself stands below.)"""
    parts, meta = trained(
        tmp_path, "three-modes-mixture", "method.components=2", "tasks.kind=sinusoid-line", "tasks.shots=10", "tasks.noise=0.0",
        "outer.steps=400", "outer.meta_batch=10", "inner.steps=5", "inner.evaluation_steps=5", "inner.learning_rate=0.01",
        "inner.clip=10", "evaluation.validate_every=400",
    )  # fmt: skip
    tasks = drawn(parts, 150)
    evidence = [parts.method.begin(meta, one_task(tasks, i).given, {})["mixture"]["evidence"] for i in range(150)]
    shares = torch.stack(evidence).softmax(1)
    assert shares.max(1).values.mean() > 0.9
    assert 0.2 < shares[:, 0].mean() < 0.8
    x, y = tasks.support.x[..., 0], tasks.support.y[..., 0]
    rises, line = ((x - x.mean(1, keepdim=True)) * y).sum(1) > 0, tasks.about["mode"] == 1
    rising, falling = (shares[line & (rises == each), 0].mean() for each in (True, False))
    assert abs(rising - falling) > 0.8, (
        f"component 1 answers for {rising:.2f} of rising lines and {falling:.2f} of falling ones"
    )


class Divided(NamedTuple):
    """What became of a seed. sharp: mean largest responsibility; by_mode: share of tasks whose component is that of most tasks of
    their mode, under the better of the two pairings; loss: on the query set; alone: that of one start after equal steps."""

    sharp: float
    by_mode: float
    loss: float
    alone: float


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    """Check 8's three seeds at its full 10,000 steps, each beside one start, judged on 1,000 tasks that no run has seen."""
    folder = tmp_path_factory.mktemp("check-8")
    found = {}
    for seed in (0, 1, 2):
        (mode, evidence, loss), (_, _, alone) = (ended(folder, seed, kind) for kind in ("mixture", "maml"))
        share = evidence.softmax(1)
        same = float((share.argmax(1) == mode).double().mean())
        found[seed] = Divided(float(share.max(1).values.mean()), max(same, 1 - same), loss, alone)
        print(f"seed {seed}: {found[seed]}")
    return found


def ended(folder, seed, kind):
    """(modes, evidence of every component or None, mean query loss). Compiled where that is possible, built once a method."""
    own = ("method.kind=maml",) if kind == "maml" else ()
    parts, meta = trained(
        folder, "sinusoid-line-mixture", f"seed={seed}", "engine.tier=auto", "evaluation.validate_every=1000", *own
    )
    tasks, method = drawn(parts, 1000), parts.method

    def of_task(task):
        fast = rollout(method, meta, task.given, {}, 5)
        lost = squared_error(predict(method, meta, fast, task.given, task.query.x), task.query)
        return lost, fast["mixture"]["evidence"] if kind == "mixture" else lost

    with torch.no_grad():
        lost, evidence = vmap(of_task)(tasks._replace(about={}))
    return tasks.about["mode"], evidence, float(lost.mean())


def test_two_starts_divide_tasks_sharply_and_lose_less_than_one(seeds):
    """mixture.md, check 8: for every seed."""
    assert all(found.sharp > 0.9 for found in seeds.values()), seeds
    assert all(found.loss < found.alone for found in seeds.values()), seeds


def test_modes_and_components_are_nearly_a_permutation_for_most_seeds(seeds):
    """Check 8. A seed that collapsed is printed with the others, not dropped."""
    assert sum(found.by_mode > 0.9 for found in seeds.values()) >= 2, seeds


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
