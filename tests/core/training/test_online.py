"""The online protocol: closed forms of the quadratic stream (ftml.md, section 13), and runs over a small stream."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core import losses
from core.config import with_settings
from core.draws import at_step
from core.engine.eager import meta_gradient
from core.engine.plan import Plan
from core.methods.registry import make
from core.replay import replay
from core.runs import enqueue, execute
from core.storage.catalog import Catalog
from core.training import Control
from core.training.checkpoint import load
from core.training.evaluate import curves
from core.training.events import Checkpointed, Failed, Started, Stepped, Validated, Warned
from core.training.online import Online, Round
from core.types import Batch, Meta, Net, Partition, Recipe, Stream, Task
from tests.core.data.small_mnist import write_mnist

from .helpers import assert_same_bits, checkpoint_of, run, state, tiny

D = torch.float64
ALPHA = 0.1


# the quadratic stream: f_t(w) = a_t / 2 (w - c_t)^2, (a, c) alternating (1, 0) and (4, 1), one step of 0.1


def curvature(t):
    return (1.0, 0.0) if t % 2 == 0 else (4.0, 1.0)


def played(t, w, alpha=ALPHA):
    """f_t(U_t(w))"""
    a, c = curvature(t)
    return a / 2 * (w - alpha * a * (w - c) - c) ** 2


def stream_of(rounds, probe=lambda number, arrived: number):
    return Stream(
        1, 0.0, False, ("",) * rounds,
        begins=lambda step: step - 1 if step <= rounds else None,
        ends=lambda step: (step - 1, 1) if 1 <= step <= rounds else None,
        probe=probe,
    )  # fmt: skip


def leader(t, alpha):
    """The closed form of check 3."""
    terms = [(a * (1 - alpha * a) ** 2, c) for a, c in map(curvature, range(t))]
    return sum(share * c for share, c in terms) / sum(share for share, _ in terms)


def record(rounds, alpha):
    """alpha: of the leader's own adaptation (0: FTL); everybody is deployed with one step."""
    online = Online(stream_of(rounds), lambda w, t: (played(t, w), None))
    online.look(0, 0.0, 0.0)
    for t in range(1, rounds + 1):
        w = leader(t, alpha)
        online.look(t, w, w)
    return online


def test_the_regret_of_ftml_on_the_quadratic_stream():
    """Check 1: w = 0, 0, 0.64, 0.470588; losses 0, 0.72, 0.165888, 0.201799; comparator 0.64."""
    online = record(4, ALPHA)
    assert [leader(t, ALPHA) for t in range(1, 5)] == pytest.approx([0, 0.64, 0.470588, 0.64], abs=1e-6)
    assert [r.suffered for r in online.rounds] == pytest.approx([0, 0.72, 0.165888, 0.201799], abs=1e-6)
    assert online.rounds[-1].regret == pytest.approx(0.569287, abs=1e-6)


def test_follow_the_leader_on_the_quadratic_stream():
    """Check 1: FTL's w = 0, 0, 0.8, 0.666667, its regret 0.5408 against the comparator 0.64 of FTML."""
    online = record(4, 0.0)
    assert [leader(t, 0.0) for t in range(1, 5)] == pytest.approx([0, 0.8, 0.666667, 0.8], abs=1e-6)
    assert [r.suffered for r in online.rounds] == pytest.approx([0, 0.72, 0.2592, 0.08], abs=1e-6)
    assert sum(r.suffered for r in online.rounds) - sum(played(t, 0.64) for t in range(4)) == pytest.approx(
        0.5408, abs=1e-6
    )


@pytest.mark.parametrize(("rounds", "expected"), [(10, 0.6951), (100, 0.9800), (1000, 1.2560)])
def test_ftmls_regret_grows_like_a_logarithm(rounds, expected):
    """Check 2."""
    assert record(rounds, ALPHA).rounds[-1].regret == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(("rounds", "expected"), [(10, 0.6802), (100, 2.0883), (1000, 15.1550)])
def test_the_regret_of_following_the_plain_leader_grows_with_every_round(rounds, expected):
    """Check 2: against the best start in hindsight that may take the step (FTML's of all rounds)."""
    suffered = sum(r.suffered for r in record(rounds, 0.0).rounds)
    best = sum(played(t, leader(rounds, ALPHA)) for t in range(rounds))
    assert suffered - best == pytest.approx(expected, abs=5e-5)


def linear():
    """outputs = w x: with x = sqrt(a / 2) and y = x c the squared error is a / 2 (w - c)^2."""
    return Net({"w": (1,)}, lambda generator: {"w": torch.zeros(1, dtype=D)}, lambda weights, x: x * weights["w"])


def quadratic_tasks(numbers):
    x = torch.tensor([[[(curvature(t)[0] / 2) ** 0.5]] for t in numbers], dtype=D)
    y = torch.stack([x[i] * curvature(t)[1] for i, t in enumerate(numbers)])
    part = Batch(x, y, torch.ones(len(numbers), 1, dtype=D))
    return Task(part, part)


