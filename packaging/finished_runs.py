"""Train the small set of finished runs that ships with the program and pack it: `python packaging/finished_runs.py`.

Every run is an ordinary one of this code: a preset with the few settings below, trained, evaluated and recorded as any other. Of
its checkpoints the last is kept. About ten minutes on one core; the archive is a few hundred kB.
"""

import sys
import tempfile
import zipfile
from pathlib import Path

from sqlalchemy import create_engine, text

from core.config import Experiment, presets, with_settings
from core.runs import enqueue, execute
from core.storage.blocks import pack as pack_block
from core.storage.blocks import unpack
from core.storage.catalog import FILE, Catalog

TARGET = Path(__file__).resolve().parent.parent / "resources" / "finished" / "runs.zip"
COMMON = ("evaluation.tasks=100", "evaluation.validation_tasks=24", "engine.tier=eager")
SINUSOID = (
    "outer.steps=3000", "evaluation.validate_every=150", "network.init=glorot", "inner.evaluation_steps=5", "engine.device=cpu",
)  # fmt: skip
GLYPHS = ("outer.steps=600", "evaluation.validate_every=60", "network.filters=16", "outer.meta_batch=8")
RUNS = (
    ("sinusoid-maml", "MAML", SINUSOID, 2),
    ("sinusoid-maml", "ANIL", (*SINUSOID, "subset.adapt=['head.*']"), 2),
    ("sinusoid-meta-sgd", "Meta-SGD", (*SINUSOID, "inner.evaluation_steps=1"), 2),
    ("glyphs-maml", "MAML on glyphs", GLYPHS, 1),
)
NOTE = "Ships with Headstart, to be looked at before anything was trained."


def main() -> None:
    TARGET.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="headstart-") as temporary:
        folder = Path(temporary)
        train(folder)
        slim(folder)
        pack(folder, TARGET)
    print(f"{TARGET}: {TARGET.stat().st_size / 1000:.0f} kB")


def train(folder: Path) -> None:
    with Catalog.open(folder) as catalog:
        for preset, name, settings, seeds in RUNS:
            experiment = with_settings(presets()[preset].experiment, [*COMMON, *settings])
            for seed in range(seeds):
                _train(catalog, _named(experiment, name, seed, seeds), f"shipped {name.lower()}" if seeds > 1 else None)


def _named(experiment: Experiment, name: str, seed: int, seeds: int) -> Experiment:
    return experiment.model_copy(update={"name": f"{name}, seed {seed}" if seeds > 1 else name, "seed": seed})


def _train(catalog: Catalog, experiment: Experiment, group: str | None) -> None:
    print(f"training {experiment.name}, {experiment.outer.steps} steps", file=sys.stderr, flush=True)
    run = execute(catalog, enqueue(catalog, experiment, group=group).id)
    assert run.status == "finished", run.message
    catalog.set_note(run.id, NOTE)
    catalog.set_tags(run.id, ["shipped"])
    for start in catalog.initializations(f"run:{run.id}"):
        catalog.set_note(start.id, NOTE)
        catalog.set_tags(start.id, ["shipped"])


def slim(folder: Path) -> None:
    """Only the last checkpoint of each run stays, in the folder and in the catalog; numbers by step need 4 bytes each."""
    engine = create_engine(f"sqlite:///{folder / FILE}")
    with engine.begin() as connection:
        older = "step < (SELECT max(step) FROM checkpoints AS of WHERE of.run = checkpoints.run)"
        for (path,) in connection.execute(text(f"SELECT path FROM checkpoints WHERE {older}")):
            (folder / path).unlink(missing_ok=True)
        connection.execute(text(f"DELETE FROM checkpoints WHERE {older}"))
        for id, block in connection.execute(text("SELECT id, block FROM series")).all():
            small = {key: value if key == "steps" else value.astype("float32") for key, value in unpack(block).items()}
            connection.execute(
                text("UPDATE series SET block = :block WHERE id = :id"), {"block": pack_block(small), "id": id}
            )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("PRAGMA journal_mode=DELETE"))
        connection.execute(text("VACUUM"))
    engine.dispose()


def pack(folder: Path, target: Path) -> None:
    wanted = [folder / FILE, *folder.glob("runs/*/*.safetensors"), *folder.glob("initializations/*.safetensors")]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in wanted:
            archive.write(path, path.relative_to(folder).as_posix())


if __name__ == "__main__":
    main()
