"""Which parameters move, honoured by every method of the registry: inside a task, and over the run."""

import pytest
import torch

from core import losses
from core.config import parse, problems
from core.draws import at_step
from core.errors import BadExperiment
from core.inner import predict, rollout
from core.methods.registry import METHODS
from core.optim import OuterOptimizer
from core.outer import one_task
from core.training.assembly import assemble
from core.types import Batch, Task

from .cases import (
    NONSENSE,
    PICTURES,
    SUBSETS,
    WORLDS,
    Case,
    D,
    assert_close,
    draws_of,
    flat,
    gradient_of,
    outer_settings,
    pictures,
    t64,
)

NAMED = ("anil", "boil", "all", "frozen-part", "frozen-but-adapted")
EVERY = pytest.mark.parametrize(
    ("kind", "subset", "name"),
    [
        (kind, subset, name)
        for kind in METHODS
        for subset in NAMED
        if subset not in NONSENSE.get(kind, ())
        for name in ("mlp-layer", "strided-batch-fixed")
    ],
)


def built(kind, subset, name, **changes):
    """(method, meta, tasks, names that the subset says move, names that it says are frozen)."""
    case, world = Case(kind, **{**SUBSETS[subset], **changes}), WORLDS[name]
    net = world.net()
    partition = case.partition(net)
    method = case.method(net, world.loss)
    return method, case.meta(method), world.tasks(), set(partition.adapted), set(partition.frozen)


@EVERY
def test_adaptation_moves_the_chosen_tensors_and_no_bit_of_the_others(kind, subset, name):
    method, meta, tasks, adapted, _ = built(kind, subset, name)
    task, noise = one_task(tasks, 0), one_task(draws_of(method, meta, tasks), 0)
    before = method.weights(meta, method.begin(meta, task.given, noise))
    after = method.weights(meta, rollout(method, meta, task.given, noise, 3))
    assert before.keys() == after.keys() == method.net.shapes.keys()
    moved = {name for name, leaf in after.items() if not torch.equal(leaf, before[name])}
    silent = {name for name in adapted if ".conv.bias" in name}  # a batch norm takes the offset out again
    by_step = set(meta.learned.get("norm", {}))  # each step has its own learned scale and offset
    silent |= {"head.bias"} if kind == "leo" else set()  # rows made of the support set have none
    assert adapted - silent <= moved <= adapted | by_step


@EVERY
def test_training_leaves_no_bit_of_a_frozen_tensor_changed(kind, subset, name):
    """With weight decay, which shrinks whatever the optimizer holds."""
    method, meta, _, _, frozen = built(kind, subset, name)
    start = {group: dict(flat(getattr(meta, group))) for group in ("learned", "fixed")}
    start = {group: {key: leaf.clone() for key, leaf in named.items()} for group, named in start.items()}
    assert {key.removeprefix("init/") for key in start["fixed"]} == frozen
    after = trained(method, meta, WORLDS[name])
    assert all(torch.equal(leaf, start["fixed"][key]) for key, leaf in flat(after.fixed).items())
    changed = {key for key, leaf in flat(after.learned).items() if not torch.equal(leaf, start["learned"][key])}
    assert changed == set(flat(after.learned))


def trained(method, meta, world, steps=3):
    settings = outer_settings(optimizer="adamw", learning_rate=0.01, weight_decay=0.1)
    optimizer = OuterOptimizer(meta.learned, settings)
    for step in range(1, steps + 1):
        tasks, before = world.tasks(seed=step), meta
        found, aux = gradient_of(method, tasks, meta=meta)
        optimizer.step(meta.learned, found, step)
        meta = method.advance(before, meta, aux, t64(step / steps))
    return meta


@EVERY
def test_the_meta_gradient_has_an_entry_for_every_learned_tensor_and_no_other(kind, subset, name):
    method, meta, tasks, _, frozen = built(kind, subset, name)
    found, _ = gradient_of(method, tasks, meta=meta)
    there = {*meta.learned.get("init", {}), *meta.fixed.get("init", {})}
    assert method.plain is None or there == set(method.net.shapes)  # others may leave weights to the support set
    assert set(found.get("init", {})) == there - frozen
    assert set(flat(found)) == set(flat(meta.learned))
    assert all(torch.isfinite(leaf).all() for leaf in flat(found).values())