def led(chosen):
    """(the method on one number, its exact leader after t rounds): two of its own meta-gradients over the buffer tell the
    argmin, as they are linear in w."""
    settings = SimpleNamespace(leader=chosen, smoothing=0.1, scale="mean")
    method = make("ftml", linear(), losses.squared_error, Recipe(1, ALPHA), Partition(("w",), ()), settings)
    gradient = meta_gradient(method, Plan("vectorised", 100, 1, "eager", "cpu", "float64"))

    def argmin(t):
        at = [
            float(gradient(start(w), quadratic_tasks(range(t)), {}, torch.zeros((), dtype=D))[0]["init"]["w"])
            for w in (0.0, 1.0)
        ]
        return -at[0] / (at[1] - at[0])

    return method, argmin


def start(w):
    return Meta({"init": {"w": torch.full((1,), w, dtype=D)}}, {}, {})


@pytest.mark.parametrize("chosen", ["meta", "joint"])
def test_the_method_itself_leads_as_the_closed_form_says(chosen):
    """Check 3, then the online record with the method's own adaptation."""
    method, argmin = led(chosen)

    def measure(w, task):
        found = curves(method, losses.squared_error, start(w), task, 1, chunk=1, vectorised=True, check=lambda: None)
        return float(found.loss[0, -1]), None

    online = Online(stream_of(4, lambda number, arrived: quadratic_tasks([number])), measure)
    online.look(0, 0.0, 0.0)
    for t in range(1, 5):
        w = argmin(t)
        assert w == pytest.approx(leader(t, ALPHA if chosen == "meta" else 0.0), abs=1e-12)
        online.look(t, w, w)
    if chosen == "meta":
        assert online.rounds[-1].regret == pytest.approx(0.569287, abs=1e-6)


@pytest.mark.parametrize("chosen", ["meta", "joint"])
def test_tasks_of_one_curvature_have_the_mean_of_their_centres_whoever_leads(chosen, monkeypatch):
    """Check 3, its end."""
    monkeypatch.setattr(f"{__name__}.curvature", lambda t: (2.0, [0.5, 3.0, -1.0, 2.5][t]))
    _, argmin = led(chosen)
    assert argmin(4) == pytest.approx(1.25, rel=1e-12)


def test_the_meta_loss_keeps_the_curvature_bounds():
    """Check 4: for mu <= a <= beta and alpha = 1 / (2 beta), a (1 - alpha a)^2 lies in [mu / 8, 9 beta / 8]."""
    for mu, beta in ((0.1, 1.0), (1.0, 1.0), (0.5, 20.0)):
        a = np.linspace(mu, beta, 1000)
        second = a * (1 - a / (2 * beta)) ** 2
        assert mu / 4 <= second.min()
        assert second.max() <= 9 * beta / 8


# the record


def test_the_first_time_counts_and_a_round_that_never_gets_there_is_kept():
    each = Round(0, "", 1.0, (20, 40, 60), (0.9, 0.5, 0.6), (0.5, 0.9, 0.8))
    assert each.examples_to(0.9) == 40
    assert each.examples_to(0.95) is None
    assert each._replace(accuracy=()).examples_to(0.5) == 40


def test_a_look_that_is_stopped_records_nothing():
    def stopped(w, t):
        raise KeyboardInterrupt

    online = Online(stream_of(2), lambda w, t: (1.0, None))
    online.look(0, 0.0, 0.0)
    before = online.plain()
    online._measure = stopped
    with pytest.raises(KeyboardInterrupt):
        online.look(1, 0.0, 0.0)
    assert online.plain() == before
    assert online.due(1)


def test_missed_rounds_count_as_all_examples_in_the_panel():
    online = record(3, ALPHA)
    assert online.panels()[0].values.tolist() == [[1.0, 1.0, 1.0]]
    assert "2 of 3 rounds never got there" in online.panels()[0].note
    assert [panel.form for panel in online.panels()] == ["lines"] * 3


# runs


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mnist")
    write_mnist(folder, 56 * 178, stem="t10k")
    return folder


def small(digits, *pairs):
    """3 rounds of 2 arrivals of 20 digits, 3 outer steps after each: 18 outer steps."""
    stream = (
        "tasks.kind=rainbow-stream", f"tasks.path={digits}", "tasks.rounds=3", "tasks.examples=40", "tasks.steps=3",
        "method.kind=ftml", "outer.steps=18", "outer.meta_batch=3", "network.kind=mlp", "network.hidden=[4]",
        "evaluation.validate_every=9", "evaluation.checkpoint_every=100", "evaluation.tasks=3", "evaluation.validation_tasks=3",
    )  # fmt: skip
    return with_settings(tiny(*stream), list(pairs))


def online_of(heard):
    return load(checkpoint_of(heard), torch.device("cpu")).card["online"]


