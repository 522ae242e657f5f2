"""Every way of doing the work gives the same meta-gradient: plans, chunks, batch norm in one piece, the compiler.

The table is the registry's: a new method or network is taken in by itself.
"""

import pytest
import torch

from core.methods.registry import METHODS
from core.nets.registry import NETWORKS
from core.outer import vectorised_gradient
from tests.core.methods.cases import (
    KINDS,
    PICTURES,
    TASKS,
    VARIANTS,
    WORLDS,
    ZERO,
    Case,
    D,
    World,
    assert_close,
    assert_close_to_largest,
    conv,
    draws_of,
    flat,
    gradient_of,
    sensible,
)

WAYS = [
    ("vectorised", 1, "unrolled"),
    ("vectorised", 3, "unrolled"),
    ("per-task", 3, "unrolled"),
    ("per-task", TASKS, "unrolled"),
    ("vectorised", 3, "adjoint"),
    ("per-task", TASKS, "adjoint"),
]
"""Beside the reference, all tasks in one vectorised pass. Three of the four tasks leave a smaller last chunk."""
SOME_WAYS = [("vectorised", 3, "unrolled"), ("per-task", TASKS, "unrolled"), ("vectorised", 3, "adjoint")]
REPRESENTATIVES = ("mlp-tanh", "mlp-layer", "strided-batch-fixed", "pooled-support-fixed")
QUICK = ("mlp-tanh", "mlp-pictures-shared", "strided-batch-fixed", "pooled-support-fixed", "strided-layer-shared")
"""The networks on which every method is compared at each change; on all of them MAML is, and the others in `make test-all`."""


def fits(case, world):
    """A shared head has to adapt, also while training: else its rows stay equal and every gradient is 0."""
    if not sensible(case.kind, world):
        return False
    return world.settings.head == "fixed" or not (case.adapt == ("body.*",) or case.kind == "pooled" or case.steps == 0)


def when(quick):
    return () if quick else pytest.mark.slow


KINDS_ON_ALL = [
    pytest.param(case, world, id=f"{kind}-{name}", marks=when(kind == "maml" or name in QUICK))
    for kind, case in KINDS.items()
    for name, world in WORLDS.items()
    if fits(case, world)
]
VARIANTS_ON_SOME = [
    pytest.param(case, WORLDS[name], id=f"{variant}-{name}", marks=when(case.kind == "maml" or name in QUICK))
    for variant, case in VARIANTS.items()
    for name in REPRESENTATIVES
    if sensible(case.kind, WORLDS[name])
]


def gradients(case, world, dtype, ways):
    """(gradient, aux) of the reference, then of the other ways, on the same start, tasks and draws."""
    tasks, progress = world.tasks(dtype), ZERO.to(dtype)
    whole = case.method(world.net(dtype=dtype), world.loss)
    piece = case.method(world.net(whole_norm=True, channels_last=True, dtype=dtype), world.loss)
    meta = case.meta(whole)
    noise = draws_of(whole, meta, tasks, case.steps)
    yield gradient_of(whole, tasks, meta=meta, noise=noise, progress=progress)
    for mode, chunk, walk in ways:
        method = piece if mode == "per-task" else whole
        yield gradient_of(method, tasks, mode, walk=walk, chunk=chunk, meta=meta, noise=noise, progress=progress)


def assert_agreement(case, world, ways):
    (expected, aux), *others = gradients(case, world, D, ways)
    assert max(float(leaf.abs().max()) for leaf in flat(expected).values()) > 1e-6, "no gradient to compare"
    for found, reports in others:
        assert_close(found, expected, 1e-9)
        torch.testing.assert_close(reports, aux, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(("case", "world"), KINDS_ON_ALL)
def test_every_method_on_every_network_has_one_gradient_whatever_the_way(case, world):
    assert_agreement(case, world, WAYS)


@pytest.mark.parametrize(("case", "world"), VARIANTS_ON_SOME)
def test_every_subset_and_setting_has_one_gradient_whatever_the_way(case, world):
    assert_agreement(case, world, SOME_WAYS)


@pytest.mark.parametrize(("case", "world"), KINDS_ON_ALL)
def test_in_float32_the_gradients_agree_to_1e_4_of_the_largest_entry(case, world):
    (expected, _), *others = gradients(case, world, torch.float32, SOME_WAYS)
    assert all(leaf.dtype == torch.float32 for leaf in flat(expected).values())
    for found, _ in others:
        assert_close_to_largest(found, expected, 1e-4)


def test_the_table_holds_every_method_and_every_network_of_the_registries():
    assert {case.kind for case in KINDS.values()} == set(METHODS)
    assert {world.settings.kind for world in WORLDS.values()} == set(NETWORKS)


COMPILED = [
    pytest.param(Case("maml", steps=1), World(conv("strided", depth=1), PICTURES), id="maml-strided"),
    pytest.param(Case("meta-sgd", freeze=("body.0.*",), steps=1), WORLDS["mlp-tanh"], id="meta-sgd-mlp"),
    pytest.param(Case("mt-net", steps=1), WORLDS["mlp-tanh"], id="mt-net-mlp"),
]


@pytest.mark.parametrize(("case", "world"), COMPILED)
def test_the_compiler_takes_the_vectorised_gradient_whole(case, world):
    """aot_eager traces without a graph break and changes nothing; Inductor starts from the same graph."""
    tasks, method = world.tasks(), case.method(world.net(), world.loss)
    meta = case.meta(method)
    noise = draws_of(method, meta, tasks)
    plain = vectorised_gradient(method)
    expected, aux = plain(meta, tasks, noise, ZERO)
    torch.compiler.reset()
    found, reports = torch.compile(plain, backend="aot_eager", fullgraph=True)(meta, tasks, noise, ZERO)
    assert_close(found, expected, 1e-12)
    torch.testing.assert_close(reports["query_loss"], aux["query_loss"], rtol=1e-12, atol=0)
