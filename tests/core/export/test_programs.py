"""Every method as a program of its own: .pt2 and .onnx, any number of examples, the answers of Headstart."""

import json

import numpy as np
import onnx
import pytest
import torch

from core.deploy import load
from core.errors import BadExperiment
from core.export.adaptation import adapt_and_predict
from core.export.checking import ALLOWED, runner
from core.export.programs import write_program
from core.export.tracing import trace
from core.export.words import nothing

from .made import KINDS, SPECS, fits, start_file

pytestmark = pytest.mark.usefixtures("no_real_tasks")
ENDINGS = (".pt2", ".onnx")


def program(folder, ending, steps=None, ways=None, **changes):
    source = start_file(folder, **changes)
    target = folder / f"program{ending}"
    told = write_program(source, target, folder / f"part{ending}", folder, nothing, steps=steps, ways=ways)
    assert not (folder / f"part{ending}").exists()
    return load(source), target, told


def task(spec, support, queries, seed=0):
    """(x, y, asked): inputs in the units of the data, in the types of programs."""
    draws = np.random.default_rng(seed)
    scaling = spec.scaling
    kind = "float64" if scaling else "float32"

    def x(count):
        if len(spec.input_shape) == 3:
            return draws.random((count, *spec.input_shape)).astype(kind)
        return (
            draws.normal(scaling["x_mean"], scaling["x_std"], (count, 1))
            if scaling
            else draws.uniform(-5, 5, (count, 1))
        ).astype(kind)

    if spec.task_type == "classification":
        return x(support), draws.permutation(np.arange(support) % spec.outputs), x(queries)
    y = draws.normal(60, 12, (support, 1)) if scaling else draws.normal(size=(support, 1))
    return x(support), y.astype(kind), x(queries)


def assert_agrees(start, target, spec, sizes=((3, 1), (4, 2), (13, 7)), steps=None):
    run = runner(target)
    if target.suffix == ".onnx":  # onnxruntime has no kernel for it, and warns at every start
        assert not [node for node in onnx.load(target).graph.node if node.op_type == "CastLike"]
    for support, queries in sizes:
        x, y, asked = task(spec, support, queries, seed=support)
        if start.experiment.engine.precision == "float64":
            x, y, asked = (each.astype("float64") if each.dtype == "float32" else each for each in (x, y, asked))
        expected = start.adapt(x, y, steps=steps).predict(asked)
        np.testing.assert_allclose(run(x, y, asked), expected, rtol=ALLOWED, atol=ALLOWED)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_program_adapts_and_predicts_in_the_units_of_the_data(tmp_path, ending):
    start, target, told = program(tmp_path, ending, world="columns")
    assert told["steps"] == 3
    assert told["check"]["made_up"] == 4
    assert told["check"]["difference"] <= ALLOWED
    assert told["check"]["why_none_real"] == "no real tasks: this test has no data"
    assert_agrees(start, target, SPECS["columns"], ((1, 1), (4, 2), (30, 17)))


def test_a_recurrent_encoder_reads_any_number_of_rows(tmp_path):
    start, target, _ = program(tmp_path, ".pt2", kind="mmaml")
    assert_agrees(start, target, SPECS["numbers"], ((1, 1), (2, 3), (40, 2)))


@pytest.mark.parametrize("steps", [0, 1, 5])
def test_the_number_of_inner_steps_can_be_chosen(tmp_path, steps):
    start, target, told = program(tmp_path, ".pt2", steps=steps)
    assert told["steps"] == steps
    assert_agrees(start, target, SPECS["numbers"], steps=steps)


def test_a_program_with_fewer_classes_keeps_the_whole_head(tmp_path):
    network = {"kind": "mlp", "hidden": [6], "norm": "none"}
    start, target, told = program(tmp_path, ".pt2", world="pictures", network=network, ways=2)
    spec = SPECS["pictures"]._replace(outputs=2)
    assert told["ways"] == 2
    assert_agrees(start, target, spec)
    assert torch.export.load(target).state_dict["learned__init__head_weight"].shape[0] == 3


def test_more_classes_than_a_fixed_head_has_are_refused(tmp_path):
    with pytest.raises(BadExperiment, match="fixed head for 3 classes and cannot take 4"):
        program(tmp_path, ".pt2", world="pictures", ways=4)
    with pytest.raises(BadExperiment, match="--ways: these tasks predict numbers"):
        program(tmp_path, ".pt2", ways=2)
    assert [path.name for path in tmp_path.iterdir()] == ["start.safetensors"]