KINDS = {
    "ftml": (),
    "joint": ("method.leader=joint", "inner.evaluation_steps=0"),
    "scratch": ("method.leader=joint", "tasks.memory=current", "tasks.fresh=true"),
    "maml": ("method.kind=maml",),
    "meta-sgd": ("method.kind=meta-sgd",),
    "reptile": ("method.kind=reptile", "inner.order=first"),
    "pooled": ("method.kind=pooled",),
}


@pytest.mark.parametrize("pairs", KINDS.values(), ids=KINDS)
def test_any_method_runs_under_the_protocol(digits, tmp_path, pairs):
    heard = run(small(digits, *pairs), tmp_path)
    assert not heard.all(Failed)
    record = online_of(heard)
    assert record["looked"] == 18
    assert [each["number"] for each in record["rounds"]] == [0, 1, 2]
    for each in record["rounds"]:
        assert each["arrived"] == [20, 40]
        assert np.isfinite([each["suffered"], each["regret"], *each["loss"], *each["accuracy"]]).all()
    assert len([event for event in heard.all(Warned) if event.text.startswith("round ")]) == 3
    shown = [[panel for panel in event.panels if panel.title.endswith("by round")] for event in heard.all(Validated)]
    assert [len(panels) for panels in shown] == [0, 3, 3]
    assert shown[-1][0].values.shape == (1, 3)


def test_a_stored_run_still_shows_what_was_measured_by_round(digits, tmp_path):
    with Catalog.open(tmp_path) as catalog:
        run_id = enqueue(catalog, small(digits, *KINDS["ftml"])).id
        execute(catalog, run_id)
        shown = replay(catalog, run_id).panels
    assert [panel.title.split()[0] for panel in shown] == ["Examples", "Held-out", "Regret", "What", "Do"]
    assert shown[2].values.shape == (1, 3)


MOMENTS = {
    "in the middle of a round": lambda event: isinstance(event, Stepped) and event.steps[-1] >= 4,
    "at a validation": lambda event: isinstance(event, Validated) and event.step == 9,
    "at the end of a round": lambda event: isinstance(event, Warned) and event.text.startswith("round 1"),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
@pytest.mark.parametrize("kind", ["ftml", "scratch"])
def test_a_stopped_stream_goes_on_as_if_it_had_never_stopped(digits, tmp_path, kind, moment):
    """The buffer, the fresh starts and the record are functions of the step and of what is in the checkpoint."""
    experiment = small(digits, *KINDS[kind])
    whole = run(experiment, tmp_path / "whole")
    control = Control()
    stopped = run(experiment, tmp_path / "parts", control=control, on=lambda e: control.stop() if moment(e) else None)
    assert stopped.last.status == "stopped"
    rest = run(experiment, tmp_path / "parts", resume=checkpoint_of(stopped), engine=stopped.one(Started).engine)
    assert_same_bits(state(rest), state(whole))
    assert online_of(rest) == online_of(whole)


def test_a_fresh_start_forgets_everything(digits, tmp_path):
    """With an outer rate of next to nothing the weights at the end are the initialization of the last round's first step."""
    experiment = small(digits, *KINDS["scratch"], "outer.learning_rate=1e-12")
    heard = run(experiment, tmp_path)
    from core.training.assembly import assemble

    parts = assemble(experiment, Path("unused"))
    fresh = parts.method.init(at_step(experiment.seed, "init", 13)).learned["init"]
    found = load(checkpoint_of(heard), torch.device("cpu"))
    for name, leaf in found.meta.learned["init"].items():
        torch.testing.assert_close(leaf, fresh[name], rtol=0, atol=1e-9)
    steps = [leaf for key, leaf in found.optimizer.items() if key.endswith("/step")]
    assert {float(step) for step in steps} == {6.0}  # Adam began anew with the round


def test_all_that_is_looked_at_leaves_the_meta_parameters_as_they_were(digits, tmp_path):
    from core.training.assembly import assemble

    parts = assemble(small(digits), Path("unused"))
    meta = parts.method.init(at_step(0, "init"))
    before = {name: leaf.clone() for name, leaf in meta.learned["init"].items()}

    def measure(meta, task):
        found = curves(parts.method, parts.loss, meta, task, 2, chunk=1, vectorised=True, check=lambda: None)
        return float(found.loss[0, -1]), float(found.accuracy[0, -1])

    online = Online(parts.splits.stream, measure)
    online.look(0, meta, meta)
    online.look(6, meta, meta)
    assert len(online.rounds) == 2
    assert all(torch.equal(leaf, before[name]) for name, leaf in meta.learned["init"].items())


def test_checkpoints_of_other_tasks_hold_no_stream(tmp_path):
    heard = run(tiny(), tmp_path)
    assert "online" not in load(checkpoint_of(heard), torch.device("cpu")).card
    assert heard.all(Checkpointed)
