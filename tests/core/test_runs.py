"""The one way through a run: queued, trained, stopped, failed, resumed, thrown away; what stays in the catalog each time."""

import numpy as np
import pytest

from core.config import with_settings
from core.deploy import load, read_card
from core.errors import BadExperiment, BadFile, CoreError, DiskFull, NotFound
from core.runs import change_course, enqueue, evaluate, execute, export_step, last_checkpoint, save_initialization
from core.storage.catalog import Catalog
from core.storage.records import Status
from core.training import Control
from core.training.events import Checkpointed, Failed, Finished, PhaseChanged, Started, Validated
from tests.core.training.helpers import Heard, noise_pictures, tiny


@pytest.fixture
def catalog(tmp_path):
    with Catalog.open(tmp_path / "data") as opened:
        yield opened


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """(catalog, run) of one run that nothing here changes."""
    with Catalog.open(tmp_path_factory.mktemp("finished") / "data") as opened:
        yield opened, execute(opened, enqueue(opened, tiny()).id)


def stopped(catalog, moment, *pairs):
    control, heard = Control(), Heard()

    def sink(event):
        heard(event)
        if moment(event):
            control.stop()

    return execute(catalog, enqueue(catalog, tiny(*pairs)).id, sink, control), heard


def at_validation(step):
    return lambda event: isinstance(event, Validated) and event.step == step


# what a finished run leaves


def test_a_queued_run_waits_as_it_is(catalog):
    run = enqueue(catalog, tiny(), group="seeds")
    assert (run.status, run.step, run.total_steps, run.group) == (Status.QUEUED, 0, 24, "seeds")
    assert catalog.run(run.id).experiment == tiny()
    assert catalog.checkpoints(run.id) == []


def test_what_could_not_start_is_never_queued(catalog):
    with pytest.raises(BadExperiment, match=r"network\.kind: conv-strided takes pictures"):
        enqueue(catalog, tiny("network.kind=conv-strided"))
    assert catalog.runs() == []


def test_a_finished_run_left_its_numbers(finished):
    catalog, run = finished
    assert (run.status, run.step, run.message) == (Status.FINISHED, 24, "")
    assert run.seconds > 0
    assert run.rates["tasks_per_second"] == pytest.approx(4 * run.rates["steps_per_second"])
    assert run.counts["total"] == 25
    assert run.engine["mode"] == "vectorised"
    assert catalog.series(run.id).steps.tolist() == list(range(1, 25))
    assert [validation.step for validation in catalog.validations(run.id)] == [0, 6, 12, 18, 24]
    assert [checkpoint.step for checkpoint in catalog.checkpoints(run.id)] == [8, 16, 24]
    assert catalog.random_start(run.id).loss.shape == (4, 3)


def test_its_result_is_the_mean_over_the_test_tasks_after_the_last_step(finished):
    catalog, run = finished
    found = catalog.evaluation(run.id)
    assert run.loss == pytest.approx(found.curves.loss[:, 2].mean())
    assert run.accuracy is None
    assert run.best_step == found.step
    best = min(catalog.validations(run.id), key=lambda validation: validation.curves.loss[:, 2].mean())
    assert best.step == run.best_step


def test_its_initialization_is_the_best_with_a_card_and_a_checksum(finished):
    catalog, run = finished
    (kept,) = catalog.initializations()
    card = read_card(kept.path)
    assert (kept.run, kept.step, kept.name, kept.loss) == (run.id, run.best_step, run.name, run.loss)
    assert card["provenance"]["run"] == run.id
    assert card["provenance"]["outer_step"] == run.best_step
    assert card["evaluation"]["digest"] == catalog.evaluation(run.id).digest
    assert card["evaluation"]["loss"][2]["mean"] == pytest.approx(run.loss)
    assert load(kept.path).experiment == run.experiment


def test_a_finished_run_is_not_started_again(finished):
    catalog, run = finished
    with pytest.raises(CoreError, match=f"run {run.id} is finished; only queued, stopped, interrupted or failed"):
        execute(catalog, run.id)


# stop, resume, throw away


def test_a_stopped_run_keeps_what_it_learned_and_goes_on(catalog):
    run, _ = stopped(catalog, at_validation(12))
    assert run.status is Status.STOPPED
    assert 12 <= run.step < 24
    (kept,) = catalog.initializations()
    assert kept.run == run.id
    ended = execute(catalog, run.id)
    assert (ended.status, ended.step) == (Status.FINISHED, 24)
    assert catalog.series(run.id).steps.tolist() == list(range(1, 25))
    assert ended.seconds > run.seconds


def test_a_run_stopped_before_its_first_step_leaves_nothing_and_begins_anew(catalog):
    run, _ = stopped(catalog, lambda event: event == PhaseChanged("measuring a random start"))
    assert (run.status, run.step) == (Status.STOPPED, 0)
    assert catalog.checkpoints(run.id) == []
    assert catalog.initializations() == []
    assert execute(catalog, run.id).status is Status.FINISHED


