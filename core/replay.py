"""The fixed validation tasks of a stored run, and the method's panels on them, computed again from its last checkpoint."""

from typing import TYPE_CHECKING, NamedTuple

from core.training.events import PanelData, TaskViews

if TYPE_CHECKING:
    from core.storage.catalog import Catalog

VIEWED = 12


class Replayed(NamedTuple):
    """views: tasks with predictions; panels: what the method shows of itself on them; of a stream also what was measured
    by round."""

    views: TaskViews
    panels: tuple[PanelData, ...]


def replay(catalog: "Catalog", run_id: str) -> Replayed | None:
    """Best meta-parameters of the run on its first few validation tasks; None where it has no checkpoint.

    Imports torch; runs on the CPU. Raises BadFile, MissingData.
    """
    from core.runs import last_checkpoint

    run = catalog.run(run_id)
    path = last_checkpoint(catalog, run_id)
    if path is None:
        return None
    import torch

    from core.config import with_settings
    from core.tasks import fixed_tasks, views
    from core.training.assembly import assemble
    from core.training.checkpoint import load
    from core.training.evaluate import to_device
    from core.training.online import round_panels, stored_rounds
    from core.training.viewing import panels, with_predictions
    from core.types import map_task

    experiment = with_settings(run.experiment, ["engine.device=cpu"])
    parts = assemble(experiment, catalog.folder)
    count = experiment.evaluation.validation_tasks  # a list is drawn in one call of its final size
    fixed, _ = fixed_tasks(parts.splits.validation, experiment.tasks.evaluation_key(), "validation", count)
    viewed = map_task(lambda leaf: leaf[:VIEWED], to_device(fixed, parts.device, parts.dtype))
    stored, steps = load(path, torch.device("cpu")), experiment.inner.evaluation_steps
    meta = stored.best or stored.meta
    predicted = with_predictions(
        views(parts.spec, viewed), parts.method, meta, viewed, parts.spec, steps,
        chunk=parts.plan.evaluation_chunk, vectorised=parts.plan.mode == "vectorised", check=lambda: None,
    )  # fmt: skip
    stream = parts.splits.stream
    rounds = () if stream is None else round_panels(stream, stored_rounds(stored.card.get("online")))
    return Replayed(predicted, (*rounds, *panels(parts.method, meta, viewed, steps, parts.spec.modes)))
