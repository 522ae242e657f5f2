"""Every method's meta-parameters survive the file: written, loaded and adapted they predict what they predicted before."""

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
from core.inner import predict
from core.methods.registry import METHODS
from core.nets import build, module_source
from core.training.assembly import methods_for
from core.types import Batch, Given, Meta, TaskSpec, map_task

NUMBERS = TaskSpec("regression", (1,), 1, 5, 5, "made up", input_range=(-5.0, 5.0))
PICTURES = TaskSpec("classification", (1, 8, 8), 3, 2, 2, "made up")
WORLDS = {
    "numbers": (NUMBERS, {"tasks": {"kind": "sinusoid"}, "network": {"kind": "mlp", "hidden": [6, 5]}}),
    "pictures": (
        PICTURES,
        {
            "tasks": {"kind": "glyphs", "ways": 3},
            "network": {"kind": "conv-strided", "filters": 3, "depth": 2, "norm": "layer"},
        },
    ),
}
STEPS = 3


def experiment(kind, world, *, method=None, network=None):
    sections = {
        "method": {"kind": kind, **(method or {})},
        "inner": {"steps": 2, "evaluation_steps": STEPS, "learning_rate": 0.05},
    }
    there = WORLDS[world][1]
    return parse(
        {**there, "network": {**there["network"], **(network or {})}, **sections, "engine": {"precision": "float64"}}
    )


CASES = [
    pytest.param(kind, world, id=f"{kind}-{world}")
    for kind in METHODS
    for world in WORLDS
    if not any(problem.blocking for problem in problems(experiment(kind, world)))
]


def shaken(meta):
    """Off the neutral start, so that a group that is lost or swapped would show."""
    generator = at_step(0, "shake")

    def moved(groups):
        return {
            group: {
                name: leaf + 0.05 * torch.randn(leaf.shape, generator=generator, dtype=torch.float64).to(leaf.dtype)
                for name, leaf in named.items()
            }
            for group, named in groups.items()
        }

    return Meta(moved(meta.learned), moved(meta.fixed), meta.state)


def support(spec):
    generator = at_step(0, "support")
    examples = spec.shots * (spec.outputs if spec.task_type == "classification" else 1)
    x = torch.rand(examples, *spec.input_shape, generator=generator, dtype=torch.float64)
    labels = torch.arange(spec.outputs).repeat_interleave(spec.shots)
    y = labels if spec.task_type == "classification" else torch.sin(3 * x)
    return Batch(x, y, torch.ones(examples, dtype=torch.float64))


def written(kind, world, folder, **changes):
    """(the loaded file, the method, the meta-parameters that were written)."""
    chosen, spec = experiment(kind, world, **changes), WORLDS[world][0]
    net = build(chosen.network, spec, dtype=torch.float64)
    method, _, partition, _ = methods_for(chosen, spec, net)
    meta = shaken(method.init(at_step(0, "init")))
    path = folder / "start.safetensors"
    card = make_card(
        chosen,
        spec,
        partition,
        net.shapes,
        run="r",
        step=1,
        module=module_source(chosen.network, spec),
        evaluation=None,
    )
    write(path, meta, net, partition, card)
    return core.load(path), method, meta


def queries(spec, number=4):
    return torch.rand(number, *spec.input_shape, generator=at_step(0, "query"), dtype=torch.float64)


@pytest.mark.parametrize(("kind", "world"), CASES)
def test_a_written_initialization_predicts_as_before(kind, world, tmp_path):
    loaded, method, meta = written(kind, world, tmp_path)
    seen, query = support(loaded.spec), queries(loaded.spec)
    found = loaded.adapt(seen.x.numpy(), seen.y.numpy()).predict(query.numpy())
    looked_at = query if METHODS[kind].transductive else query[:0]
    np.testing.assert_allclose(found, expected(method, meta, seen, query, looked_at), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("kind", "world"), [case for case in CASES if METHODS[case.values[0]].transductive])
