"""The finished runs that ship with the program, in a real catalog."""

import zipfile

import pytest

from core.errors import BadFile
from core.storage.catalog import Catalog
from core.storage.finished import import_finished


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    with Catalog.open(tmp_path_factory.mktemp("finished")) as opened:
        import_finished(opened)
        yield opened


def test_the_shipped_runs_are_whole(catalog):
    """Numbers, validations, evaluation and checkpoint of each run are there, and its initialization with an unchanged file."""
    from core.deploy import verify

    runs = catalog.runs()
    assert sorted(run.name for run in runs) == [
        "ANIL, seed 0", "ANIL, seed 1", "MAML on glyphs", "MAML, seed 0", "MAML, seed 1", "Meta-SGD, seed 0", "Meta-SGD, seed 1",
    ]  # fmt: skip
    for run in runs:
        assert (run.status, len(catalog.series(run.id).steps)) == ("finished", run.total_steps)
        assert len(catalog.validations(run.id)) >= 10
        assert all(entry.present for entry in catalog.checkpoints(run.id))
    starts = catalog.initializations()
    assert {start.run for start in starts} == {run.id for run in runs}
    assert all(verify(start.path, start.sha256) for start in starts)


def test_they_learned_something_and_the_methods_differ(catalog):
    losses = {run.name: run.loss for run in catalog.runs("tasks:sinusoid")}
    assert losses["Meta-SGD, seed 0"] < losses["MAML, seed 0"] < losses["ANIL, seed 0"]
    (glyphs,) = catalog.runs("tasks:glyphs")
    curves = catalog.evaluation(glyphs.id).curves.accuracy.mean(0)
    assert curves[0] < 0.25 < 0.6 < curves[-1]


def test_sinusoid_runs_stand_on_the_same_tasks_in_seed_groups(catalog):
    from core.analysis.grouping import seed_groups

    runs = catalog.runs("tasks:sinusoid")
    assert len({catalog.evaluation(run.id).digest for run in runs}) == 1
    assert sorted(len(group) for group in seed_groups(runs)) == [2, 2, 2]


def test_importing_twice_adds_nothing_and_brings_back_what_was_thrown_away(catalog):
    before = [run.id for run in catalog.runs()]
    catalog.trash(before[:2])
    catalog.rename_run(before[3], "my own name")
    assert sorted(import_finished(catalog)) == sorted(before)
    assert sorted(run.id for run in catalog.runs()) == sorted(before)
    assert catalog.run(before[3]).name == "my own name"
    catalog.purge(before[4:5])
    import_finished(catalog)
    assert len(catalog.runs()) == len(before)
    assert len(catalog.initializations()) == len(before)


@pytest.mark.parametrize("name", ["../outside", "/outside", "inside"])
def test_other_archives_are_refused_and_leave_nothing(tmp_path, name):
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "x")
    with Catalog.open(tmp_path / "data") as opened:
        with pytest.raises(BadFile, match="no finished runs"):
            import_finished(opened, path)
        assert opened.runs() == []


def test_a_damaged_archive_is_told(tmp_path):
    path = tmp_path / "cut.zip"
    path.write_bytes(b"PK\x03\x04 and no more")
    with Catalog.open(tmp_path / "data") as opened, pytest.raises(BadFile, match="cannot be read"):
        import_finished(opened, path)
