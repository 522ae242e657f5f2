import hashlib
from pathlib import Path

import pytest

from core.config import Experiment
from core.errors import BadFile, CoreError, NotFound
from core.storage.catalog import Catalog
from core.storage.records import InitializationRecord, Status


def _initialization(catalog: Catalog, run: str | None, name: str = "start") -> InitializationRecord:
    path = catalog.initializations_folder / f"{name}.safetensors"
    path.write_bytes(name.encode())
    return catalog.add_initialization(
        path, name=name, run=run, step=9, method="maml", tasks="sinusoid", network="mlp", loss=0.5, accuracy=None
    )


def test_an_initialization_knows_its_file_checksum_and_origin(catalog: Catalog, experiment: Experiment) -> None:
    run = catalog.add_run(experiment)
    made = _initialization(catalog, run.id)
    assert catalog.initialization("start") == made
    assert (made.run, made.step, made.bytes, made.present) == (run.id, 9, 5, True)
    assert made.sha256 == hashlib.sha256(b"start").hexdigest()
    assert [found.id for found in catalog.initializations("loss<1 method:maml")] == [made.id]


def test_an_initialization_without_a_file_is_refused(catalog: Catalog, folder: Path) -> None:
    with pytest.raises(BadFile, match="there is no file"):
        catalog.add_initialization(
            folder / "missing", name="a", run=None, step=0, method="", tasks="", network="", loss=None, accuracy=None
        )


def test_a_row_whose_file_is_gone_says_so(catalog: Catalog) -> None:
    made = _initialization(catalog, None)
    made.path.unlink()
    assert not catalog.initialization(made.id).present
    assert catalog.rows_without_files() == [made.id]


def test_notes_tags_and_stars_are_for_both(catalog: Catalog, experiment: Experiment) -> None:
    run = catalog.add_run(experiment)
    made = _initialization(catalog, run.id)
    for id in (run.id, made.id):
        catalog.set_note(id, "see figure 2")
        catalog.set_tags(id, ["paper", "best", "paper"])
        catalog.set_star(id, True)
    for record in (catalog.run(run.id), catalog.initialization(made.id)):
        assert (record.note, record.tags, record.starred) == ("see figure 2", ("paper", "best"), True)
    assert len(catalog.runs("tag:paper star:yes figure")) == 1


def test_trash_hides_and_restore_brings_back(catalog: Catalog, experiment: Experiment) -> None:
    run, made = catalog.add_run(experiment), _initialization(catalog, None)
    catalog.trash([run.id, made.id])
    assert catalog.runs() == []
    assert catalog.initializations() == []
    assert [r.id for r in catalog.runs(trashed=True)] == [run.id]
    with pytest.raises(NotFound):
        catalog.run(run.name)
    assert catalog.run(run.id).trashed is not None
    catalog.restore([run.id, made.id])
    assert catalog.runs()[0].trashed is None


def test_purge_takes_rows_numbers_and_files_but_leaves_initializations(
    catalog: Catalog, experiment: Experiment
) -> None:
    run = catalog.add_run(experiment)
    made = _initialization(catalog, run.id)
    (catalog.run_folder(run.id) / "last.safetensors").write_bytes(b"x")
    catalog.add_log(run.id, "hello")
    catalog.purge([run.id])
    assert catalog.runs() == catalog.runs(trashed=True) == []
    assert not (catalog.folder / "runs" / run.id).exists()
    assert catalog.log(run.id) == []
    assert catalog.initialization(made.id).run is None
    catalog.purge([made.id])
    assert not made.path.exists()
    assert catalog.files_without_rows() == []


def test_purge_never_deletes_a_file_outside_the_data_folder(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    path.write_bytes(b"x")
    made = catalog.add_initialization(
        path, name="mine", run=None, step=0, method="", tasks="", network="", loss=None, accuracy=None
    )
    catalog.purge([made.id])
    assert path.exists()


@pytest.mark.parametrize("act", ["trash", "purge"])
def test_a_training_run_cannot_be_thrown_away(catalog: Catalog, experiment: Experiment, act: str) -> None:
    idle, run = catalog.add_run(experiment), catalog.add_run(experiment)
    catalog.begin_run(run.id, "cpu", {}, {}, 0)
    with pytest.raises(CoreError, match="is training; stop it first"):
        getattr(catalog, act)([idle.id, run.id])
    assert len(catalog.runs()) == 2
    catalog.set_status(run.id, Status.STOPPED)
    getattr(catalog, act)([idle.id, run.id])
    assert catalog.runs() == []


def test_throwing_away_what_is_not_there_is_a_known_error(catalog: Catalog) -> None:
    with pytest.raises(NotFound):
        catalog.trash(["nothing"])
