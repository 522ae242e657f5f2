"""Migrations: those of today give the tables of today, old files are copied first, a failed one leaves no trace."""

import shutil
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from core.storage import engine, migrations, schema
from core.storage.catalog import FILE, Catalog
from core.storage.records import Status
from core.storage.rows import Row
from core.training.events import Target

DATA = Path(__file__).parent / "data"
SCHEMAS = sorted(DATA.glob("schema_*.sqlite"))


def test_the_migrations_end_at_the_program_s_schema() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.SCHEMA]


def test_every_schema_has_a_stored_file() -> None:
    assert [path.stem for path in SCHEMAS] == [f"schema_{n:04d}" for n in range(1, int(migrations.SCHEMA) + 1)]


def test_the_migrations_give_the_tables_of_the_rows(tmp_path: Path) -> None:
    writing = engine.writing(tmp_path / FILE)
    schema.migrate(writing, tmp_path / FILE)
    with writing.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Row.metadata) == []
    writing.dispose()


@pytest.mark.parametrize("stored", SCHEMAS, ids=lambda path: path.stem)
@pytest.mark.parametrize("write", [True, False])
def test_a_file_of_every_schema_opens_with_all_that_is_in_it(folder: Path, stored: Path, write: bool) -> None:
    folder.mkdir()
    shutil.copy(stored, folder / FILE)
    with Catalog.open(folder, write=write) as catalog:
        run = catalog.run("Größe")
        assert (run.status, run.step, run.tags) == (Status.FINISHED, 30, ("paper",))
        assert len(catalog.series(run.id).steps) == 30
        assert [v.step for v in catalog.validations(run.id)] == [30]
        assert catalog.random_start(run.id) is not None
        evaluation = catalog.evaluation(run.id)
        assert evaluation is not None
        assert evaluation.curves.loss.shape == (8, 11)
        if stored.stem >= "schema_0002":
            assert [(each.kind, each.curves.loss.shape) for each in evaluation.alternatives] == [("task-line", (8, 11))]
            assert evaluation.target == Target(("weight",), (2.0,), (2.5,))
        else:
            assert (evaluation.alternatives, evaluation.target) == ((), None)
        assert [c.step for c in catalog.checkpoints(run.id)] == [30]
        assert catalog.log(run.id) == [(None, "hello")]
        assert catalog.initialization("start").run == run.id


def _older(folder: Path, stored: Path) -> None:
    """A schema that the program does not know how to make is enough to be called old."""
    folder.mkdir(exist_ok=True)
    shutil.copy(stored, folder / FILE)
    with_old = engine.writing(folder / FILE)
    with with_old.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    with_old.dispose()


def test_a_failed_migration_leaves_the_file_as_it_was_and_a_copy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _older(folder, SCHEMAS[0])

    def half(using: object) -> None:
        with writing.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE half (a)")
            raise ZeroDivisionError

    writing = engine.writing(folder / FILE)
    monkeypatch.setattr(schema, "upgrade", half)
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            schema.migrate(writing, folder / FILE)
    assert schema.schema_of(writing, folder / FILE) == "0000"
    with writing.connect() as connection:
        assert not connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE name = 'half'").all()
    writing.dispose()
    assert len(list((folder / "backups").iterdir())) == schema.KEPT_COPIES


def test_a_migration_that_dies_on_its_way_is_undone_with_its_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic.operations import Operations

    create = Operations.create_table

    def dies(self: Operations, name: str, *parts: object, **options: object) -> object:
        if name == "checkpoints":
            raise ZeroDivisionError
        return create(self, name, *parts, **options)

    monkeypatch.setattr(Operations, "create_table", dies)
    writing = engine.writing(tmp_path / FILE)
    with pytest.raises(ZeroDivisionError):
        schema.migrate(writing, tmp_path / FILE)
    with writing.connect() as connection:
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE name != 'alembic_version'").all()
    assert tables == []
    monkeypatch.undo()
    writing.dispose()


def test_a_copy_holds_what_was_only_in_the_write_ahead_file(catalog: Catalog, folder: Path) -> None:
    from core.config import presets

    run = catalog.add_run(presets()["sinusoid-maml"].experiment)
    copy = schema.keep_a_copy(folder / FILE, "0001")
    assert copy.parent == folder / "backups"
    catalog.close()
    shutil.copy(copy, folder / FILE)
    with Catalog.open(folder) as again:
        assert again.run(run.id).name == run.name
