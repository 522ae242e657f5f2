"""The file beside a run's checkpoints: what a rescue takes back of a run whose rows are gone."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from safetensors import safe_open
from safetensors.numpy import save

from core.config import Experiment, presets, with_settings
from core.runs import enqueue, execute
from core.storage import beside
from core.storage.catalog import FILE, Catalog
from core.storage.records import RunRecord, Status
from core.storage.rescue import rescue
from core.training.control import Control
from core.training.events import Curves, Event, Stepped, Validated

from .conftest import steps

SHORT = [
    "outer.steps=40", "outer.meta_batch=4", "network.hidden=[8]", "evaluation.tasks=6", "evaluation.validation_tasks=4",
    "evaluation.checkpoint_every=10", "evaluation.validate_every=10", "inner.evaluation_steps=2", "engine.tier=eager",
]  # fmt: skip


def experiment(*settings: str) -> Experiment:
    return with_settings(presets()["sinusoid-maml"].experiment, [*SHORT, *settings])


def lose(folder: Path) -> None:
    (folder / FILE).write_bytes(b"no database any more" * 1000)


@pytest.fixture
def finished(folder: Path) -> tuple[Path, RunRecord]:
    """A run that was really trained, with a name, tags and a note of its own."""
    with Catalog.open(folder) as catalog:
        run = enqueue(catalog, experiment(), group="three")
        catalog.rename_run(run.id, "the good one")
        catalog.set_tags(run.id, ["paper"])
        catalog.set_note(run.id, "figure 2")
        return folder, execute(catalog, run.id)


def test_a_run_whose_rows_are_gone_comes_back_with_all_its_curves(finished: tuple[Path, RunRecord]) -> None:
    folder, before = finished
    with Catalog.open(folder, write=False) as catalog:
        held, seen = catalog.series(before.id), catalog.validations(before.id)
        tested, started = catalog.evaluation(before.id), catalog.random_start(before.id)
    lose(folder)
    assert rescue(folder).adopted.runs == 1
    with Catalog.open(folder) as catalog:
        run = catalog.run(before.id)
        for part in (
            "name",
            "status",
            "step",
            "loss",
            "group",
            "tags",
            "note",
            "best_step",
            "rates",
            "counts",
            "spark",
        ):
            assert getattr(run, part) == getattr(before, part), part
        for part in ("steps", "loss", "seconds"):
            assert_array_equal(getattr(catalog.series(run.id), part), getattr(held, part))
        assert [(one.step, one.best) for one in catalog.validations(run.id)] == [(one.step, one.best) for one in seen]
        assert_array_equal(catalog.validations(run.id)[-1].curves.loss, seen[-1].curves.loss)
        again, reference = catalog.evaluation(run.id), catalog.random_start(run.id)
        assert again is not None
        assert tested is not None
        assert reference is not None
        assert started is not None
        assert_array_equal(again.curves.loss, tested.curves.loss)
        assert again.digest == tested.digest
        assert_array_equal(reference.loss, started.loss)
        assert [c.step for c in catalog.checkpoints(run.id)] == [10, 20, 30, 40]
        assert catalog.initializations(f"run:{run.id}")
        assert catalog.integrity() == []


def test_a_run_that_was_under_way_comes_back_interrupted_and_goes_on(folder: Path) -> None:
    with Catalog.open(folder) as catalog:
        control, run = Control(), enqueue(catalog, experiment())

        def stop(event: Event) -> None:
            if isinstance(event, Validated) and event.step == 20:
                control.stop()

        execute(catalog, run.id, stop, control)
        catalog.set_status(run.id, Status.RUNNING)  # as where its process was killed
        beside.keep(catalog, run.id)
    lose(folder)
    rescue(folder)
    with Catalog.open(folder) as catalog:
        back = catalog.run(run.id)
        assert back.status is Status.INTERRUPTED
        assert "can be resumed" in back.message
        assert catalog.series(run.id).steps[-1] == 20
        assert execute(catalog, run.id).status is Status.FINISHED
        assert catalog.series(run.id).steps.tolist() == list(range(1, 41))


def test_a_run_of_which_the_series_alone_cannot_be_read_gets_them_back(finished: tuple[Path, RunRecord]) -> None:
    import sqlite3

    folder, run = finished
    with sqlite3.connect(folder / FILE) as live:
        live.execute("UPDATE series SET block = x'00'")
    live.close()
    assert rescue(folder).runs == 1
    with Catalog.open(folder) as catalog:
        assert len(catalog.series(run.id).steps) == 40
        assert len(catalog.validations(run.id)) == 5
        assert catalog.run(run.id).name == "the good one"


def swapped(old: bytes, new: bytes) -> Callable[[Path], object]:
    """Other bytes of the same length, so that the container stays whole."""

    def swap(path: Path) -> None:
        content = path.read_bytes()
        assert old in content
        assert len(old) == len(new)
        path.write_bytes(content.replace(old, new))

    return swap


def rewritten(change: Callable[[dict[str, np.ndarray], dict[str, Any]], object]) -> Callable[[Path], object]:
    """A whole file with other content: arrays and card as `change(arrays, card)` leaves them."""

    def rewrite(path: Path) -> None:
        with safe_open(str(path), framework="np") as file:
            metadata = dict(file.metadata())
            arrays = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
        card = json.loads(metadata["headstart_run"])
        change(arrays, card)
        path.write_bytes(save(arrays, {"headstart_run": json.dumps(card)}))

    return rewrite


DAMAGES: dict[str, Callable[[Path], object]] = {
    "gone": lambda path: path.unlink(),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:300]),
    "no status": swapped(b'status\\": \\"finished', b'status\\": \\"nonsense'),
    "newer": swapped(b'format\\": 1', b'format\\": 9'),
    "scalars": rewritten(lambda arrays, _: arrays.update({f"series/{n}": np.zeros(()) for n in beside.SERIES})),
    "steps below one": rewritten(lambda arrays, _: arrays.update({"series/steps": arrays["series/steps"] - 9})),
    "steps of no whole number": rewritten(
        lambda arrays, _: arrays.update({"series/steps": arrays["series/steps"] * 0.5})
    ),
    "losses in a table": rewritten(lambda arrays, _: arrays.update({"series/loss": arrays["series/loss"][:, None]})),
    "a step beyond all numbers": rewritten(lambda _, card: card["run"].update(step=10**30)),
    "a moment that is none": rewritten(lambda _, card: card["run"].update(created=float("nan"))),
    "one validation twice": rewritten(
        lambda _, card: card["validations"][1].update(step=card["validations"][0]["step"])
    ),
    "a change of another kind": rewritten(
        lambda _, card: card["run"]["engine"].update(changes=[[1, {"clip_norm": "x"}]])
    ),
    "changes that are none": rewritten(lambda _, card: card["run"]["engine"].update(changes=7)),
    "no name": rewritten(lambda _, card: card["run"].update(name=" ")),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_file_that_cannot_be_used_leaves_the_run_as_its_checkpoint_knows_it(
    finished: tuple[Path, RunRecord], damage: Callable[[Path], object]
) -> None:
    folder, run = finished
    damage(folder / "runs" / run.id / beside.FILE)
    lose(folder)
    assert rescue(folder).adopted.runs == 1
    with Catalog.open(folder) as catalog:
        back = catalog.run(run.id)
        assert (back.status, back.step) == (Status.INTERRUPTED, 40)
        assert len(catalog.series(run.id).steps) == 0


def test_the_file_is_bounded_in_size_and_in_time_and_keeps_the_ends_and_the_best(folder: Path) -> None:
    """200,000 outer steps and 2,000 validations of 600 tasks and 65 inner steps: under 8 MB."""
    with Catalog.open(folder) as catalog:
        run = catalog.add_run(Experiment())
        catalog.begin_run(run.id, "cpu", {}, {}, 0)
        catalog.append_series(run.id, steps(1, 200_000))
        block = Curves(np.full((600, 65), 0.5, np.float32))
        for step in range(1, 41):
            catalog.add_validation(run.id, Validated(step * 5000, 1.0, block, step == 7))
        begun = time.perf_counter()
        path = beside.keep(catalog, run.id)
        assert time.perf_counter() - begun < 2
        assert path.stat().st_size < 8_000_000
        assert catalog.run(run.id).bytes == path.stat().st_size
        kept = beside.read(path.parent)
    assert kept is not None
    assert len(kept.arrays["series/steps"]) == beside.POINTS
    assert kept.arrays["series/steps"][[0, -1]].tolist() == [1, 200_000]
    told = [(entry.step, entry.best) for entry in kept.card.validations]
    assert (35_000, True) in told
    assert told[-1][0] == 200_000


def test_losses_that_are_no_numbers_are_kept_as_they_are(folder: Path) -> None:
    with Catalog.open(folder) as catalog:
        run = catalog.add_run(Experiment())
        catalog.begin_run(run.id, "cpu", {}, {}, 0)
        lost = Stepped(np.arange(1, 4), np.array([1.0, np.nan, np.inf]), np.full(3, np.nan), np.arange(3.0))
        catalog.append_series(run.id, lost)
        catalog.end_run(run.id, Status.FAILED, step=3, seconds=1.0, rates={"steps_per_second": float("nan")})
        kept = beside.read(beside.keep(catalog, run.id).parent)
    assert kept is not None
    assert_array_equal(kept.arrays["series/loss"], lost.loss)
    assert kept.columns()["status"] is Status.FAILED


def test_it_is_written_seldom_and_a_run_does_not_fail_by_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.errors import DiskFull

    written: list[str] = []

    def keep(catalog: Catalog, run_id: str) -> Path:
        written.append(run_id)
        raise DiskFull("no space left")

    monkeypatch.setattr(beside, "keep", keep)
    with Catalog.open(folder) as catalog:
        run = execute(catalog, enqueue(catalog, experiment("evaluation.checkpoint_every=1")).id)
    assert run.status is Status.FINISHED
    assert len(written) == 2, "at the first checkpoint and at the end, not at each of forty"
