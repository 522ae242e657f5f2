"""From the experiment's patterns to names."""

from types import SimpleNamespace

import pytest

from core.errors import BadExperiment
from core.nets import build
from core.partition import resolve
from tests.core.methods.cases import PICTURES, conv, mlp

NET = build(conv("strided"), PICTURES)
NORMS = tuple(f"body.{i}.norm.{part}" for i in range(2) for part in ("weight", "bias"))
WEIGHTS = ("body.0.conv.weight", "body.0.conv.bias", "body.1.conv.weight", "body.1.conv.bias")
HEAD = ("head.weight", "head.bias")


def subset(adapt=None, freeze=()):
    return SimpleNamespace(adapt=adapt, freeze=freeze)


def test_by_default_all_adapt_but_normalization():
    assert set(resolve(subset(), NET).adapted) == {*WEIGHTS, *HEAD}
    assert resolve(subset(), NET).frozen == ()


@pytest.mark.parametrize(
    ("adapt", "names"),
    [
        (("head.*",), HEAD),
        (("*.norm.*",), NORMS),
        (("head.weight",), HEAD[:1]),
        (("body.1.*", "head.bias"), (*WEIGHTS[2:], *NORMS[2:], "head.bias")),
        (("*.bias", "*.weight"), (*WEIGHTS, *NORMS, *HEAD)),
        (("body.[01].conv.weight",), ("body.0.conv.weight", "body.1.conv.weight")),
        ((), ()),
    ],
)
def test_patterns_choose_names(adapt, names):
    assert set(resolve(subset(adapt), NET).adapted) == set(names)
    if set(names) != set(NET.shapes):
        assert set(resolve(subset(freeze=adapt), NET).frozen) == set(names)


def test_names_come_in_the_order_of_the_network_whatever_the_order_of_patterns():
    one, other = (resolve(subset(adapt), NET) for adapt in (("head.*", "body.*"), ("body.*", "head.*")))
    assert one == other
    assert one.adapted == tuple(NET.shapes)


@pytest.mark.parametrize("key", ["adapt", "freeze"])
@pytest.mark.parametrize("wrong", ["haed.*", "HEAD.*", "head", "2.weight"])
def test_a_pattern_that_matches_nothing_is_refused_and_the_layers_named(key, wrong):
    with pytest.raises(BadExperiment) as caught:
        resolve(subset(**{key: ("head.*", wrong)}), NET)
    assert str(caught.value).startswith(f"subset.{key}: no parameter matches {wrong!r}; there are ")
    assert "body.0.conv.*" in str(caught.value)


def test_a_frozen_start_may_adapt():
    found = resolve(subset(adapt=("head.*",), freeze=("head.*",)), NET)
    assert found.adapted == found.frozen == HEAD


def test_what_the_network_rules_is_frozen_and_never_adapts():
    ruled = ("body.0.norm.weight", "body.1.norm.weight")
    found = resolve(subset(adapt=("*",)), NET, ruled=ruled)
    assert set(found.frozen) == set(ruled)
    assert not set(ruled) & set(found.adapted)


def test_patterns_that_choose_only_what_cannot_adapt_are_refused():
    with pytest.raises(BadExperiment, match=r"subset\.adapt.*nothing would adapt"):
        resolve(subset(adapt=("body.0.norm.weight",)), NET, ruled=("body.0.norm.weight",))


@pytest.mark.parametrize("freeze", [("*",), ("body.*", "head.*"), ("*.bias", "*.weight")])
def test_everything_can_be_frozen_for_methods_learn_more_than_the_network(freeze):
    assert set(resolve(subset(freeze=freeze), NET).frozen) == set(NET.shapes)


@pytest.mark.parametrize("adapt", [("body.*",), ("head.weight",), ("head.bias", "body.*")])
def test_a_shared_head_has_to_adapt_as_a_whole(adapt):
    shared = build(mlp(head="shared"), PICTURES)
    with pytest.raises(BadExperiment, match=r"a shared head starts with equal rows.*'head\.\*'"):
        resolve(subset(adapt), shared)
