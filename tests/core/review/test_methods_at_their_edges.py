"""What once ended in a traceback, or would have in a machine without memory: each is one sentence now, or works."""

import numpy as np
import pytest
import torch

from core.card import evaluation_card
from core.config import parse, problems
from core.draws import at_step
from core.engine.eager import meta_gradient
from core.errors import BadExperiment
from core.training.assembly import assemble
from core.training.evaluate import curves
from core.training.events import Checkpointed, Curves, Failed, Finished, Warned
from core.training.viewing import panels
from core.types import map_task
from tests.core.training.helpers import run

SMALL = {"evaluation": {"tasks": 4, "validation_tasks": 4}, "outer": {"meta_batch": 2}}


def experiment(method, **sections):
    return parse({**SMALL, "method": method if isinstance(method, dict) else {"kind": method}, **sections})


def test_where_nothing_of_the_network_adapts_tasks_are_evaluated_one_by_one_too(tmp_path):
    """CAVIA's baseline has no fast weights from which the number of tasks could be read."""
    parts = assemble(experiment("cavia", engine={"plan": "per-task", "tier": "eager"}), tmp_path)
    tasks = parts.splits.test.sample(at_step(0, "tasks"), 3)
    meta = parts.baseline.init(at_step(0, "init"))
    found = curves(parts.baseline, parts.loss, meta, tasks, steps=1, chunk=1, vectorised=False, check=lambda: None)
    assert found.loss.shape == (3, 2)


def test_maps_and_masks_without_a_layer_to_act_on_are_refused(tmp_path):
    wanted = experiment("mt-net", network={"kind": "mlp", "norm": "layer"}, subset={"adapt": ["body.1.*"]})
    with pytest.raises(BadExperiment, match=r"subset\.adapt: .* choose a layer such as 'head\.\*'"):
        assemble(wanted, tmp_path)


def test_scales_without_a_body_are_refused():
    found = problems(experiment({"kind": "mtl", "pretraining_steps": 2}, network={"kind": "mlp", "hidden": []}))
    assert [each.field for each in found if each.blocking] == ["network.hidden"]


@pytest.mark.parametrize("kind", ["mmaml", "hsml"])
@pytest.mark.parametrize("channels", [[0], [32, -1], [100_000]])
def test_a_block_of_an_encoder_has_channels(kind, channels):
    with pytest.raises(BadExperiment, match=r"method\.picture_channels: each block has between 1 and 1,024 channels"):
        experiment({"kind": kind, "picture_channels": channels})


@pytest.mark.parametrize(
    ("method", "hidden"),
    [
        ({"kind": "mt-net"}, [50_000]),
        ({"kind": "hsml", "width": 1024}, [400, 400]),
        ({"kind": "leo", "hidden": 1024}, [400, 400]),
    ],
)
def test_numbers_beside_the_network_are_counted_before_they_are_asked_for(method, hidden, tmp_path):
    with pytest.raises(BadExperiment, match=f"method.kind: {method['kind']} would learn .* numbers beside the network"):
        assemble(experiment(method, network={"kind": "mlp", "hidden": hidden}), tmp_path)


@pytest.mark.parametrize("kind", ["mt-net", "hsml", "leo"])
def test_what_a_method_says_it_learns_beside_the_network_is_no_less_than_it_does(kind, tmp_path):
    wanted = experiment(kind, network={"kind": "mlp", "hidden": [40, 40]})
    parts = assemble(wanted, tmp_path)
    learned = parts.method.init(at_step(0, "init")).learned
    beside = sum(leaf.numel() for group, named in learned.items() if group != "init" for leaf in named.values())
    said = wanted.method.beyond(wanted, parts.net.shapes)
    assert 0.5 * beside < said < 2 * beside


@pytest.mark.parametrize("kind", ["leo", "mt-net"])
def test_a_view_of_numbers_that_are_not_finite_is_left_out_and_ends_no_run(kind, tmp_path):
    parts = assemble(experiment(kind), tmp_path)
    meta, tasks = parts.method.init(at_step(0, "init")), parts.splits.test.sample(at_step(0, "tasks"), 3)
    broken = meta._replace(learned=map_task(lambda leaf: leaf * float("inf"), meta.learned))
    assert panels(parts.method, meta, tasks, 1)
    assert panels(parts.method, broken, tasks, 1) == ()


@pytest.mark.parametrize("freeze", [["*"], ["body.*", "head.*"]])
@pytest.mark.parametrize("kind", ["maml", "reptile", "imaml", "pooled"])
def test_with_everything_frozen_a_method_that_learns_the_network_alone_is_refused(kind, freeze, tmp_path):
    with pytest.raises(BadExperiment, match=r"subset\.freeze: everything is frozen, so nothing can be learned"):
        assemble(experiment(kind, subset={"freeze": freeze}), tmp_path)


@pytest.mark.parametrize("kind", ["meta-sgd", "cavia", "mt-net", "mmaml", "hsml"])
def test_with_everything_frozen_a_method_learns_what_else_it_has(kind, tmp_path):
    parts = assemble(experiment(kind, subset={"freeze": ["*"]}, engine={"tier": "eager"}), tmp_path)
    meta = parts.method.init(at_step(0, "init"))
    assert not meta.learned.get("init")
    tasks = parts.splits.train.sample(at_step(0, "tasks"), 2)
    noise = parts.method.noise(at_step(0, "noise"), meta, tasks.given, parts.experiment.inner.steps)
    gradient, _ = meta_gradient(parts.method, parts.plan)(meta, tasks, noise, torch.zeros(()))
    assert any(leaf.abs().max() > 0 for named in gradient.values() for leaf in named.values())


