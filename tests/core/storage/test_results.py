from pathlib import Path

import numpy as np
import pytest

from core.config import Experiment, presets, with_settings
from core.storage.catalog import Catalog
from core.storage.files import sha256_of
from core.training.events import Checkpointed, Curves, Evaluated, Validated

from .conftest import curves


@pytest.fixture
def run(catalog: Catalog, experiment: Experiment) -> str:
    record = catalog.add_run(experiment)
    catalog.begin_run(record.id, "cpu", {}, {}, 0)
    return record.id


def _same(one: Curves | None, other: Curves) -> None:
    assert one is not None
    for name in ("loss", "accuracy", "groups"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_validations_come_back_per_task(catalog: Catalog, run: str) -> None:
    told = [Validated(100, 1.0, curves(seed=1), True), Validated(200, 2.0, curves(seed=2, accuracy=True), False)]
    for event in told:
        catalog.add_validation(run, event)
    found = catalog.validations(run)
    assert [(v.step, v.seconds, v.best) for v in found] == [(100, 1.0, True), (200, 2.0, False)]
    for record, event in zip(found, told, strict=True):
        np.testing.assert_allclose(record.curves.loss, event.curves.loss, rtol=1e-6)
    assert found[0].curves.accuracy is None
    assert found[1].curves.accuracy is not None


def test_a_validation_beyond_single_precision_is_infinite_and_no_error(catalog: Catalog, run: str) -> None:
    catalog.add_validation(run, Validated(1, 1.0, Curves(np.full((2, 11), 1e300)), False))
    assert np.isinf(catalog.validations(run)[0].curves.loss).all()


def test_the_best_validation_gives_the_run_its_loss_until_the_evaluation_does(
    catalog: Catalog, experiment: Experiment
) -> None:
    """The best is judged after evaluation.best_after inner steps, and shown after those of evaluation."""
    run = catalog.add_run(with_settings(experiment, ["evaluation.best_after=1", "inner.evaluation_steps=10"])).id
    best, worse, final = curves(seed=1), curves(seed=2), curves(seed=3)
    catalog.add_validation(run, Validated(100, 1.0, best, True))
    catalog.add_validation(run, Validated(200, 2.0, worse, False))
    record = catalog.run(run)
    assert record.loss == pytest.approx(best.loss[:, 10].mean())
    assert (record.best_step, record.best_loss) == (100, pytest.approx(best.loss[:, 1].mean()))
    catalog.add_evaluation(run, Evaluated(100, final, curves(seed=4), "digest"))
    assert catalog.run(run).loss == pytest.approx(final.loss[:, 10].mean())
    assert catalog.run(run).accuracy is None


def test_a_finite_set_of_tasks_is_averaged_by_task_first(catalog: Catalog) -> None:
    run = catalog.add_run(presets()["life-expectancy-maml"].experiment)
    loss = np.array([[1.0], [1.0], [1.0], [5.0]])
    told = Evaluated(1, Curves(loss, None, np.array([0, 0, 0, 1])), Curves(loss), "digest", ("Chad", "Peru"))
    catalog.add_evaluation(run.id, told)
    assert catalog.run(run.id).loss == 3.0
    found = catalog.evaluation(run.id)
    assert found is not None
    assert (found.names, found.digest, found.step) == (("Chad", "Peru"), "digest", 1)
    _same(found.curves, told.curves)


def test_a_non_finite_loss_is_no_loss(catalog: Catalog, run: str) -> None:
    catalog.add_validation(run, Validated(1, 1.0, Curves(np.full((2, 11), np.nan)), True))
    assert catalog.run(run).loss is None


def test_the_random_start_is_kept_once(catalog: Catalog, run: str) -> None:
    assert catalog.random_start(run) is None
    for seed in (1, 2):
        catalog.add_random_start(run, curves(seed=seed))
    _same(catalog.random_start(run), curves(seed=2))


def test_a_run_that_was_not_evaluated_has_no_evaluation(catalog: Catalog, run: str) -> None:
    assert catalog.evaluation(run) is None


def test_checkpoints_lie_below_the_data_folder_and_say_whether_they_are_there(catalog: Catalog, run: str) -> None:
    path = catalog.run_folder(run) / "step-100.safetensors"
    path.write_bytes(b"weights")
    for step in (100, 200):  # the second is written over the first
        catalog.add_checkpoint(run, Checkpointed(step, str(path), sha256_of(path), 7, "regular"))
    gone = Checkpointed(150, str(path.with_name("gone.safetensors")), "0" * 64, 7, "best")
    catalog.add_checkpoint(run, gone)
    assert [(c.step, c.reason, c.present) for c in catalog.checkpoints(run)] == [
        (150, "best", False),
        (200, "regular", True),
    ]
    assert catalog.checkpoints(run)[1].path == path
    assert catalog.run(run).bytes == 7


def test_a_moved_data_folder_finds_its_files(catalog: Catalog, run: str, folder: Path, tmp_path: Path) -> None:
    path = catalog.run_folder(run) / "last.safetensors"
    path.write_bytes(b"weights")
    catalog.add_checkpoint(run, Checkpointed(1, str(path), sha256_of(path), 7, "last"))
    catalog.close()
    moved = folder.rename(tmp_path / "moved")
    with Catalog.open(moved) as again:
        assert again.checkpoints(run)[0].path == moved / "runs" / run / "last.safetensors"
        assert again.checkpoints(run)[0].present


def test_the_log_keeps_its_order(catalog: Catalog, run: str) -> None:
    catalog.add_log(run, "plan: vectorised", None)
    catalog.add_log(run, "slow \ud800 disk", 30)
    assert catalog.log(run) == [(None, "plan: vectorised"), (30, "slow ? disk")]