def test_a_transductive_method_looks_at_what_it_predicts_or_at_what_it_is_told(kind, world, tmp_path):
    loaded, method, meta = written(kind, world, tmp_path)
    seen, query = support(loaded.spec), queries(loaded.spec)
    at_use = loaded.adapt(seen.x.numpy(), seen.y.numpy())
    told = loaded.adapt(seen.x.numpy(), seen.y.numpy(), query_x=query.numpy())
    assert (loaded.card["transductive"], at_use.looks, told.looks) == (True, True, False)
    np.testing.assert_array_equal(told.predict(query.numpy()), at_use.predict(query.numpy()))
    np.testing.assert_allclose(
        told.predict(query[:1].numpy()), expected(method, meta, seen, query, query)[:1], rtol=1e-5, atol=1e-6
    )
    assert not np.allclose(at_use.predict(query[:1].numpy()), told.predict(query[:1].numpy()), rtol=1e-9, atol=0)


PICTURE_CASES = [case for case in CASES if case.values[1] == "pictures"]


@pytest.mark.parametrize(("kind", "world"), [case for case in PICTURE_CASES if case.values[0] != "sca"])
def test_a_file_takes_fewer_classes(kind, world, tmp_path):
    """The dilated critic of SCA does not, and says so (test_sca_numbers)."""
    loaded, _, _ = written(kind, world, tmp_path)
    seen = support(loaded.spec._replace(outputs=2))
    found = loaded.adapt(seen.x.numpy(), seen.y.numpy()).predict(queries(loaded.spec).numpy())
    assert found.shape == (4, 2)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-5)


SHARED = [
    kind
    for kind in METHODS
    if not any(problem.blocking for problem in problems(experiment(kind, "pictures", network={"head": "shared"})))
]
READS_LABELS = {"sca": r"method\.critic = 'small'", "hsml": "learn one with more ways"}


@pytest.mark.parametrize("ways", [2, 5])
@pytest.mark.parametrize("kind", SHARED)
def test_a_shared_head_serves_any_number_of_classes_or_says_what_cannot(kind, ways, tmp_path):
    loaded, _, _ = written(kind, "pictures", tmp_path, network={"head": "shared"})
    seen = support(loaded.spec._replace(outputs=ways))
    if kind == "sca" or (kind == "hsml" and ways > 3):
        with pytest.raises(BadExperiment, match=READS_LABELS[kind]):
            loaded.adapt(seen.x.numpy(), seen.y.numpy()).predict(queries(loaded.spec).numpy())
        return
    found = loaded.adapt(seen.x.numpy(), seen.y.numpy()).predict(queries(loaded.spec).numpy())
    assert found.shape == (4, ways)


@pytest.mark.parametrize(("kind", "world"), PICTURE_CASES)
def test_the_order_in_which_classes_are_shown_means_nothing(kind, world, tmp_path):
    """Halves, minibatches and recurrent readers meet the classes one after the other in training; so they do at use."""
    loaded, _, _ = written(kind, world, tmp_path)
    spec = loaded.spec._replace(shots=4)
    seen, query = support(spec), queries(spec).numpy()
    mixed = np.arange(12).reshape(3, 4).T.flatten()  # one of each class, then the next of each
    x, y = seen.x.numpy(), seen.y.numpy()
    sorted_first = loaded.adapt(x, y).predict(query)
    np.testing.assert_array_equal(loaded.adapt(x[mixed], y[mixed]).predict(query), sorted_first)


def expected(method, meta, seen, query, looked_at):
    """The same adaptation by the method's own functions, on the tensors that were never in a file; several draws of one
    task are as many equal tasks, and their predictions are averaged."""
    given, count = Given(seen, looked_at, torch.ones(len(looked_at), dtype=torch.float64)), method.samples
    with_axis = map_task(lambda leaf: torch.stack([leaf] * count), given)
    noise = method.noise(at_step(0, "use"), meta, with_axis, STEPS)
    found = []
    for sample in range(count):
        draws = {group: {name: leaf[sample] for name, leaf in named.items()} for group, named in noise.items()}
        with torch.no_grad():
            fast = method.begin(meta, given, draws)
            for t in range(STEPS):
                fast = method.step(meta, fast, given, draws, t)
            outputs = predict(method, meta, fast, given, query)
        found.append(outputs if outputs.shape[-1] == 1 else outputs.softmax(-1))
    return torch.stack(found).mean(0).numpy()