def test_a_run_that_was_stopped_and_thrown_away_leaves_no_row_and_no_file(catalog):
    run, _ = stopped(catalog, at_validation(12))
    initialization = catalog.initializations()[0]
    catalog.trash([run.id, initialization.id])
    assert catalog.runs() == []
    catalog.purge([run.id, initialization.id])
    assert not (catalog.folder / "runs" / run.id).exists()
    assert not initialization.path.exists()
    with pytest.raises(NotFound):
        catalog.run(run.id)


def test_going_on_takes_the_newest_checkpoint_that_is_whole(catalog):
    run, _ = stopped(catalog, at_validation(18))
    newest, older = (checkpoint.path for checkpoint in sorted(catalog.checkpoints(run.id), key=lambda c: -c.step)[:2])
    newest.write_bytes(newest.read_bytes()[:-1])
    assert last_checkpoint(catalog, run.id) == older
    heard = Heard()
    assert execute(catalog, run.id, heard).status is Status.FINISHED
    assert heard.one(Started).first_step == 16
    assert catalog.series(run.id).steps.tolist() == list(range(1, 25))


def test_without_any_checkpoint_a_run_begins_anew(catalog):
    run, _ = stopped(catalog, at_validation(12))
    for checkpoint in catalog.checkpoints(run.id):
        checkpoint.path.unlink()
    heard = Heard()
    assert execute(catalog, run.id, heard).status is Status.FINISHED
    assert heard.one(Started).first_step == 0
    assert catalog.series(run.id).steps.tolist() == list(range(1, 25))


# failures


def test_a_failed_run_says_why_and_keeps_what_was_finite(catalog):
    experiment = tiny(
        "outer.optimizer=sgd", "outer.learning_rate=10", "evaluation.checkpoint_every=1", "outer.steps=200"
    )
    heard = Heard()
    run = execute(catalog, enqueue(catalog, experiment).id, heard)
    assert run.status is Status.FAILED
    assert run.message == heard.one(Failed).sentence
    assert "at step" in run.message
    assert len(catalog.initializations()) == 1
    assert np.isfinite(load(catalog.initializations()[0].path).adapt([0.0, 1.0], [0.0, 1.0]).predict([2.0])).all()


def test_a_full_disk_fails_the_run_and_keeps_what_was_there(catalog, monkeypatch):
    from core.training import run as module

    calls = []

    def full(path, checkpoint):
        calls.append(path)
        if len(calls) == 2:
            raise DiskFull(
                "no space left to write step-00000016.safetensors; free some, or choose another --data-folder"
            )
        return save(path, checkpoint)

    save = module.save
    monkeypatch.setattr(module, "save", full)
    heard = Heard()
    run = execute(catalog, enqueue(catalog, tiny()).id, heard)
    assert run.status is Status.FAILED
    assert "no space left" in run.message
    assert heard.one(Failed).details == {"exit_code": 3}
    assert [checkpoint.step for checkpoint in catalog.checkpoints(run.id)] == [8]
    monkeypatch.undo()
    assert execute(catalog, run.id).status is Status.FINISHED


def test_what_fails_before_it_begins_is_one_message(catalog):
    run = execute(catalog, enqueue(catalog, tiny('subset.adapt=["haed.*"]')).id)
    assert run.status is Status.FAILED
    assert run.message.startswith("subset.adapt: no parameter matches 'haed.*'")


def gone(monkeypatch):
    def assemble(*given):
        raise BadFile("there is no table at gone.csv")

    monkeypatch.setattr("core.training.run.assemble", assemble)


def test_a_resumed_run_that_cannot_begin_stays_where_it_was(catalog, monkeypatch):
    run, _ = stopped(catalog, at_validation(12))
    with monkeypatch.context() as moment:
        gone(moment)
        failed = execute(catalog, run.id)
    assert (failed.status, failed.message) == (Status.FAILED, "there is no table at gone.csv")
    assert (failed.step, failed.seconds, failed.rates) == (run.step, run.seconds, run.rates)
    assert len(catalog.series(run.id).steps) == run.step > 0
    assert execute(catalog, run.id).status is Status.FINISHED


def test_a_remedy_that_could_not_begin_is_chosen_again_and_halves_once(catalog, monkeypatch):
    run, _ = stopped(catalog, at_validation(12))
    rate = run.experiment.outer.learning_rate
    with monkeypatch.context() as moment:
        gone(moment)
        for _ in range(2):
            change_course(catalog, run.id, "half-rate")
            execute(catalog, run.id)
    done = execute(catalog, run.id)
    assert done.status is Status.FINISHED
    assert done.engine["changes"] == [[run.step, {"learning_rate": rate / 2}]]
    assert "untried" not in done.engine


