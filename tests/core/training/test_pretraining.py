"""Pretraining as a stage of any method: trained once, kept, reused, gone on with; and the cache of its features."""

from pathlib import Path

import numpy as np
import pytest
import torch

import core
from core.config import parse
from core.data import glyphs
from core.data.pictures import Pictures, Split
from core.draws import at_step
from core.methods import registry
from core.nets import build
from core.runs import enqueue, evaluate, execute
from core.storage.catalog import Catalog
from core.training import Control, train
from core.training.assembly import assemble
from core.training.events import Checkpointed, Evaluated, Failed, Finished, Pretrained, StageStepped, Validated
from core.training.features import on_features, usable
from core.training.pretraining import body_of, key_of, staged, statistics_of

from .helpers import Heard

CLASSES, EACH, SIDE = 30, 12, 8


@pytest.fixture(autouse=True)
def small_pictures(monkeypatch):
    """Thirty classes of noise about a mean picture in place of the glyphs: 18 train, 6 validate, 6 test."""
    draw = np.random.default_rng(0)
    means = draw.integers(0, 255, (CLASSES, 1, SIDE, SIDE, 1))
    noise = draw.integers(0, 255, (CLASSES, EACH, SIDE, SIDE, 1))
    images = ((means + noise) // 2).astype(np.uint8).reshape(-1, SIDE, SIDE, 1)
    names = tuple(f"U+{place:04X} x" for place in range(CLASSES))
    pictures = Pictures(images, np.full(CLASSES, EACH), names)
    monkeypatch.setattr(glyphs, "load", lambda folder, progress=None: pictures)
    monkeypatch.setattr(glyphs, "split", lambda _: Split(*np.split(np.arange(CLASSES), [18, 24])))


@pytest.fixture
def on_the_head(monkeypatch):
    """Plain gradient descent on the head of a pretrained body, under the name of a method that asks for one."""
    from core.config.methods import Mtl

    monkeypatch.setitem(registry.METHODS, "mtl", registry.METHODS["mtl"]._replace(factory="core.methods.maml:maml"))
    monkeypatch.setattr(Mtl, "features_only", True)


def experiment(**changes):
    values = {
        "seed": 3,
        "tasks": {"kind": "glyphs", "ways": 3, "shots": 2, "queries": 2},
        "network": {"kind": "conv-strided", "filters": 4, "depth": 2, "norm": "running"},
        "method": {"kind": "mtl", "pretraining_steps": 60, "pretraining_batch": 16, "pretraining_learning_rate": 0.01},
        "inner": {"steps": 2, "learning_rate": 0.5, "evaluation_steps": 3},
        "outer": {"steps": 4, "meta_batch": 3},
        "evaluation": {"tasks": 6, "validation_tasks": 4, "validate_every": 2, "checkpoint_every": 2},
        "engine": {"tier": "eager", "threads": 1, "device": "cpu"},
    }
    return parse({**values, **{section: {**values[section], **change} for section, change in changes.items()}})


def trained(tmp_path, chosen, name="run", *, sink=None, control=None, resume=None):
    heard = Heard() if sink is None else sink
    (tmp_path / name).mkdir(parents=True, exist_ok=True)
    train(chosen, heard, control or Control(), tmp_path / name, tmp_path, resume=resume)
    return heard


def test_the_body_is_trained_kept_and_told(tmp_path):
    heard = trained(tmp_path, experiment())
    assert [event.step for event in heard.all(StageStepped)][-1] == 60
    assert "pretraining the body: step 60 of 60, loss" in heard.all(StageStepped)[-1].words
    told = heard.one(Pretrained)
    assert not told.reused
    assert 0 <= told.accuracy <= 1
    assert isinstance(heard.last, Finished)
    assert not (tmp_path / "run" / "pretraining").exists()


def test_the_kept_body_is_measured_like_any_initialization(tmp_path):
    """Its running statistics come from the stage that made it, whatever its own method asks for."""
    path = trained(tmp_path, experiment()).one(Pretrained).path
    found = evaluate(path, tmp_path, ["inner.evaluation_steps=2"], 4)
    assert len(found["loss"]) == len(found["random_start"]["loss"]) == 3


def test_the_kept_body_loads_by_itself_and_is_what_the_method_begins_with(tmp_path):
    heard = trained(tmp_path, experiment())
    start = core.load(heard.one(Pretrained).path)
    pictures = np.random.default_rng(0).random((6, SIDE, SIDE), dtype=np.float32)
    assert start.adapt(pictures, [0, 0, 1, 1, 2, 2]).predict(pictures).shape == (6, 3)
    from core.training.checkpoint import load

    last = load(next(iter(reversed(heard.all(Checkpointed)))).path, torch.device("cpu"))
    kept = {**start.meta.fixed["init"], **start.meta.learned["init"]}
    for name, leaf in last.meta.fixed["init"].items():
        assert torch.equal(leaf, kept[name]), name
    assert start.card["pretraining"]["steps"] == 60


def test_a_later_run_reuses_it_whatever_its_seed_ways_and_recipe(tmp_path):
    trained(tmp_path, experiment())
    again = trained(tmp_path, parse({**experiment(tasks={"ways": 2}, inner={"steps": 1}).plain(), "seed": 8}), "other")
    assert again.one(Pretrained).reused
    assert not again.all(StageStepped)


@pytest.mark.parametrize(
    "changes",
    [{"method": {"pretraining_steps": 61}}, {"method": {"pretraining_seed": 1}}, {"network": {"filters": 5}}],
    ids=["steps", "seed", "network"],
)
def test_what_decides_the_body_is_in_its_key(tmp_path, changes):
    first, other = (assemble(chosen, tmp_path) for chosen in (experiment(), experiment(**changes)))
    assert key_of(first) != key_of(other)


def test_a_damaged_file_is_trained_anew(tmp_path):
    path = trained(tmp_path, experiment()).one(Pretrained).path
    with open(path, "r+b") as file:
        file.truncate(100)
    assert not trained(tmp_path, experiment(), "other").one(Pretrained).reused


def test_a_stop_in_between_is_kept_and_gone_on_with(tmp_path):
    whole = trained(tmp_path / "whole", experiment())
    control = Control()

    class Stopping(Heard):
        def __call__(self, event):
            super().__call__(event)
            if isinstance(event, StageStepped):
                control.stop()

    stopped = trained(tmp_path, experiment(), sink=Stopping(), control=control)
    assert isinstance(stopped.last, Finished)
    assert (stopped.last.status, stopped.last.step) == ("stopped", 0)
    assert not stopped.all(Pretrained)
    done = stopped.all(StageStepped)[0].step
    rest = trained(tmp_path, experiment())
    assert rest.all(StageStepped)[0].step > done
    ours, theirs = (core.load(heard.one(Pretrained).path).meta for heard in (rest, whole))
    for name, leaf in theirs.learned["init"].items():
        assert torch.equal(ours.learned["init"][name], leaf), name


def test_running_statistics_make_the_training_pictures_standard(tmp_path):
    """Over them the output of each normalization has mean 0 and variance 1 (less epsilon), each layer on the ones before."""
    stage = staged(assemble(experiment(engine={"precision": "float64"}), tmp_path))
    weights = stage.method.init(at_step(0, "init"))
    plain = {**weights.fixed.get("init", {}), **weights.learned["init"]}
    found = statistics_of(stage, plain, lambda: None)
    settings = stage.experiment.network.model_copy(update={"norm": "running"})
    net = build(settings, stage.spec, dtype=torch.float64)
    pool = stage.splits.pool
    rows = pool.training_rows(10_000)
    assert len(rows) == 18 * EACH
    for layer, x in net.seen({**plain, **found}, pool.at(rows)).items():
        variance, mean = torch.var_mean(x, (0, 2, 3), unbiased=False)
        torch.testing.assert_close(found[f"{layer}.running_mean"], mean, rtol=1e-9, atol=1e-12)
        torch.testing.assert_close(found[f"{layer}.running_var"], variance, rtol=1e-9, atol=1e-12)


def test_pretraining_sees_training_classes_alone_and_is_judged_on_other_pictures(tmp_path):
    stage = staged(assemble(experiment(), tmp_path))
    drawn = [part.sample(at_step(0, "x"), 200).query for part in (stage.splits.train, stage.splits.validation)]
    assert all(set(batch.y.unique().tolist()) == set(range(18)) for batch in drawn)
    seen, held = ({tuple(x.flatten().tolist()) for x in batch.x.flatten(0, 1)} for batch in drawn)
    assert not seen & held
    assert len(held) == 18  # a tenth of twelve, at least one


def test_tasks_without_classes_of_their_own_cannot_be_pretrained_on(tmp_path, monkeypatch):
    from core.tasks import images

    monkeypatch.setattr(images, "ClassPool", lambda *parts: None)
    failed = trained(tmp_path, experiment()).one(Failed)
    assert failed.known
    assert (
        "glyphs has no training classes to pretrain on; choose glyphs, omniglot or miniimagenet, or 0"
        in failed.sentence
    )


def test_the_catalog_lists_the_body_beside_what_was_learned(tmp_path):
    with Catalog.open(tmp_path) as catalog:
        run = execute(catalog, enqueue(catalog, experiment()).id)
        assert run.status == "finished"
        rows = {row.name: row for row in catalog.initializations()}
        body = rows["pretrained on glyphs"]
        assert (body.run, body.method, body.present) == (run.id, "pooled", True)
        assert len(rows) == 2
        assert catalog.rows_without_files() == catalog.files_without_rows() == []
        execute(catalog, enqueue(catalog, experiment()).id)
        assert sum(row.name == "pretrained on glyphs" for row in catalog.initializations()) == 1


# cached features


def test_cached_features_give_the_same_numbers(tmp_path, on_the_head):
    runs = [trained(tmp_path, experiment(engine={"features": how}), how) for how in ("auto", "off")]
    assert not [heard.last for heard in runs if not isinstance(heard.last, Finished)]
    assert list((tmp_path / "cache" / "features").glob("*.safetensors"))
    for kind in (Validated, Evaluated):
        for cached, plain in zip(*(heard.all(kind) for heard in runs), strict=True):
            np.testing.assert_allclose(cached.curves.loss, plain.curves.loss, atol=1e-5)
            np.testing.assert_allclose(cached.curves.accuracy, plain.curves.accuracy, atol=1e-5)
    ours, theirs = (heard.losses() for heard in runs)
    np.testing.assert_allclose(list(ours.values()), list(theirs.values()), atol=1e-5)
    assert runs[0].one(Evaluated).digest == runs[1].one(Evaluated).digest
    np.testing.assert_allclose(
        runs[0].one(Evaluated).random_start.loss, runs[1].one(Evaluated).random_start.loss, atol=1e-5
    )
    shown = [heard.all(Validated)[-1].views for heard in runs]
    np.testing.assert_array_equal(shown[0].support_x, shown[1].support_x)
    np.testing.assert_allclose(shown[0].query_probability, shown[1].query_probability, atol=1e-5)


def test_cached_tasks_are_the_features_of_the_same_pictures(tmp_path, on_the_head):
    parts = assemble(experiment(), tmp_path)
    meta = parts.method.init(at_step(0, "init"))
    small = on_features(parts, meta, tmp_path, lambda words: None, lambda: None, replayed=False)
    for part in ("train", "validation", "test"):
        pictures, features = (getattr(s, part).sample(at_step(1, part), 5) for s in (parts.splits, small.splits))
        assert torch.equal(pictures.about["classes"], features.about["classes"])
        expected = parts.net.features(meta.fixed["init"], pictures.query.x.flatten(0, 1))
        torch.testing.assert_close(features.query.x.flatten(0, 1), expected, rtol=1e-5, atol=1e-6)


def test_what_was_learned_on_features_adapts_to_pictures(tmp_path, on_the_head):
    with Catalog.open(tmp_path) as catalog:
        run = execute(catalog, enqueue(catalog, experiment()).id)
        (learned,) = [row for row in catalog.initializations() if row.name == run.name]
        start = core.load(learned.path)
        pictures = np.random.default_rng(0).random((6, SIDE, SIDE), dtype=np.float32)
        assert start.adapt(pictures, [0, 0, 1, 1, 2, 2]).predict(pictures).shape == (6, 3)
        assert set(start.meta.fixed["init"]) == set(body_of(start.network(3), start.meta.fixed["init"]))


def test_a_run_on_features_goes_on_from_its_checkpoint(tmp_path, on_the_head):
    whole = trained(tmp_path, experiment())
    half = whole.all(Checkpointed)[0]
    rest = trained(tmp_path, experiment(), "rest", resume=Path(half.path))
    assert not rest.all(Pretrained)
    assert rest.losses() == {step: loss for step, loss in whole.losses().items() if step > half.step}


def test_a_method_that_bends_the_body_is_not_cached(tmp_path):
    assert not usable(assemble(experiment(), tmp_path))


def test_an_adapted_body_is_not_cached(tmp_path, on_the_head):
    assert usable(assemble(experiment(), tmp_path))
    assert not usable(assemble(experiment(engine={"features": "off"}), tmp_path))
