"""What once ended in a traceback, or would have in a machine without memory: each is one sentence now, or works."""

import pytest

from core.config import parse, problems
from core.draws import at_step
from core.errors import BadExperiment
from core.training.assembly import assemble
from core.training.evaluate import curves
from core.training.viewing import panels
from core.types import map_task

SMALL = {"evaluation": {"tasks": 4, "validation_tasks": 4}, "outer": {"meta_batch": 2}}


def experiment(method, **sections):
    return parse({"method": method if isinstance(method, dict) else {"kind": method}, **SMALL, **sections})


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
