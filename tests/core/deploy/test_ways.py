"""More and fewer classes than an initialization was learned for, for every method: through the file, `adapt` and evaluation.

Fixed head: fewer classes leave rows out, more are refused with the limit. Shared head, and methods that make their rows: any
number.
"""

import numpy as np
import pytest
import torch

import core
from core.card import make_card
from core.config import parse
from core.config.problems import problems
from core.deploy import write
from core.draws import at_step
from core.errors import BadExperiment
from core.inner import predict, rollout
from core.methods.registry import METHODS
from core.nets import build, module_source
from core.runs import evaluate
from core.training.assembly import methods_for
from core.types import Batch, Given, TaskSpec
from tests.core.training.helpers import noise_pictures

LEARNED, STEPS = 5, 2
SPEC = TaskSpec("classification", (1, 8, 8), LEARNED, 2, 2, "made up")


def experiment(kind, head):
    return parse(
        {
            "tasks": {"kind": "glyphs", "ways": LEARNED},
            "network": {"kind": "conv-strided", "filters": 3, "depth": 2, "norm": "layer", "head": head},
            "method": {"kind": kind},
            "inner": {"steps": 2, "evaluation_steps": STEPS, "learning_rate": 0.05},
            "engine": {"precision": "float64"},
        }
    )


CASES = [
    pytest.param(kind, head, id=f"{kind}-{head}")
    for kind in METHODS
    for head in ("fixed", "shared")
    if not any(problem.blocking for problem in problems(experiment(kind, head)))
]

READS_LABELS = {"hsml"}
"""Its embedding of a task reads one-hot labels of as many classes as were learned, whatever the head is."""


def takes_more(kind, head):
    return (head == "shared" or experiment(kind, head).method.any_ways) and kind not in READS_LABELS


def written(kind, head, folder):
    wanted = experiment(kind, head)
    net = build(wanted.network, SPEC, dtype=torch.float64)
    method, _, partition, _ = methods_for(wanted, SPEC, net)
    meta = method.init(at_step(0, "init"))
    card = make_card(
        wanted,
        SPEC,
        partition,
        net.shapes,
        run="r",
        step=1,
        module=module_source(wanted.network, SPEC),
        evaluation=None,
    )
    path = folder / "start.safetensors"
    write(path, meta, net, partition, card)
    return core.load(path)


def task(ways):
    draw = np.random.default_rng(ways)
    y = np.repeat(np.arange(ways), 2)
    return draw.random((len(y), 1, 8, 8)), y, draw.random((4, 1, 8, 8))


@pytest.mark.parametrize("ways", [2, LEARNED, 8])
@pytest.mark.parametrize(("kind", "head"), CASES)
def test_any_number_where_the_method_or_the_head_allows_it_else_up_to_what_was_learned(kind, head, ways, tmp_path):
    start = written(kind, head, tmp_path)
    x, y, asked = task(ways)
    unlimited = head == "shared" or start.experiment.method.any_ways
    if ways > LEARNED and not unlimited:
        with pytest.raises(BadExperiment, match=f"fixed head for {LEARNED} classes and cannot take {ways}"):
            start.adapt(x, y)
        return
    if ways > LEARNED and kind in READS_LABELS:
        with pytest.raises(BadExperiment, match=f"labels of {LEARNED} classes and cannot take {ways}"):
            start.adapt(x, y)
        return
    found = start.adapt(x, y).predict(asked)
    assert found.shape == (4, ways)
    np.testing.assert_allclose(found.sum(1), 1, rtol=1e-5)
    assert np.isfinite(found).all()
    support = start.adapt(x, y).predict(x).argmax(1)
    assert set(support.tolist()) <= set(range(ways))


@pytest.mark.parametrize("ways", [2, 3])
def test_masked_outputs_are_rows_left_out(ways, tmp_path):
    """MAML by hand on the first rows of the head: what fewer classes have to come to."""
    start = written("maml", "fixed", tmp_path)
    x, y, asked = task(ways)
    net = build(start.experiment.network, SPEC, ways=ways, dtype=torch.float64)
    method = methods_for(start.experiment, SPEC, net)[0]
    cut = {n: (leaf[:ways] if n in net.head else leaf) for n, leaf in start.meta.learned["init"].items()}
    batch = Batch(torch.from_numpy(x), torch.from_numpy(y), torch.ones(len(y), dtype=torch.float64))
    given = Given(batch, batch.x[:0], batch.weight[:0])
    meta = start.meta._replace(learned={**start.meta.learned, "init": cut})
    fast = rollout(method, meta, given, {}, STEPS)
    wanted = predict(method, meta, fast, given, torch.from_numpy(asked)).softmax(-1).detach().numpy()
    np.testing.assert_allclose(start.adapt(x, y).predict(asked), wanted, rtol=1e-5)


@pytest.mark.parametrize(("kind", "head"), [case for case in CASES if takes_more(*case.values)])
def test_eight_classes_come_apart(kind, head, tmp_path):
    """With more classes than were learned the rows are new ones, each of its own: they come apart in adaptation."""
    start = written(kind, head, tmp_path)
    x, y, _ = task(8)
    found = start.adapt(x, y).predict(x)
    assert np.unique(found.round(9), axis=1).shape[1] == 8


# evaluation on other ways


@pytest.mark.parametrize("ways", [2, 3, 8])
@pytest.mark.parametrize("kind", ["pictures", "pictures-shared", "pictures-shared-meta-sgd", "pictures-mlp"])
def test_evaluation_on_other_ways_beside_its_alternatives(made, kind, ways, monkeypatch, tmp_path):
    """Learned for 3: the same rules as in use, and the random start and the alternatives have as many classes."""
    monkeypatch.setattr("core.tasks.build", noise_pictures)
    monkeypatch.setattr("core.training.joint.LEAST_STEPS", 2)
    path = made(kind)
    settings = [f"tasks.ways={ways}", "evaluation.alternatives=on", "inner.evaluation_steps=1"]
    if ways > 3 and not kind.startswith("pictures-shared"):
        with pytest.raises(BadExperiment, match="fixed head for 3 classes and cannot take 8"):
            evaluate(path, tmp_path, settings, 4)
        return
    found = evaluate(path, tmp_path, settings, 4)
    assert len(found["accuracy"]) == len(found["random_start"]["accuracy"]) == 2
    assert [each["kind"] for each in found["alternatives"]] == ["random-start", "joint", "nearest-mean"]
    chance = found["alternatives"][-1]["accuracy"]["mean"]
    assert abs(chance - 1 / ways) < 0.35  # noise: no pixel tells the classes apart
