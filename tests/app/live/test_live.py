"""Live, clicked through with made-up runs."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QSlider, QTableWidget, QTabWidget, QWidget

from core.replay import Replayed
from core.storage.catalog import Catalog
from core.storage.records import Status
from core.training.events import Alternative, Curves, PanelData
from tests.app import shelf
from tests.app.conftest import ended
from tests.app.fake_run import views


@pytest.fixture
def page(window):
    window.go("live")
    return window.pages["live"]


def child(page, name, kind=QWidget):
    found = page.findChild(kind, name)
    assert found is not None, f"nothing is called {name}"
    return found


def click(qtbot, page, name):
    qtbot.mouseClick(child(page, name, QPushButton), Qt.MouseButton.LeftButton)


def text(page, name):
    return child(page, name, QLabel).text()


def begin(qtbot, space, window, fake_run, short, **settings):
    """A run held at its beginning, shown."""
    fake_run.gate.clear()
    [run] = space.runner.start(short(**{"steps": 1000} | settings))
    window.go("live", run)
    qtbot.waitUntil(lambda: space.runner.live.started is not None)
    return run


def test_an_empty_page_offers_the_example(qtbot, page, space, fake_run):
    click(qtbot, page, "live.empty.action")
    assert space.runner.current is not None
    assert space.catalog.run(space.runner.current).name == "sinusoid-maml"
    assert text(page, "live.name") == "sinusoid-maml"
    space.runner.stop()
    qtbot.waitUntil(lambda: space.runner.current is None)


def test_a_run_is_shown_while_it_trains_and_afterwards(qtbot, page, space, window, short):
    [run] = space.runner.start(short())
    window.go("live", run)
    qtbot.waitUntil(ended(space, run))
    qtbot.waitUntil(lambda: child(page, "live.status").status == "finished")
    assert text(page, "live.fact.step") == "30 of 30"
    assert len(page.loss.plot.as_table()) == 1 + 30 + 3
    assert child(page, "live.scrub", QSlider).maximum() == 2
    assert child(page, "live.tasks", QTableWidget).rowCount() == 4


def test_phases_before_the_first_step_are_named(qtbot, page, space, window, short, fake_run):
    begin(qtbot, space, window, fake_run, short)
    space.runner.live.started = None
    space.runner.live.phase = "measuring a random start"
    page.open("")
    waiting = page.loss.findChild(QWidget, "live.loss.panel.waiting")
    assert waiting.title_label.text() == "Measuring a random start …"
    space.runner.stop()
    qtbot.waitUntil(lambda: space.runner.current is None)


def test_pause_and_go_on_by_the_button(qtbot, page, space, window, short, fake_run):
    run = begin(qtbot, space, window, fake_run, short)
    qtbot.waitUntil(lambda: child(page, "live.status").status == "running")
    click(qtbot, page, "live.pause")
    assert child(page, "live.status").status == "paused"
    assert space.catalog.run(run).status == Status.PAUSED
    assert child(page, "live.pause", QPushButton).text() == "Go on"
    click(qtbot, page, "live.pause")
    assert child(page, "live.status").status == "running"
    space.runner.stop()
    qtbot.waitUntil(lambda: space.runner.current is None)


def test_space_pauses_and_control_full_stop_stops(qtbot, page, space, window, short, fake_run):
    run = begin(qtbot, space, window, fake_run, short)
    page.setFocus()
    qtbot.keyClick(page, Qt.Key.Key_Space)
    assert space.runner.live.paused
    qtbot.keyClick(window, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(ended(space, run))
    assert space.catalog.run(run).status == Status.STOPPED


def test_a_stopped_run_can_be_resumed_from_the_page(qtbot, page, space, window, short, fake_run):
    run = begin(qtbot, space, window, fake_run, short, steps=60)
    fake_run.gate.set()
    qtbot.waitUntil(lambda: len(space.runner.live.numbers) > 0)
    click(qtbot, page, "live.stop")
    qtbot.waitUntil(ended(space, run))
    if space.catalog.run(run).status == Status.STOPPED:
        qtbot.waitUntil(lambda: child(page, "live.resume").isVisible())
        click(qtbot, page, "live.resume")
        qtbot.waitUntil(ended(space, run))
    assert space.catalog.run(run).status == Status.FINISHED
    qtbot.waitUntil(lambda: text(page, "live.fact.step") == "60 of 60")
    assert [row[1] for row in page.loss.plot.as_table()[1:61]] == list(range(1, 61))


def test_discard_is_in_the_menu_and_can_be_taken_back(qtbot, page, space, window, short, fake_run):
    run = begin(qtbot, space, window, fake_run, short)
    page.header._discard.trigger()
    qtbot.mouseClick(child(window, "toast.action"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(ended(space, run))
    assert space.catalog.run(run).trashed is None


def test_the_slider_scrubs_and_new_validations_are_followed_only_at_its_end(
    qtbot, page, space, window, short, fake_run
):
    begin(qtbot, space, window, fake_run, short)
    fake_run.pace = 0.1
    fake_run.gate.set()
    slider = child(page, "live.scrub", QSlider)
    qtbot.waitUntil(lambda: slider.maximum() >= 3)
    slider.setValue(1)
    assert text(page, "live.scrub.text") == "after step 20"
    seen = slider.maximum()
    qtbot.waitUntil(lambda: slider.maximum() > seen)
    assert slider.value() == 1
    slider.setValue(slider.maximum())
    seen = slider.maximum()
    qtbot.waitUntil(lambda: slider.maximum() > seen)
    assert slider.value() == slider.maximum()
    space.runner.stop()
    qtbot.waitUntil(lambda: space.runner.current is None)


def test_choosing_a_task_shows_it_in_both_views(qtbot, page, space, window, short):
    [run] = space.runner.start(short())
    window.go("live", run)
    qtbot.waitUntil(ended(space, run))
    table = child(page, "live.tasks", QTableWidget)
    table.selectRow(2)
    assert page.adaptation.plot._selected == 2
    support = [row for row in page.tasks.view.as_table() if row[0] == "support"]
    assert [row[1] for row in support] == pytest.approx(list(page.shown.views.support_x[2, :, 0]))
    page.tasks.view.set_step(3)
    assert page.adaptation.plot._at == 3


@pytest.mark.parametrize(
    ("sentence", "offered"),
    [("the outer loss became nan at step 20 (first in init/head.weight); lower outer.learning_rate", "live.failure.half"),
     ("no space is left on the disk", "live.failure.resume")],
)  # fmt: skip
def test_a_failure_is_told_calmly_with_what_to_do(qtbot, page, space, window, short, fake_run, sentence, offered):
    fake_run.fail = sentence
    [run] = space.runner.start(short())
    window.go("live", run)
    qtbot.waitUntil(ended(space, run))
    qtbot.waitUntil(lambda: page.failure.isVisible())
    assert sentence[1:] in page.failure.text_label.text()
    assert "Kept: the checkpoint of step 30" in page.failure.text_label.text()
    assert child(page, offered).isVisible()
    no_number = offered == "live.failure.half"
    assert child(page, "live.failure.kept").isVisible() == no_number
    assert child(page, "live.resume").isVisible() != no_number, "it would come to the same"
    fake_run.fail = ""


def test_after_a_loss_that_is_no_number_it_starts_again_with_half_the_rate(qtbot, page, space, window, short, fake_run):
    fake_run.fail = "the outer loss became nan at step 20"
    [run] = space.runner.start(short())
    window.go("live", run)
    qtbot.waitUntil(ended(space, run))
    qtbot.waitUntil(lambda: child(page, "live.failure.half").isVisible())
    fake_run.fail = ""
    click(qtbot, page, "live.failure.half")
    second = space.catalog.runs(limit=1)[0]
    assert second.id != run
    assert second.experiment.outer.learning_rate == 0.0005
    qtbot.waitUntil(ended(space, second.id))
    qtbot.waitUntil(lambda: not page.failure.isVisible())


@pytest.fixture
def filled(space):
    """Runs of all states in the catalog."""
    shelf_catalog: Catalog = space.catalog
    return {
        "finished": shelf.add_run(shelf_catalog, "finished"),
        "interrupted": shelf.add_run(shelf_catalog, "interrupted", status=Status.INTERRUPTED),
        "failed": shelf.add_run(shelf_catalog, "failed", status=Status.FAILED),
        "queued": shelf.add_run(shelf_catalog, "queued", status=Status.QUEUED),
        "nan": shelf.add_run(shelf_catalog, "all nan", level=float("nan")),
        "long": shelf.add_run(shelf_catalog, shelf.LONG),
    }


@pytest.mark.parametrize("which", ["finished", "interrupted", "failed", "queued", "nan", "long"])
def test_runs_of_every_state_are_shown_from_the_catalog(page, window, filled, which):
    window.go("live", filled[which].id)
    assert child(page, "live.status").status == str(filled[which].status)
    assert not window.grab().isNull()
    assert window.width() == 1100


def test_a_run_with_nothing_behind_it_can_be_started(qtbot, page, space, window, filled):
    window.go("live", filled["queued"].id)
    click(qtbot, page, "live.resume")
    qtbot.waitUntil(ended(space, filled["queued"].id))
    assert space.catalog.run(filled["queued"].id).status == Status.FINISHED


def test_a_run_deleted_while_it_is_shown_leaves_an_empty_page(qtbot, page, space, window, filled):
    window.go("live", filled["finished"].id)
    space.catalog.trash([filled["finished"].id])
    space.catalog.purge([filled["finished"].id])
    space.look()
    assert child(page, "live.empty").isVisible()


def test_an_unknown_run_is_a_message_not_a_crash(page, window, space):
    window.go("live", "no such run")
    assert space.messages[-1].kind == "error"


def test_a_rename_elsewhere_is_followed(page, space, window, filled):
    window.go("live", filled["finished"].id)
    space.catalog.rename_run(filled["finished"].id, "another name")
    space.look()
    assert text(page, "live.name") == "another name"


def test_with_nothing_under_way_the_newest_run_is_shown(page, window, filled):
    window.go("live", "")
    assert page.shown is not None


def test_compare_and_duplicate_lead_to_their_pages(qtbot, page, space, window, filled):
    gone = []
    space.navigate.connect(lambda name, argument: gone.append((name, argument)))
    run = filled["finished"].id
    window.go("live", run)
    click(qtbot, page, "live.compare")
    page.header.wanted.emit("duplicate")
    page.header.wanted.emit("catalog")
    assert gone == [("compare", run), ("setup", run), ("catalog", "")]


# the method's panels


def panel(height=1.0):
    return PanelData("bars", "Step sizes", "Mean by layer.", np.array([height, 2.0]), ("head.weight", "head.bias"))


def test_a_run_whose_method_shows_nothing_has_no_method_tab(qtbot, page, space, window, short):
    [run] = space.runner.start(short())
    window.go("live", run)
    qtbot.waitUntil(ended(space, run))
    assert not page.below.isTabVisible(1)
    assert not page.below.tabBar().isVisible()


def test_the_method_tab_follows_the_slider(qtbot, page, space, window, short):
    [run] = space.runner.start(short())
    window.go("live", run)
    qtbot.waitUntil(ended(space, run))
    seen = [replace(each, panels=(panel(at),)) for at, each in enumerate(page.shown.validations)]
    page._show(replace(page.shown, validations=tuple(seen)))
    assert page.below.isTabVisible(1)
    page.below.setCurrentIndex(1)
    assert page.method.strip.views[0].as_table()[1] == ("head.weight", 2.0)
    child(page, "live.scrub", QSlider).setValue(1)
    assert page.method.strip.views[0].as_table()[1] == ("head.weight", 1.0)
    assert text(page, "live.method.note") == "after step 20"


def test_panels_of_a_stored_run_are_those_of_the_last_validation(qtbot, page, space, window, short):
    [run] = space.runner.start(short())
    window.go("live", run)
    qtbot.waitUntil(ended(space, run))
    bare = tuple(replace(each, views=None, panels=()) for each in page.shown.validations)
    page._show(replace(page.shown, validations=bare))
    page._replayed((run, Replayed(views(), (panel(7.0),))))
    assert page.method.strip.views[0].as_table()[1] == ("head.weight", 7.0)
    child(page, "live.scrub", QSlider).setValue(0)
    best = page.shown.best[0]
    assert text(page, "live.method.note") == f"after step {best}, the best"
    page._replayed(("another run", Replayed(views(), ())))
    assert page.below.isTabVisible(1)


def test_what_it_was_worth_stands_beside_the_tasks(qtbot, page, window, space):
    rival = Alternative("task-line", "a linear model for each task alone", Curves(shelf.learned(0.7, 200).loss[:, -1:]))
    run = shelf.add_run(space.catalog, "own data", alternatives=[rival])
    window.go("live", run.id)
    below = child(page, "live.below", QTabWidget)
    assert [below.tabText(at) for at in range(below.count()) if below.isTabVisible(at)] == ["Tasks", "Worth it?"]
    below.tabBar().setFocus()
    qtbot.keyClick(below.tabBar(), Qt.Key.Key_Right)
    assert below.currentWidget() is page.worth
    table = child(page, "live.worth", QTableWidget)
    assert [table.item(at, 0).text() for at in range(3)] == [
        "The learned initialization", "A random start with the same steps", "A linear model for each task alone",
    ]  # fmt: skip
    assert table.item(2, 3).text() == "✓ better"
    assert text(page, "live.worth.sentence").startswith(
        "After 10 inner steps on 200 test tasks the learned initialization helps"
    )
    window.go("live", shelf.add_run(space.catalog, "shipped tasks").id)
    assert not below.isTabVisible(2)


def test_the_memory_is_told_while_it_trains(qtbot, page, space, window, short, fake_run):
    fake_run.gate.clear()
    [run] = space.runner.start(short(steps=1000))
    window.go("live", run)
    qtbot.waitUntil(lambda: text(page, "live.fact.memory").endswith("B"))
    space.runner.stop()
    fake_run.gate.set()
    qtbot.waitUntil(ended(space, run))
    assert not page.header._facts["Memory"].isVisible()


def test_space_pauses_from_the_moment_that_a_run_is_looked_at(qtbot, page, space, window, short, fake_run):
    fake_run.gate.clear()
    [run] = space.runner.start(short(steps=1000))
    window.go("live", run)
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    assert space.runner.live.paused
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    assert not space.runner.live.paused
    space.runner.stop()
    fake_run.gate.set()
    qtbot.waitUntil(ended(space, run))


def test_accuracies_are_told_in_per_cent_as_everywhere(qtbot, page, space, window, short):
    [run] = space.runner.start(short())
    window.go("live", run)
    qtbot.waitUntil(ended(space, run))
    seen = page.shown.validations[-1]
    share = np.full(seen.curves.loss.shape, 0.4815)
    rated = replace(seen, curves=Curves(seen.curves.loss, share))
    page._show(replace(page.shown, run_id="rated", validations=(rated,), random_start=None))
    assert child(page, "live.tasks", QTableWidget).item(0, 1).text() == "48.1 %"
    assert page.adaptation.plot.y_label == "accuracy (%)"
    assert page.adaptation.plot.as_table()[1][1] == pytest.approx(48.15)


def test_a_new_validation_leaves_the_scale_where_losses_fall(qtbot, page, space, window, short):
    [run] = space.runner.start(short())
    window.go("live", run)
    qtbot.waitUntil(ended(space, run))
    first = page.shown.validations[0]
    spans = []
    for share in (0.9, 0.5, 0.1):
        later = replace(first, curves=Curves(share * first.curves.loss))
        spans.append(page.adaptation._span(replace(page.shown, validations=(first, later))))
    assert len(set(spans)) == 1
    worse = replace(first, curves=Curves(30 * first.curves.loss))
    assert page.adaptation._span(replace(page.shown, validations=(first, worse)))[1] > spans[0][1]


def test_the_random_start_is_seen_whole(qtbot, page, space, window, short):
    [run] = space.runner.start(short())
    window.go("live", run)
    qtbot.waitUntil(ended(space, run))
    far = Curves(50 * page.shown.validations[0].curves.loss)
    _, high = page.adaptation._span(replace(page.shown, random_start=far))
    assert high == pytest.approx(float(np.median(far.loss, axis=0).max()))