@pytest.mark.parametrize(
    "settings",
    [
        {
            "method": {"kind": "leo", "tuning_rate": 100.0},
            "inner": {"steps": 5, "evaluation_steps": 60, "learning_rate": 0.01},
        },
        {"method": {"kind": "platipus", "initial_std": 2.699}, "inner": {"steps": 1, "evaluation_steps": 40}},
    ],
)
def test_a_result_that_is_not_finite_ends_the_run_with_its_sentence(settings, tmp_path):
    """The training loss was finite all along: only more steps at use than in training blow up."""
    wanted = experiment(
        **{**settings, "inner": {"learning_rate": 1.0, **settings["inner"]}}, network={"kind": "mlp", "hidden": [8, 8]},
        engine={"tier": "eager"}, outer={"steps": 1, "meta_batch": 2, "learning_rate": 1e-6},
    )  # fmt: skip
    heard = run(wanted, tmp_path)
    end = heard.one(Failed)
    assert end.details == {"exit_code": 3, "non_finite": True}
    assert "the loss on the test tasks became" in end.sentence
    assert "lower outer.learning_rate or inner.learning_rate" in end.sentence
    assert heard.all(Checkpointed)
    assert not heard.all(Finished)


def test_steps_beyond_the_one_that_counts_may_diverge_and_are_told(tmp_path):
    wanted = experiment(
        {"kind": "maml"}, network={"kind": "mlp", "hidden": [8, 8]}, engine={"tier": "eager"},
        inner={"steps": 1, "evaluation_steps": 60, "learning_rate": 10.0},
        evaluation={"tasks": 4, "validation_tasks": 4, "best_after": 0}, outer={"steps": 1, "meta_batch": 2, "learning_rate": 1e-6},
    )  # fmt: skip
    heard = run(wanted, tmp_path)
    assert heard.one(Finished)
    assert any("no longer finite after" in event.text for event in heard.all(Warned))


@pytest.mark.parametrize("kind", ["mixture", "hsml", "mmaml", "cavia"])
def test_panels_call_modes_by_their_names(kind, tmp_path):
    parts = assemble(experiment(kind, tasks={"kind": "five-modes", "modes": 3}), tmp_path)
    assert parts.spec.modes == ("sinusoid", "line", "quadratic")
    meta, tasks = parts.method.init(at_step(0, "init")), parts.splits.test.sample(at_step(0, "tasks"), 6)
    rows = [row for panel in panels(parts.method, meta, tasks, 1, parts.spec.modes) for row in panel.rows]
    assert any(row.startswith("quadratic") for row in rows)
    assert not any(row.startswith("mode ") for row in rows)
    nameless = [row for panel in panels(parts.method, meta, tasks, 1) for row in panel.rows]
    assert any(row.startswith("mode 3") for row in nameless)


def test_an_evaluation_says_what_its_random_start_begins_from():
    assert experiment("maml").random_start() == "a fresh network"
    glyphs = {"tasks": {"kind": "glyphs"}, "network": {"kind": "conv-strided", "norm": "running"}}
    held = experiment({"kind": "mtl", "pretraining_steps": 2}, **glyphs)
    assert held.random_start() == "a fresh head on the pretrained body"
    card = evaluation_card(Curves(np.ones((2, 1))), Curves(np.ones((2, 1))), "digest", begins=held.random_start())
    assert card["random_start"]["begins"] == "a fresh head on the pretrained body"


def leo_that_breaks(monkeypatch, tmp_path, skip):
    """LEO whose gradient is NaN in outer step 3."""
    from core.training import run as module

    gradient = module._Run._gradient

    def broken(self, step, arguments):
        found, aux = gradient(self, step, arguments)
        if step == 3:
            found["decoder"]["0.weight"].fill_(float("nan"))
        return found, aux

    monkeypatch.setattr(module._Run, "_gradient", broken)
    wanted = experiment(
        {"kind": "leo", "skip_not_finite": skip}, network={"kind": "mlp", "hidden": [8]}, engine={"tier": "eager"},
        inner={"steps": 5, "evaluation_steps": 5}, outer={"steps": 6, "meta_batch": 2},
    )  # fmt: skip
    return run(wanted, tmp_path)


def test_leo_goes_on_over_a_step_that_is_not_finite_where_asked(monkeypatch, tmp_path):
    heard = leo_that_breaks(monkeypatch, tmp_path, skip=True)
    assert heard.one(Finished)
    assert [event.text for event in heard.all(Warned) if "outer step 3" in event.text]
    assert 3 not in heard.losses()
    assert {1, 2, 4, 5, 6} <= set(heard.losses())


def test_without_being_asked_such_a_step_ends_the_run(monkeypatch, tmp_path):
    assert leo_that_breaks(monkeypatch, tmp_path, skip=False).one(Failed).details == {
        "exit_code": 3,
        "non_finite": True,
    }
