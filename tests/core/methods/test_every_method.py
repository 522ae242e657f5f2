"""What every method of the registry has to show: its gradient is right, padding changes nothing, and where its extra is
neutral it is a method that is already known."""

from types import SimpleNamespace

import pytest
import torch

from core import losses
from core.draws import at_step
from core.inner import joined, with_start
from core.methods.registry import METHODS
from core.outer import one_task
from core.types import Batch, Task

from .cases import (
    KINDS,
    NONSENSE,
    SUBSETS,
    VARIANTS,
    WORLDS,
    Case,
    D,
    assert_close,
    changed,
    draws_of,
    gradient_of,
    sensible,
)

SURROGATES = {"reptile", "imaml", "mixture"}
"""Their outer loss holds the adapted weights (a mixture: the responsibilities) constant, so its slope is not the meta-gradient
(see the neutral table, and tests of their own)."""
STRAIGHT_THROUGH = {"mt-net": {"logit"}}
"""Groups behind a hard choice: a gradient by agreement, no slope (tests of their own)."""
SMOOTH = ("mlp-tanh", "mlp-layer", "mlp-pictures-shared")
SUBSETS_OF_ALL = {f"{kind}-{name}" for kind in METHODS for name in SUBSETS}
EXACT = [name for name, changes in SUBSETS.items() if changes.get("order") != "first"]


def learns(case, world):
    """A shared head whose rows stay equal has no gradient."""
    return world.settings.head == "fixed" or (case.kind != "pooled" and case.adapt != ("body.*",))


ON_SMOOTH_NETS = [
    pytest.param(case, WORLDS[name], id=f"{kind}-{subset}-{name}")
    for kind in METHODS
    if kind not in SURROGATES
    for subset, case in {
        "plain": Case(kind),
        **{each: Case(kind, **SUBSETS[each]) for each in EXACT if each not in NONSENSE.get(kind, ())},
    }.items()
    for name in SMOOTH
    if learns(case, WORLDS[name]) and sensible(kind, WORLDS[name])
]


NO_SLOPE = {
    "rows-released", "sca-as-released", "leo-drawn-weights",  # a ReLU inside, a deviation cut at 0
    "maml++-first-order-first", "hsml-constant-target",  # a gradient that is stopped on purpose
}  # fmt: skip
"""Variants whose gradient is no slope of their outer loss (tests of their own)."""
VARIANTS_ON_SMOOTH_NETS = [
    pytest.param(case, WORLDS[name], id=f"{variant}-{name}")
    for variant, case in VARIANTS.items()
    if case.kind not in SURROGATES and variant not in (NO_SLOPE | SUBSETS_OF_ALL)
    for name in [next(n for n in ("mlp-tanh", "mlp-pictures-shared") if sensible(case.kind, WORLDS[n]))]
]
"""Settings that bring meta-parameters of their own, or another way to them."""


def each_on(*names, but=""):
    """Every method on the networks that it can work with."""
    return [(kind, name) for kind in METHODS if kind != but for name in names if sensible(kind, WORLDS[name])]


# the gradient


