"""The numeric checks of the method file predict_from_activations.md, section 13."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import core
from core.config import parse
from core.config.problems import problems
from core.deploy import export, write
from core.draws import at_step
from core.errors import BadExperiment
from core.inner import predict, rollout
from core.methods.predict_rows import by_class, chosen, predicted, unit
from core.nets import build
from core.outer import one_task
from core.types import Batch, Task

from .cases import WORLDS, Case, D, changed, conv, draws_of, flat, gradient_of, pictures
from .test_round_trip import WORLDS as FILES
from .test_round_trip import written
from .test_subsets import trained

KIND = "predict-from-activations"
RELEASED = changed(KIND, activation="relu", scale=False)
WORLD = WORLDS["strided-none-fixed"]  # ReLU, then a mean: no feature is negative


def made(settings=RELEASED, world=WORLD):
    """(method, meta) where phi begins."""
    method = Case(KIND, settings).method(world.net(), world.loss)
    return method, method.init(at_step(0, "init"))


def shaken(world=WORLD):
    case = Case(KIND, RELEASED)
    method = case.method(world.net(), world.loss)
    return method, case.meta(method)


def answers(method, meta, task):
    """(rows [ways, features], logits of the queries)."""
    fast = rollout(method, meta, task.given, {}, 0)
    return fast["weights"]["head.weight"], predict(method, meta, fast, task.given, task.query.x)


# 1, 2. the start, and rows of length 1


def test_check_1_phi_begins_as_the_nearest_class_by_cosine():
    method, meta = made()
    tasks = pictures(tasks=40, shots=1, queries=5)
    for i in range(40):
        task = one_task(tasks, i)
        seen, asked = (method.net.features(meta.fixed["init"], part.x) for part in task[:2])
        rows, logits = answers(method, meta, task)
        torch.testing.assert_close(rows, F.normalize(seen, dim=1), rtol=0, atol=1e-12)
        nearest = F.cosine_similarity(asked[:, None], seen[None], dim=-1).argmax(1)
        assert torch.equal(logits.argmax(1), nearest)


def test_check_2_rows_have_length_1_whatever_the_length_of_the_statistic():
    method, meta = shaken()
    rows, _ = answers(method, meta, one_task(WORLD.tasks(), 0))
    torch.testing.assert_close(rows.norm(dim=1), torch.ones(3, dtype=D))
    statistics = torch.rand(4, method.net.feature_size, dtype=D, generator=at_step(0, "s"))
    phi = meta.learned["phi"]
    torch.testing.assert_close(predicted(phi, 7 * statistics, RELEASED), predicted(phi, statistics, RELEASED))


def test_a_statistic_of_zeros_gives_no_slope_that_explodes():
    nothing = torch.zeros(2, 3, dtype=D, requires_grad=True)
    unit(nothing).sum().backward()
    assert nothing.grad.tolist() == [[1.0] * 3] * 2


# 3. the flat limit


@pytest.mark.parametrize("classes", [5, 64, 80])
def test_check_3_queries_of_length_0_lose_the_logarithm_of_the_number_of_classes(classes):
    from core.methods.registry import make
    from core.types import Partition, Recipe

    recipe = Recipe(0, 0.1, train_ways=classes)
    method = make(KIND, WORLD.net(), WORLD.loss, recipe, Partition((), ()), RELEASED)
    tasks = pictures(tasks=2, ways=classes, shots=2, queries=1)
    dark = tasks._replace(query=tasks.query._replace(x=torch.zeros_like(tasks.query.x)))
    _, aux = gradient_of(method, dark, meta=method.init(at_step(0, "init")))
    assert aux["outer_loss"].tolist() == pytest.approx([math.log(classes)] * 2, abs=1e-12)


# 4. the mixed statistic


def test_check_4_the_mean_is_shown_as_often_as_the_setting_says():
    """10,000 classes: 0.3 within three standard deviations; a single activation is on average the mean."""
    method, meta = made()
    tasks = 3334
    given = Task(
        Batch(torch.zeros(tasks, 6, 1), torch.zeros(tasks, 6), torch.ones(tasks, 6)),
        Batch(*[torch.zeros(tasks, 1)] * 3),
    )
    drawn = method.noise(at_step(3, "noise"), meta, given.given, 0)["statistic"]
    share = (drawn["mean"] < 0.3).to(D).mean().item()
    assert share == pytest.approx(0.3, abs=3 * math.sqrt(0.3 * 0.7 / 10_002))
    support = Batch(torch.zeros(6), torch.tensor([0, 1, 0, 1, 0, 2]), torch.ones(6, dtype=D))
    activations = torch.rand(6, 4, dtype=D, generator=at_step(0, "a"))
    means, member = by_class(activations, support, 3)
    singles = torch.stack([chosen(member, which) @ activations for which in drawn["which"]])
    assert torch.equal(singles[:, 2], means[2].expand(tasks, 4))
    error = (singles.mean(0) - means).abs().max().item()
    assert error < 4 * activations.std().item() / math.sqrt(tasks)


def test_a_single_statistic_is_one_activation_of_its_class_and_never_padding():
    member = torch.tensor([[1.0, 0], [0, 1], [1, 0], [0, 0], [0, 1]], dtype=D)
    first, last = (chosen(member, torch.full((2,), where, dtype=D)) for where in (0.0, 0.999999))
    assert first.argmax(1).tolist() == [0, 1]
    assert last.argmax(1).tolist() == [2, 4]
    assert first.sum(1).tolist() == last.sum(1).tolist() == [1, 1]


# 5, 8. what learns


def test_check_5_only_phi_has_a_gradient():
    method, meta = shaken()
    found, _ = gradient_of(method, WORLD.tasks(), meta=meta)
    assert {group: set(named) for group, named in found.items()} == {
        "phi": {"0.weight", "0.bias", "1.weight", "1.bias"}
    }
    assert set(meta.fixed["init"]) == set(method.net.shapes) - set(method.net.head)


def test_check_5_training_changes_four_tensors_and_no_bit_of_the_body():
    """A body with running statistics: weights and statistics after three steps are those of pretraining."""
    world = WORLDS["strided-batch-fixed"]._replace(settings=conv("strided", norm="running"))
    method, meta = shaken(world)
    body = {name: leaf.clone() for name, leaf in meta.fixed["init"].items()}
    start = {key: leaf.clone() for key, leaf in flat(meta.learned).items()}
    after = trained(method, meta, world)
    assert all(torch.equal(leaf, body[name]) for name, leaf in after.fixed["init"].items())
    assert any("running" in name for name in body)
    assert len(start) == 4
    assert not any(torch.equal(leaf, start[key]) for key, leaf in flat(after.learned).items())


def test_check_8_entries_of_w1_by_central_differences():
    method, meta = shaken(WORLDS["mlp-pictures-shared"])
    tasks = WORLDS["mlp-pictures-shared"].tasks()
    noise = draws_of(method, meta, tasks)
    found = gradient_of(method, tasks, meta=meta, noise=noise)[0]["phi"]["0.weight"]

    def outer_loss(i, j, shift):
        weight = meta.learned["phi"]["0.weight"].clone()
        weight[i, j] += shift
        learned = {"phi": {**meta.learned["phi"], "0.weight": weight}}
        return (
            gradient_of(method, tasks, meta=meta._replace(learned=learned), noise=noise)[1]["outer_loss"].mean().item()
        )

    for i, j in ((0, 0), (1, 3), (4, 2)):
        slope = (outer_loss(i, j, 1e-4) - outer_loss(i, j, -1e-4)) / 2e-4
        assert found[i, j].item() == pytest.approx(slope, rel=1e-5, abs=1e-9)


# 6, 7. orders and copies


def test_check_6_another_order_of_classes_orders_rows_and_answers():
    method, meta = shaken()
    task, order = one_task(WORLD.tasks(), 0), torch.tensor([2, 0, 1])
    renamed = Task(*(part._replace(y=order[part.y]) for part in task[:2]))
    (rows, logits), (again, other) = answers(method, meta, task), answers(method, meta, renamed)
    torch.testing.assert_close(again[order], rows)
    torch.testing.assert_close(other[:, order], logits)


def test_check_7_five_copies_of_a_shot_are_one_shot():
    method, meta = shaken()
    task = one_task(pictures(shots=1), 0)
    copies = task._replace(support=Batch(*(torch.cat([leaf] * 5) for leaf in task.support)))
    torch.testing.assert_close(answers(method, meta, copies)[0], answers(method, meta, task)[0], rtol=1e-13, atol=0)


# 9. a plain layer, files, other ways


def test_check_9_the_rows_are_a_plain_linear_layer():
    method, meta = shaken()
    task = one_task(WORLD.tasks(), 0)
    rows, logits = answers(method, meta, task)
    layer = torch.nn.Linear(rows.shape[1], 3, bias=False).double()
    layer.load_state_dict({"weight": rows})
    with torch.no_grad():
        assert torch.equal(layer(method.net.features(meta.fixed["init"], task.query.x)), logits)


@pytest.mark.parametrize("ways", [2, 3, 7])
def test_a_file_takes_any_number_of_classes(ways, tmp_path):
    loaded, _, meta = written(KIND, "pictures", tmp_path)
    task = one_task(pictures(ways=ways), 0)
    found = loaded.adapt(task.support.x.numpy(), task.support.y.numpy()).predict(task.query.x.numpy())
    assert found.shape == (2 * ways, ways)
    wider = build(loaded.experiment.network, FILES["pictures"][0], ways=ways, dtype=D)
    method = Case(KIND, RELEASED).method(wider, WORLD.loss)
    _, logits = answers(method, meta, task)
    np.testing.assert_allclose(found, logits.softmax(-1).numpy(), rtol=1e-5, atol=1e-6)


def test_there_is_no_plain_network_to_export(tmp_path):
    written(KIND, "pictures", tmp_path)
    with pytest.raises(BadExperiment, match=r"makes the network's weights from a support set"):
        export(tmp_path / "start.safetensors", tmp_path / "start.pt")
    export(tmp_path / "start.safetensors", tmp_path / "copy.safetensors")
    assert core.load(tmp_path / "copy.safetensors").card["method"]["kind"] == KIND
    assert write is not None


# settings that do not go together


def found(**sections):
    plain = {"tasks": {"kind": "glyphs", "train_shots": 15}, "network": {"kind": "conv-strided", "norm": "running"}}
    experiment = parse({**plain, "method": {"kind": KIND}, **sections})
    return {problem.field: problem.blocking for problem in problems(experiment)}


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({}, {}),
        ({"tasks": {"kind": "sinusoid"}, "network": {"kind": "mlp"}}, {"method.kind": True}),
        ({"network": {"kind": "conv-strided", "norm": "batch"}}, {"network.norm": True}),
        ({"subset": {"adapt": ["body.*"]}}, {"subset.adapt": True}),
        ({"subset": {"freeze": ["body.*"]}}, {"subset.freeze": True}),
        ({"tasks": {"kind": "glyphs"}}, {"tasks.train_shots": False}),
        ({"network": {"kind": "mlp", "activation": "tanh"}}, {"method.activation": False}),
    ],
)
def test_what_does_not_go_together_is_said(sections, expected):
    assert found(**sections) == expected


def test_more_training_ways_are_for_methods_that_write_their_rows():
    tasks = {"kind": "glyphs", "train_shots": 15, "train_ways": 80}
    assert found(tasks=tasks) == {}
    assert found(tasks=tasks, method={"kind": "maml"}, network={"kind": "conv-strided"})["tasks.train_ways"]


def test_panels_show_rows_beside_class_means():
    method, meta = made()
    heat, turned = method.panels(meta, WORLD.tasks(), {})
    assert heat.values.shape == (3, 3)
    assert 0 <= heat.values.min() <= heat.values.max() <= 1
    assert turned.values.abs().max() < 1e-5