def test_the_card_travels_with_the_program(tmp_path):
    start, target, _ = program(tmp_path, ".onnx")
    (entry,) = onnx.load(target).metadata_props
    card = json.loads(entry.value)
    assert card["experiment"] == start.card["experiment"]
    assert [each["name"] for each in card["program"]["inputs"]] == ["support_x", "support_y", "query_x"]
    assert [each["shape"] for each in card["program"]["inputs"]] == [["support", 1], ["support", 1], ["queries", 1]]
    graph = onnx.load(target).graph
    assert [value.name for value in graph.input] == ["support_x", "support_y", "query_x"]
    dims = [[dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim] for value in graph.input]
    assert dims == [["support", 1], ["support", 1], ["queries", 1]]
    extra = {"headstart.json": ""}
    _, target, _ = program(tmp_path, ".pt2")
    torch.export.load(target, extra_files=extra)
    assert json.loads(extra["headstart.json"])["program"] == card["program"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_program_that_differs_is_not_written(tmp_path, monkeypatch, ending):
    """What if the trace were wrong? The file that stood there stays."""
    real = adapt_and_predict

    def wrong(*args, **kwargs):
        found = real(*args, **kwargs)
        return found._replace(run=lambda *inputs: found.run(*inputs) + 0.01)

    monkeypatch.setattr("core.export.programs.adapt_and_predict", wrong)
    (tmp_path / f"program{ending}").write_text("as it was")
    with pytest.raises(BadExperiment, match=r"nothing was written.*differ by 0\.0"):
        program(tmp_path, ending)
    assert (tmp_path / f"program{ending}").read_text() == "as it was"
    assert not (tmp_path / f"part{ending}").exists()


def test_a_program_whose_adaptation_explodes_is_not_written(tmp_path):
    with pytest.raises(BadExperiment, match="not finite on every task"):
        program(tmp_path, ".pt2", rate=100, steps=16, network={"activation": "leaky-relu"})


def test_sizes_stay_free_in_the_graph(tmp_path):
    graph = trace(adapt_and_predict(load(start_file(tmp_path))))
    free = {str(symbol) for symbol in graph.range_constraints}
    assert len(free) == 2


# every method


NUMBERS = [kind for kind in KINDS if fits(kind, "numbers")]
PICTURES = [kind for kind in KINDS if fits(kind, "pictures")]
VARIANTS = {
    "reptile-minibatches": ("numbers", {"kind": "reptile", "method": {"batch": 4}}),
    "reptile-sgd": ("numbers", {"kind": "reptile", "method": {"optimizer": "sgd"}}),
    "mixture-weighted": ("numbers", {"kind": "mixture", "method": {"prediction": "weighted"}}),
    "mixture-hard": ("numbers", {"kind": "mixture", "method": {"assignment": "hard"}}),
    "mixture-growing": ("numbers", {"kind": "mixture", "method": {"grow": True}}),
    "mmaml-as-given": ("numbers", {"kind": "mmaml", "method": {"order": "given"}}),
    "hsml-mean": ("numbers", {"kind": "hsml", "method": {"aggregator": "mean"}}),
    "hsml-growing": ("numbers", {"kind": "hsml", "method": {"grow": True}}),
    "mt-net-by-weight": ("numbers", {"kind": "mt-net", "method": {"masks": "weight", "draws": "step"}}),
    "t-net": ("numbers", {"kind": "mt-net", "method": {"masks": "none"}}),
    "imaml-bounded": ("numbers", {"kind": "imaml", "method": {"bounded_steps": True}}),
    "clipped-first-order": ("numbers", {"kind": "maml", "clip": 0.1, "order": "first"}),
    "double": ("numbers", {"kind": "maml", "precision": "float64"}),
    "tanh-layer": ("numbers", {"kind": "maml", "network": {"activation": "tanh", "norm": "layer"}}),
    "softplus": ("numbers", {"kind": "maml", "network": {"activation": "softplus"}}),
    "leaky": ("numbers", {"kind": "maml", "network": {"activation": "leaky-relu"}}),
    "batch": ("pictures", {"kind": "maml", "network": {"norm": "batch"}}),
    "support": ("pictures", {"kind": "maml", "network": {"norm": "support"}}),
    "none": ("pictures", {"kind": "maml", "network": {"norm": "none"}}),
    "shared": ("pictures", {"kind": "maml", "network": {"norm": "batch", "head": "shared"}}),
    "mixture-batch": ("pictures", {"kind": "mixture", "network": {"norm": "batch"}}),
    "maml++-batch": ("pictures", {"kind": "maml++", "network": {"norm": "batch"}}),
    "pooled-layer": ("photographs", {"kind": "maml"}),
    "pooled-batch": ("photographs", {"kind": "maml", "network": {"norm": "batch"}}),
    "pooled-imaml-bounded": (
        "photographs",
        {"kind": "imaml", "method": {"bounded_steps": True}, "network": {"depth": 2}},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kind", NUMBERS)
def test_every_method_on_numbers(tmp_path, kind, ending):
    start, target, _ = program(tmp_path, ending, kind=kind)
    assert_agrees(start, target, SPECS["numbers"], ((1, 1), (4, 2), (13, 7)))


@pytest.mark.slow
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kind", PICTURES)
def test_every_method_on_pictures(tmp_path, kind, ending):
    start, target, _ = program(tmp_path, ending, kind=kind, world="pictures")
    assert_agrees(start, target, SPECS["pictures"])


@pytest.mark.slow
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", VARIANTS)
def test_settings_that_take_another_path(tmp_path, name, ending):
    world, changes = VARIANTS[name]
    start, target, _ = program(tmp_path, ending, world=world, **changes)
    assert_agrees(start, target, SPECS[world])