@pytest.mark.parametrize(("case", "world"), ON_SMOOTH_NETS + VARIANTS_ON_SMOOTH_NETS)
def test_the_gradient_equals_central_differences(case, world):
    """Along one random direction in every learned tensor."""
    method, tasks = case.method(world.net(), world.loss), world.tasks()
    meta = case.meta(method)
    noise = draws_of(method, meta, tasks)
    found, _ = gradient_of(method, tasks, meta=meta, noise=noise)
    generator = at_step(0, "directions")

    def outer_loss(group, name, shift):
        named = {**meta.learned[group], name: meta.learned[group][name] + shift}
        moved = meta._replace(learned={**meta.learned, group: named})
        return gradient_of(method, tasks, meta=moved, noise=noise)[1]["outer_loss"].mean()

    largest = max(float(leaf.norm()) for named in found.values() for leaf in named.values())
    height = float(gradient_of(method, tasks, meta=meta, noise=noise)[1]["outer_loss"].abs().mean())
    floor = 1e-8 * largest + 4 * torch.finfo(D).eps * height / 4e-6  # a few units in the last place of the loss
    for group, named in found.items():
        if group in STRAIGHT_THROUGH.get(case.kind, ()):
            continue
        for name, leaf in named.items():
            direction = torch.randn(leaf.shape, generator=generator, dtype=D)
            rise = outer_loss(group, name, 2e-6 * direction) - outer_loss(group, name, -2e-6 * direction)
            slope = (leaf * direction).sum().item()
            assert slope == pytest.approx(rise.item() / 4e-6, rel=1e-6, abs=floor), f"{group}/{name}"


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_reptile_takes_the_distance_to_the_mean_of_the_reached_weights(steps):
    """Its gradient by its definition: start - mean over tasks of ordinary training by torch's own Adam, beta1 = 0."""
    world = WORLDS["mlp-tanh"]
    case = Case("reptile", SimpleNamespace(optimizer="adam", batch=None), steps=steps)
    method, tasks = case.method(world.net(), world.loss), world.tasks()
    meta = method.init(at_step(0, "init"))
    found, _ = gradient_of(method, tasks, meta=meta)
    start = meta.learned["init"]
    reached = [trained(world.net(), start, tasks, i, steps) for i in range(len(tasks.support.x))]
    mean = {name: sum(one[name] for one in reached) / len(reached) for name in start}
    assert_close(found, {"init": {name: leaf - mean[name] for name, leaf in start.items()}}, 1e-9)


def trained(net, start, tasks, index, steps):
    """Weights after ordinary training on the support set of one task."""
    weights = {name: leaf.clone().requires_grad_() for name, leaf in start.items()}
    support = Batch(*(leaf[index] for leaf in tasks.support))
    optimizer = torch.optim.Adam(weights.values(), lr=0.05, betas=(0.0, 0.999), eps=1e-8)
    for _ in range(steps):
        optimizer.zero_grad()
        losses.squared_error(net.apply(weights, support.x), support).backward()
        optimizer.step()
    return {name: leaf.detach() for name, leaf in weights.items()}


# padding


def padded(batch, rows=3):
    """Rows of weight 0 behind the examples; what stands in them is deliberately not 0."""
    tasks = batch.x.shape[0]
    x = torch.full((tasks, rows, *batch.x.shape[2:]), 7.0, dtype=batch.x.dtype)
    y = torch.full((tasks, rows, *batch.y.shape[2:]), 1, dtype=batch.y.dtype)
    weight = torch.zeros(tasks, rows, dtype=batch.weight.dtype)
    return Batch(*(torch.cat([leaf, more], 1) for leaf, more in zip(batch, (x, y, weight), strict=True)))


@pytest.mark.parametrize(
    ("kind", "name"), each_on("mlp-tanh", "mlp-pictures", "strided-layer-fixed", "strided-none-fixed")
)
def test_padding_changes_nothing(kind, name):
    """Unequal tasks are padded and weighted; batch statistics alone cannot do that and are refused where they would."""
    world = WORLDS[name]
    method, tasks = KINDS[kind].method(world.net(), world.loss), world.tasks()
    meta, wider = KINDS[kind].meta(method), Task(padded(tasks.support), padded(tasks.query))
    expected, aux = gradient_of(method, tasks, meta=meta)
    found, reports = gradient_of(method, wider, meta=meta)
    assert_close(found, expected, 1e-11)
    torch.testing.assert_close(reports, aux, rtol=1e-11, atol=1e-12)


def test_a_task_of_padding_alone_has_no_loss_and_no_gradient():
    world = WORLDS["mlp-tanh"]
    tasks = world.tasks()
    empty = tasks._replace(query=tasks.query._replace(weight=torch.zeros_like(tasks.query.weight)))
    found, aux = gradient_of(KINDS["maml"].method(world.net(), world.loss), empty)
    assert aux["query_loss"].tolist() == [0.0] * 4
    assert all(not leaf.any() for leaf in found["init"].values())


