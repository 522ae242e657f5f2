"""Records made by hand, for models and pages that are tested without a training."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.config import Experiment
from core.storage.records import InitializationRecord, RunRecord, Status

NOW = datetime(2026, 3, 4, 15, 6, tzinfo=UTC)


def run(number=1, *, settings=None, **values):
    """A finished sinusoid run; any field can be given."""
    experiment = Experiment.model_validate(settings or {})
    fields = dict(  # noqa: C408 - as the constructor is called
        id=f"{number:012x}", name=f"run {number}", status=Status.FINISHED, method=experiment.method.kind,
        tasks=experiment.tasks.kind, experiment=experiment, group=None, created=NOW - timedelta(hours=number),
        started=NOW, ended=NOW, step=1000, total_steps=1000, seconds=60.0, loss=0.5 / number, accuracy=None,
        best_step=900, best_loss=0.4, device="cpu", engine={"tier": "eager"}, counts={"adapted": 1761},
        rates={"steps_per_second": 20.0}, message="", bytes=20_000, spark=(3.0, 1.0, 0.5), versions={"torch": "2.13"},
    )  # fmt: skip
    return RunRecord(**(fields | values))


def initialization(number=1, **values):
    fields = dict(  # noqa: C408 - as the constructor is called
        id=f"{number:012x}", name=f"start {number}", run=f"{number:012x}", step=1000, sha256="0" * 64, bytes=7_000,
        path=Path(f"/x/{number}.safetensors"), created=NOW, method="maml", tasks="sinusoid", network="mlp", loss=0.4,
        accuracy=None,
    )  # fmt: skip
    return InitializationRecord(**(fields | values))
