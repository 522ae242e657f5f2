import threading
from pathlib import Path

import pytest

from core.config import Experiment, with_settings
from core.errors import CoreError, NotFound
from core.storage.catalog import Catalog
from core.storage.names import LONGEST
from core.storage.query import BadFilter
from core.storage.records import Status
from core.training.events import Validated

from .conftest import curves, steps


def test_a_new_run_waits_in_the_queue_with_all_its_settings(catalog: Catalog, experiment: Experiment) -> None:
    run = catalog.add_run(experiment, group="seeds")
    assert (run.status, run.group, run.method, run.tasks) == (Status.QUEUED, "seeds", "maml", "sinusoid")
    assert run.experiment == experiment
    assert run.total_steps == experiment.outer.steps
    assert run.versions["headstart"]
    assert catalog.run(run.id) == run


def test_a_begun_run_is_running_and_an_ended_one_is_finished(catalog: Catalog, experiment: Experiment) -> None:
    run = catalog.add_run(experiment)
    catalog.begin_run(run.id, "cpu", {"plan": "vectorised"}, {"adapted": 1761}, 0)
    begun = catalog.run(run.id)
    assert (begun.status, begun.device, begun.engine) == (Status.RUNNING, "cpu", {"plan": "vectorised"})
    assert begun.started is not None
    catalog.append_series(run.id, steps(1, 30))
    catalog.end_run(run.id, Status.FINISHED, step=30, seconds=0.3, rates={"steps_per_second": 100.0}, message="done")
    ended = catalog.run(run.id)
    assert (ended.status, ended.step, ended.message) == (Status.FINISHED, 30, "done")
    assert ended.rates == {"steps_per_second": 100.0}
    assert ended.ended is not None


def test_a_run_answers_to_id_name_and_prefix(catalog: Catalog, experiment: Experiment) -> None:
    run = catalog.add_run(with_settings(experiment, ["name=first"]))
    for reference in (run.id, "first", run.id[:5], run.id[:5].upper()):
        assert catalog.run(reference).id == run.id


def test_an_unknown_run_says_near_names(catalog: Catalog, experiment: Experiment) -> None:
    catalog.add_run(with_settings(experiment, ["name=sinusoid"]))
    with pytest.raises(NotFound, match="did you mean 'sinusoid'"):
        catalog.run("sinusoit")
    with pytest.raises(NotFound, match="`headstart runs` lists them"):
        catalog.run("%%%")


def test_an_ambiguous_reference_names_all_it_could_mean(catalog: Catalog, experiment: Experiment) -> None:
    runs = [catalog.add_run(with_settings(experiment, ["name=twin"])) for _ in range(40)]
    with pytest.raises(NotFound, match=r"'twin' fits 40 runs: .*; give the id"):
        catalog.run("twin")
    shared = next(r.id[0] for r in runs if sum(other.id[0] == r.id[0] for other in runs) > 1)
    with pytest.raises(NotFound, match=r"fits .* runs"):
        catalog.run(shared)


@pytest.mark.parametrize(
    "name", ["x" * LONGEST, "Größe 大きさ 🧠 א", "a'b\"c;--", "e\u0301", "%_*?[", "\ud800half", "a\0b"]
)
def test_any_name_is_kept(catalog: Catalog, experiment: Experiment, name: str) -> None:
    run = catalog.add_run(experiment)
    catalog.rename_run(run.id, name)
    stored = catalog.run(run.id).name
    assert len(stored) == len(name)
    assert catalog.run(name).id == run.id
    assert catalog.runs(f'name:"{stored.replace(chr(34), "")[:4].split(chr(39))[0]}"')


@pytest.mark.parametrize("name", ["", "   ", "x" * (LONGEST + 1)])
def test_an_impossible_name_is_refused(catalog: Catalog, experiment: Experiment, name: str) -> None:
    run = catalog.add_run(experiment)
    with pytest.raises(CoreError, match="a name"):
        catalog.rename_run(run.id, name)


def test_runs_are_listed_newest_first_or_as_asked(catalog: Catalog, experiment: Experiment) -> None:
    names = ["b", "c", "a"]
    for name in names:
        catalog.add_run(with_settings(experiment, [f"name={name}"]))
    assert [run.name for run in catalog.runs()] == names[::-1]
    assert [run.name for run in catalog.runs(order="name")] == ["a", "b", "c"]
    assert [run.name for run in catalog.runs(order="-name", limit=2)] == ["c", "b"]
    assert [run.name for run in catalog.runs("name:c", limit=5)] == ["c"]
    with pytest.raises(CoreError, match="cannot order by 'names'; did you mean name"):
        catalog.runs(order="names")
    with pytest.raises(BadFilter):
        catalog.runs("los<1")