# neutral


def maml_with(world, **changes):
    return Case("maml", **changes).method(world.net(), world.loss)


def neutral_meta_sgd(world, tasks):
    """Rates held at one value are MAML's step size; the query gradient of the start is then MAML's."""
    method = Case("meta-sgd", steps=3).method(world.net(), world.loss)
    return {"init": gradient_of(method, tasks)[0]["init"]}, gradient_of(maml_with(world, steps=3), tasks)[0]


def neutral_reptile(world, tasks):
    """One SGD step on all examples: start - reached is the step size times the joint training gradient of the support."""
    sgd = Case("reptile", SimpleNamespace(optimizer="sgd", batch=None), steps=1, rate=0.05)
    blind = tasks._replace(query=tasks.query._replace(weight=torch.zeros_like(tasks.query.weight)))
    joint, _ = gradient_of(Case("pooled").method(world.net(), world.loss), blind)
    return gradient_of(sgd.method(world.net(), world.loss), tasks)[0], scaled(joint, 0.05)


def neutral_pooled(world, tasks):
    """MAML without a step, judged on support and query together."""
    parts = [joined(Task(*(Batch(*(leaf[i] for leaf in part)) for part in tasks[:2]))) for i in range(4)]
    together = Batch(*(torch.stack(leaves) for leaves in zip(*parts, strict=True)))
    expected, _ = gradient_of(maml_with(world, steps=0), Task(tasks.support, together))
    return gradient_of(Case("pooled").method(world.net(), world.loss), tasks)[0], expected


def neutral_cavia(world, tasks):
    """A context that is the offset of its layer itself: MAML that moves this offset alone."""
    numbers = world.settings.kind == "mlp"
    units, name = (6, "body.0.bias") if numbers else (3, "body.1.conv.bias")
    method = Case("cavia", changed("cavia", context=units), steps=3).method(world.net(), world.loss)
    meta, identity = method.init(at_step(0, "init")), torch.eye(units, dtype=D)
    weight = identity if numbers else torch.cat([0 * identity, identity])
    meta = meta._replace(learned={**meta.learned, "context": {**meta.learned["context"], "weight": weight}})
    found, _ = gradient_of(method, tasks, meta=meta)
    return {"init": found["init"]}, gradient_of(maml_with(world, steps=3, adapt=(name,)), tasks)[0]


def neutral_imaml(world, tasks):
    """Without iterations and pull: first-order MAML."""
    loose = changed("imaml", iterations=0, strength=0.0)
    found, _ = gradient_of(Case("imaml", loose, steps=3).method(world.net(), world.loss), tasks)
    return found, gradient_of(maml_with(world, steps=3, order="first"), tasks)[0]


def neutral_maml_pp(world, tasks):
    """Everything off (check a of its method file)."""
    off = changed("maml++", multi_step_share=0.0, step_rates=False, norm_rows=False)
    found, _ = gradient_of(Case("maml++", off, steps=3).method(world.net(), world.loss), tasks)
    return found, gradient_of(maml_with(world, steps=3), tasks)[0]


def neutral_mt_net(world, tasks):
    """T starts at the identity; with every unit open the rest is MAML (check 1 of its method file)."""
    open_ = changed("mt-net", update_probability=1 - 1e-15)
    found, _ = gradient_of(Case("mt-net", open_, steps=3).method(world.net(), world.loss), tasks)
    return {"init": found["init"]}, gradient_of(maml_with(world, steps=3), tasks)[0]


def neutral_sca(world, tasks):
    """A critic whose last layer is 0 has no slope: the steps before it are MAML's, and v0 + v1 = 1."""
    method = Case("sca", steps=2).method(world.net(), world.loss)
    meta = method.init(at_step(0, "init"))
    critic = {**meta.learned["critic"], "linear.1.weight": torch.zeros(1, 16, dtype=D)}
    silent = meta._replace(learned={**meta.learned, "critic": critic})
    found = gradient_of(method, tasks, meta=silent)[0]["init"]
    return {"init": found}, gradient_of(maml_with(world, steps=2), tasks)[0]