@pytest.mark.parametrize("kind", [kind for kind in METHODS if "all" not in NONSENSE.get(kind, ())])
def test_all_names_listed_are_the_plain_method_bit_for_bit(kind):
    world = WORLDS["mlp-tanh"]
    names = tuple(world.net().shapes)
    plain, listed = (Case(kind, adapt=adapt).method(world.net(), world.loss) for adapt in (None, names))
    one, other = (flat(gradient_of(method, world.tasks())[0]) for method in (plain, listed))
    assert one.keys() == other.keys()
    assert all(torch.equal(leaf, other[key]) for key, leaf in one.items())


def test_reptile_learns_only_what_adapts():
    """Its outer loss is a distance of adapted weights: a tensor that is fixed inside has no gradient. The experiment's
    problems say so (core.config.problems)."""
    method, meta, tasks, adapted, _ = built("reptile", "anil", "mlp-tanh")
    found, _ = gradient_of(method, tasks, meta=meta)
    assert {name for name, leaf in found["init"].items() if leaf.any()} == adapted


# ANIL (relatives.md, section 2)

HEAD, BODY = ("head.*",), ("body.*",)


def test_anil_changes_a_head_of_classes_times_features_and_classes_numbers():
    world = WORLDS["strided-batch-fixed"]
    method = Case("maml", adapt=HEAD).method(world.net(), world.loss)
    meta = method.init(at_step(0, "init"))
    fast = method.begin(meta, one_task(world.tasks(), 0).given, {})
    assert sum(leaf.numel() for leaf in fast["weights"].values()) == 3 * 3 + 3