def test_every_event_reaches_the_listener_after_it_is_kept(catalog):
    seen = []

    def sink(event):
        if isinstance(event, Checkpointed):
            seen.append(len(catalog.checkpoints(run.id)))
        if isinstance(event, Finished):
            seen.append(catalog.run(run.id).status)

    run = enqueue(catalog, tiny())
    execute(catalog, run.id, sink)
    assert seen == [1, 2, 3, Status.FINISHED]


# exports of other states


@pytest.mark.parametrize(("step", "expected"), [("8", 8), ("last", 24)])
def test_any_checkpoint_can_be_exported(finished, tmp_path, step, expected):
    catalog, run = finished
    told = export_step(catalog, run.id, step, tmp_path / "out.safetensors")
    assert told["tensors"] == 4
    assert read_card(tmp_path / "out.safetensors")["provenance"]["outer_step"] == expected
    assert [path.name for path in tmp_path.iterdir()] == ["out.safetensors"]


def test_the_best_is_exported_as_it_was_kept(finished, tmp_path):
    catalog, run = finished
    export_step(catalog, run.id, "best", tmp_path / "out.safetensors")
    one, two = (
        load(path).meta.learned["init"] for path in (tmp_path / "out.safetensors", catalog.initializations()[0].path)
    )
    assert all(np.array_equal(leaf, two[name]) for name, leaf in one.items())


@pytest.mark.parametrize("step", ["9", "first"])
def test_a_step_that_was_not_kept_is_refused_and_those_there_are_named(finished, tmp_path, step):
    catalog, run = finished
    with pytest.raises(NotFound, match=f"no checkpoint at step {step}; there are best, last, 8, 16, 24"):
        export_step(catalog, run.id, step, tmp_path / "out.safetensors")


def test_a_run_without_checkpoints_has_no_initialization(catalog):
    run = enqueue(catalog, tiny())
    assert save_initialization(catalog, run.id, None) is None
    with pytest.raises(NotFound, match="has no checkpoint on disk"):
        export_step(catalog, run.id, "best", catalog.folder / "out.safetensors")


# evaluation of a file


def evaluated(finished, *settings, episodes=None):
    catalog, _ = finished
    return evaluate(catalog.initializations()[0].path, catalog.folder, list(settings), episodes)


def test_an_initialization_evaluates_to_what_its_run_found(finished):
    catalog, run = finished
    found = evaluated(finished)
    assert found["digest"] == catalog.evaluation(run.id).digest
    assert found["loss"][2]["mean"] == pytest.approx(run.loss, rel=1e-5)
    expected = catalog.evaluation(run.id).random_start.loss[:, 2].mean()
    assert found["random_start"]["loss"][2]["mean"] == pytest.approx(expected, rel=1e-5)


def test_more_steps_more_shots_and_more_tasks_can_be_asked_for(finished):
    assert len(evaluated(finished, "inner.evaluation_steps=5")["loss"]) == 6
    other = evaluated(finished, "tasks.shots=9")
    assert other["digest"] != evaluated(finished)["digest"]
    assert evaluated(finished, episodes=9)["tasks"] == 9


def test_another_step_size_is_used_on_the_initialization_and_on_the_random_start(finished):
    plain, slow = evaluated(finished), evaluated(finished, "inner.learning_rate=0.0001")
    for one, other in ((plain, slow), (plain["random_start"], slow["random_start"])):
        assert one["loss"][0] == other["loss"][0]
        assert one["loss"][1] != other["loss"][1]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["network.hidden=[9]"], "--set: network belongs to the initialization"),
        (["method.kind=reptile"], "--set: method.kind belongs to the initialization"),
        (['subset.adapt=["head.*"]'], "--set: subset belongs to the initialization"),
        (["engine.precision=float64"], "--set: engine.precision belongs to the initialization"),
        (["tasks.kind=glyphs"], "the initialization takes regression on [1]"),
        (["inner.stepz=3"], "inner.stepz: no such key"),
    ],
)
def test_what_belongs_to_the_initialization_cannot_be_changed(finished, monkeypatch, settings, words):
    if "tasks.kind=glyphs" in settings:
        monkeypatch.setattr("core.tasks.build", noise_pictures, raising=False)
    with pytest.raises(CoreError) as caught:
        evaluated(finished, *settings)
    assert words in str(caught.value)


def test_a_file_that_is_none_is_refused(finished, tmp_path):
    with pytest.raises(BadFile, match="there is no file"):
        evaluate(tmp_path / "none.safetensors", finished[0].folder, [])


def test_seeds_of_one_experiment_are_compared_on_the_same_tasks(finished):
    catalog, run = finished
    other = execute(catalog, enqueue(catalog, with_settings(run.experiment, ["seed=1"])).id)
    assert catalog.evaluation(other.id).digest == catalog.evaluation(run.id).digest
    assert not np.array_equal(catalog.evaluation(other.id).curves.loss, catalog.evaluation(run.id).curves.loss)
    catalog.purge([other.id, *(kept.id for kept in catalog.initializations() if kept.run == other.id)])