def neutral_rows(world, tasks):
    """Where phi is the identity, the mean always shown: the loss of the cosine nearest class mean, unnormalized queries."""
    case = Case("predict-from-activations", changed("predict-from-activations", map="linear", mean_share=1.0))
    method = case.method(world.net(), world.loss)
    meta = method.init(at_step(0, "init"))
    _, aux = gradient_of(method, tasks, meta=meta)
    expected = torch.stack([nearest_mean_loss(world, meta, one_task(tasks, i)) for i in range(4)])
    return {"loss": {"outer": aux["outer_loss"]}}, {"loss": {"outer": expected}}


def nearest_mean_loss(world, meta, task):
    net = world.net()
    seen, asked = (net.features(meta.fixed["init"], part.x) for part in task[:2])
    means = torch.stack([seen[task.support.y == label].mean(0) for label in range(3)])
    return losses.cross_entropy(asked @ torch.nn.functional.normalize(means, dim=1).T, task.query)


def neutral_platipus(world, tasks):
    """No draw, no step to the means, equal spreads: theta = mean, divergence 0 (check 1 of its method file)."""
    settings = changed("platipus", initial_gamma=0.0)
    method = Case("platipus", settings, steps=3).method(world.net(), world.loss)
    meta = method.init(at_step(0, "init"))
    still = {"sample": {n: torch.zeros_like(e) for n, e in draws_of(method, meta, tasks)["sample"].items()}}
    found, aux = gradient_of(method, tasks, meta=meta, noise=still)
    assert not aux["kl"].any()
    return {"init": found["init"]}, gradient_of(maml_with(world, steps=3), tasks)[0]


def neutral_ftml(world, tasks):
    """Unsmoothed labels: on one and the same meta-batch FTML's outer step is MAML's (ftml.md, check 6)."""
    plain = SimpleNamespace(leader="meta", smoothing=0.0, scale="mean")
    method = Case("ftml", plain).method(world.net(), world.loss)
    return gradient_of(method, tasks)[0], gradient_of(maml_with(world), tasks)[0]


def neutral_mmaml(world, tasks):
    """Silent heads: a modulation of 0 is the identity, and what is left is MAML with the same clamp (check 1)."""
    method = Case("mmaml", steps=3, clip=0.05).method(world.net(), world.loss)
    meta = method.init(at_step(0, "init"))
    silent = {
        name: torch.zeros_like(leaf) if name.startswith("head.") else leaf
        for name, leaf in meta.learned["modulation"].items()
    }
    meta = meta._replace(learned={**meta.learned, "modulation": silent})
    found = gradient_of(method, tasks, meta=meta)[0]["init"]
    return {"init": found}, gradient_of(maml_with(world, steps=3, clip=0.05), tasks)[0]


def neutral_leo(world, tasks):
    """Without latent steps and draws: from the weights that the decoder makes, its learned steps are Meta-SGD's, whose loss is
    a mean where LEO's classification takes a sum. One task, for each has a start of its own."""
    one = Task(*(Batch(*(leaf[:1] for leaf in part)) for part in tasks[:2]))
    case = Case("leo", changed("leo", latent_steps=0, tuning_rate=0.03), steps=3)
    method = case.method(world.net(), world.loss)
    meta = method.init(at_step(0, "init"))
    still = {group: {k: v * 0 for k, v in named.items()} for group, named in draws_of(method, meta, one).items()}
    found = gradient_of(method, one, meta=meta, noise=still)[0]["rate"]
    begun = method.begin(meta, one_task(one, 0).given, {})
    classes = world.loss is losses.cross_entropy
    scale = one.support.weight.sum().item() if classes else 1.0
    plain = Case("meta-sgd", adapt=tuple(begun["weights"]), steps=3, rate=0.03 * scale).method(method.net, world.loss)
    start = with_start(plain.init(at_step(0, "init")), method.weights(meta, begun))
    expected = gradient_of(plain, one, meta=start)[0]["rate"]
    if classes:
        expected = {"row": scale * expected["head.weight"].sum(0)}
    return {"rate": {name: found[name] for name in expected}}, {"rate": expected}