def test_anils_first_step_from_a_zero_head_has_a_closed_form():
    """A_1 = rate / (N K) * sum of (onehot(y) - 1/N) f^T, and the same without f for the offset."""
    world, rate = WORLDS["mlp-pictures"], 0.3
    net = world.net()
    method = Case("maml", adapt=HEAD, steps=1, rate=rate).method(net, world.loss)
    meta = method.init(at_step(0, "init"))
    body = {name: leaf for name, leaf in meta.learned["init"].items() if name not in net.head}
    zeros = {name: torch.zeros_like(meta.learned["init"][name]) for name in net.head}
    task = one_task(world.tasks(), 0)
    fast = rollout(method, meta._replace(learned={"init": {**body, **zeros}}), task.given, {}, 1)
    reader = {"head.weight": torch.eye(5, dtype=D), "head.bias": torch.zeros(5, dtype=D)}
    features = net.apply({**body, **reader}, task.support.x)
    wrong = torch.nn.functional.one_hot(task.support.y, 3).to(D) - 1 / 3
    torch.testing.assert_close(fast["weights"]["head.weight"], rate * wrong.T @ features / 6, rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(fast["weights"]["head.bias"], rate * wrong.mean(0), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("adapt", [HEAD, BODY, None])
def test_without_a_step_it_is_multi_task_training_and_both_orders_agree(adapt):
    """Check (c) and (e): the query gradient of the start, whatever would have adapted."""
    world = WORLDS["mlp-pictures"]
    first, second = (
        gradient_of(Case("maml", adapt=adapt, steps=0, order=order).method(world.net(), world.loss), world.tasks())[0]
        for order in ("first", "second")
    )
    blind = world.tasks()._replace(support=pictures(shots=2)[0]._replace(weight=torch.zeros(4, 6, dtype=D)))
    joint, _ = gradient_of(Case("pooled").method(world.net(), world.loss), blind)
    assert_close(first, second, 1e-14)
    assert_close(second, joint, 1e-12)


def test_anils_body_gradient_differs_between_first_and_second_order():
    world = WORLDS["mlp-pictures"]
    first, second = (
        gradient_of(Case("maml", adapt=HEAD, order=order).method(world.net(), world.loss), world.tasks())[0]["init"]
        for order in ("first", "second")
    )
    assert (first["body.0.weight"] - second["body.0.weight"]).abs().max() > 1e-3 * second["body.0.weight"].abs().max()


# BOIL (relatives.md, section 3)


def test_boil_with_a_zero_head_cannot_adapt():
    world = WORLDS["mlp-pictures"]
    method = Case("maml", adapt=BODY).method(world.net(), world.loss)
    meta = method.init(at_step(0, "init"))
    silent = {
        name: torch.zeros_like(leaf) if name.startswith("head") else leaf for name, leaf in meta.learned["init"].items()
    }
    task = one_task(world.tasks(), 0)
    fast = rollout(method, meta._replace(learned={"init": silent}), task.given, {}, 2)
    assert all(torch.equal(leaf, silent[name]) for name, leaf in fast["weights"].items())


def test_boils_normalization_belongs_to_the_body_and_adapts():
    world = WORLDS["strided-batch-fixed"]
    assert set(Case("maml", adapt=BODY).partition(world.net()).adapted) > {"body.0.norm.weight", "body.1.norm.bias"}


@pytest.mark.parametrize("kind", ["maml", "meta-sgd"])
def test_a_step_size_of_zero_adapts_nothing(kind):
    world = WORLDS["mlp-pictures"]
    method = Case(kind, rate=0.0).method(world.net(), world.loss)
    meta, task = method.init(at_step(0, "init")), one_task(world.tasks(), 0)
    outputs = [
        predict(method, meta, rollout(method, meta, task.given, {}, n), task.given, task.query.x) for n in (0, 3)
    ]
    assert torch.equal(*outputs)


def test_no_query_label_can_reach_an_adaptation():
    """Other query labels: the same adapted weights, for every method and start."""
    world = WORLDS["mlp-pictures"]
    for kind in METHODS:
        case = Case(kind)
        method = case.method(world.net(), world.loss)
        meta, tasks = case.meta(method), world.tasks()
        noise = one_task(draws_of(method, meta, tasks), 0)
        task = one_task(tasks, 0)
        swapped = Task(task.support, Batch(task.query.x, task.query.y.flip(0), task.query.weight))
        one, other = (rollout(method, meta, each.given, noise, 2)["weights"] for each in (task, swapped))
        assert all(torch.equal(leaf, other[name]) for name, leaf in one.items())


def test_the_pictures_of_these_tests_can_be_told_apart():
    """Else none of them says anything: the nearest class mean is right."""
    task = one_task(pictures(), 0)
    means = torch.stack([task.support.x[task.support.y == way].mean(0).flatten() for way in range(PICTURES.outputs)])
    nearest = torch.cdist(task.query.x.flatten(1), means).argmin(1)
    assert losses.accuracy(torch.nn.functional.one_hot(nearest, 3).to(D), task.query).item() == 1.0


QUIET = {
    "predict-from-activations": {"anil", "first-order", "clipped"},  # the head alone is what it makes; it takes no step
    "cavia": {"frozen-part"},  # a layer may be frozen under the context (test_cavia_numbers)
    "leo": {"boil"},  # of numbers it makes whatever the subset names; of pictures it refuses all but the head
}
NAMED_BY_A_PERSON = [
    (kind, subset) for kind, subsets in NONSENSE.items() for subset in subsets if subset not in QUIET[kind]
]


@pytest.mark.parametrize(("kind", "subset"), NAMED_BY_A_PERSON)
def test_where_a_subset_makes_no_sense_the_set_up_says_why_and_what_to_change(kind, subset, tmp_path):
    """As a blocking problem, or where names of tensors are needed when the parts are put together (which Set up shows too)."""
    of_classes = {"tasks": {"kind": "glyphs", "train_ways": 10}, "network": {"kind": "conv-strided", "norm": "running"}}
    changes = {"subset": {key: list(patterns) for key, patterns in SUBSETS[subset].items()}}
    base = of_classes if kind == "predict-from-activations" else {"tasks": {"kind": "sinusoid"}}
    experiment = parse({**base, "method": {"kind": kind}, **changes})
    said = [p.sentence for p in problems(experiment) if p.blocking and p.field.startswith("subset.")]
    if not said:
        with pytest.raises(BadExperiment) as raised:
            assemble(experiment, tmp_path)
        said = [str(raised.value)]
        assert said[0].startswith("subset.")
    assert all(any(word in sentence for word in ("choose", "leave it empty", "take it out")) for sentence in said)


def test_of_pictures_leo_says_that_the_head_is_all_that_it_makes():
    experiment = parse(
        {
            "tasks": {"kind": "glyphs"}, "network": {"kind": "conv-strided", "norm": "running"}, "method": {"kind": "leo"},
            "subset": {"adapt": ["body.*"]},
        }
    )  # fmt: skip
    (said,) = [p.sentence for p in problems(experiment) if p.field == "subset.adapt"]
    assert "the rows of the head and nothing else" in said
