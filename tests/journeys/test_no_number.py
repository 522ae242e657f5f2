"""A loss that is no number, in a real training: the run waits and says where it happened; each of the three ways out of it,
and the same from the command line."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from core.cli import main
from core.config import presets, with_settings
from core.runs import enqueue, execute
from core.storage.catalog import Catalog
from core.storage.records import Status

EXPLODING = [
    "outer.steps=40", "outer.meta_batch=4", "outer.optimizer=sgd", "outer.learning_rate=0.3", "network.init=he",
    "network.hidden=[8]", "evaluation.tasks=6", "evaluation.validation_tasks=4", "evaluation.checkpoint_every=2",
    "evaluation.validate_every=20", "inner.evaluation_steps=2", "engine.tier=eager", "name=wild",
]  # fmt: skip


def wild(*settings):
    return with_settings(presets()["sinusoid-maml"].experiment, [*EXPLODING, *settings])


@pytest.fixture
def paused(open_program, tmp_path):
    """(program, person, id of a run that has diverged and waits, shown on Live)."""
    program, person = open_program(tmp_path / "data")
    workspace = program.window.workspace
    [run] = workspace.runner.start(wild())
    program.window.go("live", run)
    person.wait(lambda: workspace.runner.live.diverged is not None)
    person.wait(lambda: program.window.pages["live"].failure.isVisible())
    return program, person, run


def banner(program):
    panel = program.window.pages["live"].failure
    return panel.title_label.text(), panel.text_label.text()


def buttons(program):
    found = program.window.pages["live"].failure.findChildren(QPushButton)
    return {button.objectName().rpartition(".")[2]: button.text() for button in found if button.isVisible()}


@pytest.mark.gui
def test_the_run_waits_says_at_which_step_and_in_which_tensor_and_offers_three_ways(paused):
    program, person, run = paused
    workspace, live = program.window.workspace, program.window.workspace.runner.live
    title, text = banner(program)
    assert title == "Paused: the loss is not finite"
    assert "at step " in text
    assert "(first in init/" in text
    kept = live.diverged.checkpoint
    assert f"Kept: the checkpoint of step {kept}." in text
    assert buttons(program) == {
        "half": f"Go on from step {kept} with half the outer rate", "clip": f"Go on from step {kept} with clipping",
        "kept": f"End, and open the best up to step {kept}",
    }  # fmt: skip
    assert workspace.catalog.run(run).status is Status.PAUSED
    assert person.find("live.status").accessibleName() == "Paused"
    assert not workspace.actions.find("run.pause").enabled(), "going on in the same way comes to the same"
    assert not person.window.findChild(QPushButton, "live.pause").isVisible()
    assert "is paused: " in workspace.messages[-1].text
    assert not any("is paused: " in text for text in program.window.toasts.texts()), "the page says it, larger"
    assert workspace.messages[-1].action_title == "Show"
    workspace.runner.stop()
    person.is_idle()


@pytest.mark.gui
@pytest.mark.parametrize("way", ["half", "clip"])
def test_it_goes_on_from_the_checkpoint_until_it_is_done(paused, way):
    program, person, run = paused
    workspace = program.window.workspace
    for _ in range(30):  # 0.3 is far too much: half of it may be as well
        kept = workspace.runner.live.diverged.checkpoint
        person.click(f"live.failure.{way}")
        person.wait(lambda: workspace.runner.current is None or workspace.runner.live.diverged is not None)
        if workspace.runner.current is None:
            break
        person.wait(lambda: program.window.pages["live"].failure.isVisible())
    record = workspace.catalog.run(run)
    assert record.status is Status.FINISHED
    assert record.engine["changes"][-1][0] == kept
    assert not program.window.pages["live"].failure.isVisible()
    steps = program.window.pages["live"].shown.numbers["steps"]
    assert steps.tolist() == list(range(1, 41)), "what was thrown away is not shown twice"
    assert workspace.catalog.series(run).steps.tolist() == list(range(1, 41))
    assert any("from step " in text for _, text in workspace.catalog.log(run))


@pytest.mark.gui
def test_by_keyboard_it_ends_with_the_last_good_checkpoint_which_opens(paused):
    program, person, run = paused
    workspace = program.window.workspace
    person.tabs_to("live.failure.kept")
    person.press(Qt.Key.Key_Space)
    person.is_idle()
    person.wait(lambda: program.window.place == "initialization")
    record = workspace.catalog.run(run)
    assert record.status is Status.STOPPED
    assert "at step " in record.message
    [start] = workspace.catalog.initializations(f"run:{run}")
    assert start.step <= record.step


@pytest.mark.gui
def test_the_window_closes_while_a_run_waits_and_the_run_can_be_resumed_later(paused):
    program, _, run = paused
    folder = program.window.workspace.folder
    assert program.window.workspace.runner.close()
    program.window.workspace.catalog.close()
    with Catalog.open(folder, write=False) as catalog:
        record = catalog.run(run)
        assert record.status is Status.STOPPED
        assert record.step == max(entry.step for entry in catalog.checkpoints(run))


@pytest.mark.gui
def test_a_run_that_failed_elsewhere_goes_on_from_its_checkpoint_with_half_the_rate(open_program, tmp_path):
    folder = tmp_path / "data"
    with Catalog.open(folder) as catalog:
        run = execute(catalog, enqueue(catalog, wild()).id).id
        assert catalog.run(run).status is Status.FAILED
        kept = max(entry.step for entry in catalog.checkpoints(run))
    program, person = open_program(folder)
    program.window.go("live", run)
    assert banner(program)[0] == "The run failed: its loss is not finite"
    assert buttons(program)["half"] == f"Go on from step {kept} with half the outer rate"
    person.click("live.failure.half")
    workspace = program.window.workspace
    person.wait(lambda: workspace.runner.live is not None and workspace.runner.live.started is not None)
    assert workspace.runner.live.started.engine["changes"] == [[kept, {"learning_rate": 0.15}]]
    workspace.runner.stop()
    person.is_idle()


def test_the_command_line_ends_with_3_and_names_the_way_on_which_works(tmp_path, capsys):
    settings = [word for pair in EXPLODING for word in ("--set", pair)]
    folder = ["--data-folder", str(tmp_path / "data")]
    assert main(["run", "sinusoid-maml", *settings, "--json", *folder]) == 3
    heard = capsys.readouterr()
    failed = json.loads(heard.out)
    assert failed["status"] == "failed"
    assert f"headstart resume {failed['run']} --remedy half-rate" in failed["error"]
    code, remedies = 3, 0
    while code == 3 and remedies < 30:
        remedies += 1
        code = main(["resume", failed["run"], "--remedy", "half-rate", "--json", *folder])
        done = json.loads(capsys.readouterr().out)
    assert code == 0
    assert done["status"] == "finished"
    assert 1 <= len(done["plan"]["changes"]) <= remedies, "those of a way that was left behind are gone"
    assert main(["show", failed["run"], *folder]) == 0
    assert "changed on the way: from step " in capsys.readouterr().out


def test_a_remedy_that_there_is_not_and_a_run_without_checkpoint_are_one_line_each(tmp_path, capsys):
    folder = ["--data-folder", str(tmp_path / "data")]
    with Catalog.open(tmp_path / "data") as catalog:
        run = execute(catalog, enqueue(catalog, wild("evaluation.checkpoint_every=30")).id).id
    for remedy, said in (("prayer", "choose one of half-rate, clipping"), ("clipping", "no checkpoint to go on from")):
        assert main(["resume", run, "--remedy", remedy, *folder]) == 2
        assert said in capsys.readouterr().err
