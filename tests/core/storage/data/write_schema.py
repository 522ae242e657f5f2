"""Writes schema_NNNN.sqlite, the fixture of the newest schema: python -m tests.core.storage.data.write_schema

Run once when a schema is released, and never again for it.
"""

import shutil
import sqlite3
import tempfile
from pathlib import Path

from core.config import presets, with_settings
from core.storage.catalog import FILE, Catalog
from core.storage.files import sha256_of
from core.storage.migrations import SCHEMA
from core.storage.records import Status
from core.training.events import Alternative, Checkpointed, Evaluated, Target, Validated

from ..conftest import curves, steps


def fill(catalog: Catalog) -> None:
    experiment = with_settings(presets()["sinusoid-maml"].experiment, ["name=Größe"])
    run = catalog.add_run(experiment)
    catalog.begin_run(run.id, "cpu", {"tier": "eager"}, {"adapted": 1761}, 0)
    catalog.append_series(run.id, steps(1, 30))
    catalog.add_random_start(run.id, curves(seed=1))
    catalog.add_validation(run.id, Validated(30, 0.3, curves(seed=2), True))
    catalog.add_evaluation(run.id, Evaluated(
        30, curves(seed=3), curves(seed=4), "digest",
        alternatives=(Alternative("task-line", "a linear model for each task alone", curves(seed=5)),),
        target=Target(("weight",), (2.0,), (2.5,)),
    ))  # fmt: skip
    catalog.add_log(run.id, "hello")
    path = catalog.run_folder(run.id) / "last.safetensors"
    path.write_bytes(b"weights")
    catalog.add_checkpoint(run.id, Checkpointed(30, str(path), sha256_of(path), 7, "last"))
    catalog.end_run(run.id, Status.FINISHED, step=30, seconds=0.3, rates={"steps_per_second": 100.0})
    catalog.set_tags(run.id, ["paper"])
    made = catalog.initializations_folder / "start.safetensors"
    made.write_bytes(b"start")
    catalog.add_initialization(
        made, name="start", run=run.id, step=30, method="maml", tasks="sinusoid", network="mlp", loss=0.5, accuracy=None
    )


def main() -> None:
    target = Path(__file__).parent / f"schema_{SCHEMA}.sqlite"
    with tempfile.TemporaryDirectory() as name:
        with Catalog.open(Path(name)) as catalog:
            fill(catalog)
        small = sqlite3.connect(Path(name) / FILE, isolation_level=None)
        for statement in ("PRAGMA journal_mode = DELETE", "PRAGMA page_size = 512", "VACUUM"):
            small.execute(statement).fetchall()
        small.close()
        shutil.copy(Path(name) / FILE, target)


if __name__ == "__main__":
    main()