def neutral_mixture(world, tasks):
    """One component."""
    method = Case("mixture", changed("mixture", components=1), steps=3).method(world.net(), world.loss)
    return gradient_of(method, tasks)[0], gradient_of(maml_with(world, steps=3), tasks)[0]


def neutral_mtl(world, tasks):
    """Scales 1 and shifts 0 leave the body as it is (check 1 of its method file): the rest is MAML on the same subset."""
    head = {"adapt": ("head.*",), "freeze": ("body.*",), "steps": 3}
    found, _ = gradient_of(Case("mtl", **head).method(world.net(), world.loss), tasks)
    return {"init": found["init"]}, gradient_of(maml_with(world, **head), tasks)[0]


def neutral_hsml(world, tasks):
    """Gates of one leave the start as it is (check 1); the reconstruction reaches the embedding alone."""
    method = Case("hsml", steps=3).method(world.net(), world.loss)
    meta = method.init(at_step(0, "init"))
    one = {
        name: torch.full_like(leaf, 1e3) if name.endswith(".bias") else torch.zeros_like(leaf)
        for name, leaf in meta.learned["gate"].items()
    }
    meta = meta._replace(learned={**meta.learned, "gate": one})
    found = gradient_of(method, tasks, meta=meta)[0]["init"]
    return {"init": found}, gradient_of(maml_with(world, steps=3), tasks)[0]


NEUTRAL = {
    "hsml": neutral_hsml,
    "ftml": neutral_ftml,
    "mmaml": neutral_mmaml,
    "mixture": neutral_mixture,
    "meta-sgd": neutral_meta_sgd,
    "reptile": neutral_reptile,
    "cavia": neutral_cavia,
    "imaml": neutral_imaml,
    "maml++": neutral_maml_pp,
    "mt-net": neutral_mt_net,
    "platipus": neutral_platipus,
    "mtl": neutral_mtl,
    "pooled": neutral_pooled,
    "predict-from-activations": neutral_rows,
    "leo": neutral_leo,
    "sca": neutral_sca,
}


def scaled(groups, factor):
    return {group: {name: leaf * factor for name, leaf in named.items()} for group, named in groups.items()}


@pytest.mark.parametrize(
    ("kind", "name"), each_on("mlp-tanh", "mlp-relu", "mlp-pictures", "strided-none-fixed", but="maml")
)
def test_where_its_extra_is_neutral_it_is_a_known_method(kind, name):
    assert kind in NEUTRAL, f"say in NEUTRAL when {kind} is MAML (or another method that is tested already)"
    found, expected = NEUTRAL[kind](WORLDS[name], WORLDS[name].tasks())
    assert_close(found, expected, 1e-11)


def test_the_gradients_of_meta_sgds_rates_sum_to_the_slope_of_mamls_step_size():
    world, rate = WORLDS["mlp-tanh"], 0.05
    tasks = world.tasks()
    found, _ = gradient_of(Case("meta-sgd", rate=rate).method(world.net(), world.loss), tasks)
    total = sum(leaf.sum() for leaf in found["rate"].values()).item()

    def outer_loss(step_size):
        return gradient_of(maml_with(world, rate=step_size), tasks)[1]["outer_loss"].mean().item()

    assert total == pytest.approx((outer_loss(rate + 1e-6) - outer_loss(rate - 1e-6)) / 2e-6, rel=1e-7)


def test_the_order_of_tasks_and_of_examples_does_not_matter():
    world = WORLDS["strided-batch-fixed"]
    method, tasks = maml_with(world), world.tasks()
    turned = Task(*(Batch(*(leaf.flip(0).flip(1) for leaf in part)) for part in tasks[:2]))
    assert_close(gradient_of(method, turned)[0], gradient_of(method, tasks)[0], 1e-11)