def test_runs_without_a_value_are_ordered_last(catalog: Catalog, experiment: Experiment) -> None:
    one, two, three = (catalog.add_run(experiment) for _ in range(3))
    for run, loss in ((one, 0.5), (three, 0.1)):
        catalog.end_run(run.id, Status.FINISHED, step=1, seconds=1.0, rates={}, loss=loss)
    assert [run.id for run in catalog.runs(order="loss")] == [three.id, one.id, two.id]


def test_a_resumed_run_forgets_what_lay_beyond_its_checkpoint(catalog: Catalog, experiment: Experiment) -> None:
    run = catalog.add_run(experiment)
    catalog.begin_run(run.id, "cpu", {}, {}, 0)
    catalog.append_series(run.id, steps(1, 1500))
    for step in (500, 1000, 1500):
        catalog.add_validation(run.id, Validated(step, step * 0.01, curves(seed=step), best=True))
    catalog.begin_run(run.id, "cpu", {}, {}, 1200)
    again = catalog.run(run.id)
    assert catalog.series(run.id).steps[-1] == 1200
    assert [v.step for v in catalog.validations(run.id)] == [500, 1000]
    assert (again.step, again.best_step, again.seconds) == (1200, 1000, pytest.approx(12.0))
    catalog.append_series(run.id, steps(1201, 1300))
    assert len(catalog.series(run.id).steps) == 1300


def test_a_paused_run_is_still_this_process_s_own(catalog: Catalog, experiment: Experiment) -> None:
    run = catalog.add_run(experiment)
    catalog.begin_run(run.id, "cpu", {}, {}, 0)
    catalog.set_status(run.id, Status.PAUSED)
    assert catalog.run(run.id).status is Status.PAUSED
    catalog.set_status(run.id, Status.RUNNING)
    catalog.heartbeat(run.id)
    assert catalog.run(run.id).status is Status.RUNNING


def test_changes_grow_with_every_commit(catalog: Catalog, experiment: Experiment) -> None:
    before = catalog.changes
    run = catalog.add_run(experiment)
    catalog.set_star(run.id, True)
    assert catalog.changes == before + 2
    catalog.runs()
    assert catalog.changes == before + 2


def test_a_failed_write_leaves_nothing_behind_and_the_next_one_works(catalog: Catalog, experiment: Experiment) -> None:
    with pytest.raises(NotFound):
        catalog.begin_run("nothing", "cpu", {}, {}, 0)
    catalog.add_run(experiment)
    assert len(catalog.runs()) == 1


def test_many_threads_write_and_read_at_once(catalog: Catalog, experiment: Experiment) -> None:
    problems: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            run = catalog.add_run(experiment)
            catalog.begin_run(run.id, "cpu", {}, {}, 0)
            for first in range(1, 40, 10):
                catalog.append_series(run.id, steps(first, first + 9, seed))
                assert len(catalog.series(run.id).steps) == first + 9
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(catalog.runs()) == 6


def test_an_experiment_of_a_newer_program_still_lists(catalog: Catalog, experiment: Experiment) -> None:
    run = catalog.add_run(experiment)
    later = experiment.model_dump_json().replace('"kind":"maml"', '"kind":"not-yet-written"')
    catalog._write(lambda s: s.connection().exec_driver_sql("UPDATE runs SET experiment = ?", (later,)))
    found = catalog.run(run.id)
    assert found.experiment.inner == experiment.inner
    assert "does not know all of its settings" in found.message


def test_the_database_is_whole_and_nothing_is_lost(catalog: Catalog, experiment: Experiment, folder: Path) -> None:
    run = catalog.add_run(experiment)
    catalog.run_folder(run.id)
    assert catalog.integrity() == []
    assert catalog.files_without_rows() == []
    (folder / "runs" / "unknown").mkdir()
    assert catalog.files_without_rows() == [folder / "runs" / "unknown"]


def test_five_hundred_runs_are_listed_by_one_query(catalog: Catalog, experiment: Experiment) -> None:
    """How long it takes is printed by the benchmark; here: no query per run."""
    from sqlalchemy import event

    for seed in range(500):
        catalog.add_run(with_settings(experiment, [f"seed={seed}"]))
    statements: list[str] = []
    event.listen(catalog._readers, "before_cursor_execute", lambda *call: statements.append(call[2]))
    assert len(catalog.runs()) == 500
    assert len([s for s in statements if s.startswith("SELECT")]) == 1
