"""One run of real training, paused, gone on with, stopped and resumed: by clicks alone, read as a person reads it."""

import pytest

from core.config import with_settings
from core.storage.records import Status
from tests.journeys.test_first_launch import FEW
from tests.journeys.test_things_go_wrong import example

LONG = [*FEW, "outer.steps=100000", "evaluation.validate_every=20", "engine.tier=eager"]


def steps(person):
    """As the header says it: (done, of all)."""
    done, _, total = person.reads("live.fact.step").partition(" of ")
    return int(done.replace(",", "")), int(total.replace(",", ""))


@pytest.mark.gui
def test_pause_go_on_stop_and_resume(qtbot, open_program, tmp_path, monkeypatch):
    monkeypatch.setattr("app.frame.commands.example", lambda: with_settings(example(), LONG))
    program, person = open_program(tmp_path / "data")
    space = program.window.workspace
    status, loss = person.find, program.window
    person.click("home.example")
    run = space.runner.current
    person.wait(lambda: status("live.status").status == "running" and steps(person)[0] > 20)

    person.click("live.pause")
    assert person.find("live.status").status == "paused"
    assert person.find("live.pause").text() == "Go on"
    assert space.catalog.run(run).status == Status.PAUSED
    person.wait(lambda: space.runner.live.step == steps(person)[0])  # the chunk under way has come in
    held = steps(person)[0]
    qtbot.wait(400)
    assert steps(person)[0] == held, "nothing trains while it is paused"
    assert person.find("strip.run").isVisible()

    person.click("live.pause")
    assert person.find("live.status").status == "running"
    person.wait(lambda: steps(person)[0] > held)

    person.click("live.pause")
    person.click("live.stop")  # a paused run can be stopped
    person.is_idle()
    person.wait(lambda: person.find("live.status").status == "stopped")
    stopped = steps(person)[0]
    assert stopped == space.catalog.run(run).step
    assert person.find("live.initialization").isEnabled(), "what was learned is kept"
    qtbot.waitUntil(lambda: not loss.findChild(object, "live.pause").isVisible())

    person.click("live.resume")
    person.wait(lambda: steps(person)[0] > stopped)
    assert person.find("live.status").status == "running"
    curve = [row[1] for row in program.window.pages["live"].loss.plot.as_table()[1:] if row[0] == "training"]
    assert curve[:stopped] == list(range(1, stopped + 1)), "one curve, without a gap where it was stopped"
    person.click("live.stop")
    person.is_idle()
    assert space.catalog.run(run).status == Status.STOPPED
    assert len(space.catalog.runs()) == 1
