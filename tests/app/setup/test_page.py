"""Set up as a person clicks through it."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QToolButton, QTreeWidget

from app.forms import specs
from app.pages.setup import facts, offers
from app.pages.setup.cards import ChoiceCard, Picture, _unbroken
from app.pages.setup.pictures import method_picture
from app.pages.setup.samples import SampleTile
from app.pages.setup.stepper import StepButton
from app.pages.setup.summary import WIDTH, Numbers
from core.config import Problem, kinds, presets
from core.errors import DiskFull, MissingData
from core.methods.registry import FAMILIES, METHODS
from tests.app import shelf
from tests.app.setup.conftest import description, find


def click(qtbot, widget):
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def card(page, name):
    return find(page, name, ChoiceCard)


def type_into(qtbot, page, name, text):
    line = find(page, name, QLineEdit)
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text) if text else qtbot.keyClick(line, Qt.Key.Key_Delete)
    return line


def run_button(page):
    return find(page, "setup.run", QPushButton)


def reason(page):
    return find(page, "setup.run.reason", QLabel).text()


def test_a_fresh_page_is_ready_to_run(page):
    assert run_button(page).isEnabled()
    assert reason(page) == ""
    assert find(page, "setup.summary.sentence", QLabel).text() == "It will be trained."
    assert find(page, "setup.summary.memory", QLabel).text() == "≈ 83.0 MB"
    assert all(button.problems() == 0 for button in page.stepper.buttons.values())


def test_run_hands_over_the_experiment_and_goes_live(qtbot, page, started, empty):
    with qtbot.waitSignal(empty.navigate) as went:
        click(qtbot, run_button(page))
    assert went.args == ["live", "0123456789ab"]
    assert started[0][0] == presets()["sinusoid-maml"].experiment
    assert started[0][1] == 1


def test_several_seeds_are_one_start(qtbot, page, started):
    type_into(qtbot, page, "setup.seeds", "3")
    assert run_button(page).text() == "Run 3 seeds"
    qtbot.waitUntil(lambda: page.desk.view.fresh)
    click(qtbot, run_button(page))
    qtbot.waitUntil(lambda: bool(started))
    assert started[0][1] == 3


def test_a_click_before_the_look_is_there_runs_as_soon_as_it_is(qtbot, open_page, started):
    page = open_page()
    assert not page.desk.view.fresh
    click(qtbot, run_button(page))
    assert run_button(page).text() == "Checking…"
    qtbot.waitUntil(lambda: bool(started), timeout=8000)


def test_a_runner_that_cannot_start_is_told(qtbot, page, empty, monkeypatch):
    def full(experiment, seeds):
        raise DiskFull("no space left to write the catalog; free some")

    monkeypatch.setattr(empty.runner, "start", full)
    click(qtbot, run_button(page))
    assert empty.messages[-1].text == "The run could not start. No space left to write the catalog; free some."


@pytest.mark.parametrize("kind", list(kinds("tasks")))
def test_choosing_tasks_shows_their_fields_and_networks_that_fit(qtbot, page, kind):
    click(qtbot, card(page, f"setup.tasks.kind.{kind}"))
    assert page.desk.draft.kind("tasks") == kind
    for spec in specs(kinds("tasks")[kind], "tasks"):
        find(page, f"setup.{spec.key}")
    task_type = kinds("tasks")[kind].task_type
    for name, model in kinds("network").items():
        assert card(page, f"setup.network.kind.{name}").isHidden() == (task_type not in model.fits)


@pytest.mark.parametrize("kind", list(kinds("method")))
def test_choosing_a_method_shows_only_its_own_settings(qtbot, page, kind):
    click(qtbot, card(page, f"setup.method.kind.{kind}"))
    wanted = {f"setup.{spec.key}" for spec in specs(kinds("method")[kind], "method")}
    shown = {f"setup.{key}" for key in (page.method.kind.form.rows if page.method.kind.form else {})}
    assert shown == wanted
    assert card(page, f"setup.method.kind.{kind}").isChecked()


def test_methods_stand_by_family_and_the_chosen_one_tells_of_itself(qtbot, page):
    click(qtbot, card(page, "setup.method.kind.leo"))
    said = [part.text() for part in find(page, "setup.method.kind.lines").findChildren(QLabel) if part.isVisible()]
    assert said[0] == METHODS["leo"].sentence
    assert said[1] == f"Learns {METHODS['leo'].learns}."
    assert said[-1] == METHODS["leo"].paper
    assert tuple(page.method.cards.cards) == tuple(kind for family in FAMILIES.values() for kind in family)


def test_all_methods_and_what_they_learn_are_seen_at_once(page):
    """At about the least size of the window the cards, seventeen by now, take no more than a screen."""
    first, last = (card(page, f"setup.method.kind.{kind}") for kind in ("maml", "pooled"))
    assert last.geometry().bottom() - first.geometry().top() < 620


@pytest.mark.parametrize("kind", list(kinds("method")))
def test_every_method_has_a_picture_of_its_own(kind):
    painters = [method_picture(other) for other in kinds("method")]
    assert painters.count(method_picture(kind)) == 1


def test_no_two_kinds_of_tasks_share_a_picture(qapp):
    drawn = {}
    for choice in offers.tasks():
        picture = Picture(choice.paint, 40)
        picture.resize(120, 40)
        drawn[choice.kind] = bytes(picture.grab().toImage().constBits())
    assert len(set(drawn.values())) == len(drawn)


@pytest.mark.parametrize("kind", list(kinds("network")))
def test_choosing_a_network_shows_its_settings_and_its_norm_policy(qtbot, page, kind):
    click(qtbot, card(page, "setup.tasks.kind.glyphs"))
    click(qtbot, card(page, f"setup.network.kind.{kind}"))
    for spec in specs(kinds("network")[kind], "network"):
        find(page, f"setup.{spec.key}")
    assert find(page, "setup.network.policy", QLabel).text()
    qtbot.waitUntil(lambda: "parameters in" in find(page, "setup.network.facts", QLabel).text())


def test_a_word_in_a_number_blocks_with_one_sentence_and_the_way_there(qtbot, page):
    type_into(qtbot, page, "setup.inner.learning_rate", "fast")
    assert not run_button(page).isEnabled()
    assert "Step size is “fast”" in reason(page)
    assert "Step size is “fast”" in run_button(page).toolTip()
    assert page.stepper.buttons["inner"].problems() == 1
    assert find(page, "setup.inner.learning_rate.problem", QLabel).text().startswith("✕ Step size is “fast”")
    find(page, "setup.preset").setFocus()
    click(qtbot, find(page, "setup.run.go", QPushButton))
    assert page.focusWidget() is find(page, "setup.inner.learning_rate", QLineEdit)


def test_a_missing_path_blocks_and_a_present_one_does_not(qtbot, page, tmp_path):
    click(qtbot, card(page, "setup.tasks.kind.omniglot"))
    type_into(qtbot, page, "setup.tasks.path", "/no/such/place")
    assert "There is nothing at /no/such/place" in reason(page)
    type_into(qtbot, page, "setup.tasks.path", str(tmp_path))
    assert reason(page) == ""


def test_what_only_the_data_can_tell_blocks_too(qtbot, page, monkeypatch):
    def refuse(experiment, folder):
        if experiment.tasks.kind == "sinusoid":
            return facts.Checked(description(experiment))
        error = MissingData("tasks.shots: glyphs have at most 7 samples a class; lower tasks.shots + tasks.queries")
        return facts.Checked(None, (facts.as_problem(error, experiment),))

    monkeypatch.setattr(facts, "check", refuse)
    click(qtbot, card(page, "setup.tasks.kind.glyphs"))
    qtbot.waitUntil(lambda: "at most 7 samples a class" in reason(page))
    assert find(page, "setup.tasks.shots.problem", QLabel).text().startswith("✕ Glyphs have at most 7")


def test_the_reason_of_the_data_goes_once_the_settings_are_others(qtbot, page, monkeypatch):
    problem = Problem("tasks.shots", "too many")

    def check(experiment, folder):
        return facts.Checked(description(experiment), (problem,) if experiment.tasks.shots > 100 else ())

    monkeypatch.setattr(facts, "check", check)
    type_into(qtbot, page, "setup.tasks.shots", "200")
    qtbot.waitUntil(lambda: "Too many." in reason(page))
    type_into(qtbot, page, "setup.tasks.shots", "20")
    assert reason(page) == ""


def test_a_bug_behind_the_look_does_not_lock_the_page(qtbot, page, monkeypatch):
    monkeypatch.setattr(facts, "check", lambda experiment, folder: 1 / 0)
    type_into(qtbot, page, "setup.inner.steps", "4")
    qtbot.waitUntil(lambda: any("could not be looked at" in problem.sentence for problem in page.desk.view.problems))
    assert run_button(page).isEnabled()


def test_undo_and_redo_by_keys_and_buttons_cover_text_cards_and_patterns(qtbot, page):
    line = type_into(qtbot, page, "setup.inner.steps", "12")
    click(qtbot, card(page, "setup.method.kind.reptile"))
    click(qtbot, find(page, "setup.subset.pick.head", QToolButton))
    undo = find(page, "setup.undo", QToolButton)
    for _ in range(3):
        click(qtbot, undo)
    assert (page.desk.draft.kind("method"), line.text(), page.desk.draft.get("subset.adapt")) == ("maml", "1", None)
    assert not undo.isEnabled()
    for _ in range(3):
        click(qtbot, find(page, "setup.redo", QToolButton))
    assert (page.desk.draft.kind("method"), line.text()) == ("reptile", "12")
    assert page.desk.draft.get("subset.adapt") == ["head.*"]


def test_a_preset_is_marked_with_what_was_edited_since_and_reset(qtbot, page):
    page.header.preset.emit("glyphs-anil")
    state = find(page, "setup.differences", QLabel)
    assert state.text() == "unedited"
    type_into(qtbot, page, "setup.inner.steps", "3")
    assert state.text() == "1 setting edited"
    assert find(page, "setup.inner.steps.was", QLabel).text() == "● edited, was 5"
    click(qtbot, find(page, "setup.reset", QPushButton))
    assert state.text() == "unedited"


def test_open_takes_a_preset_or_a_run_of_the_catalog(page, empty):
    page.open("preset:sinusoid-reptile")
    assert page.desk.draft.kind("method") == "reptile"
    record = empty.catalog.add_run(presets()["glyphs-boil"].experiment)
    page.open(record.id)
    assert page.desk.draft.experiment().subset.adapt == ("body.*",)
    assert page.desk.draft.origin.label == "run glyphs-boil"
    page.open("")
    assert page.desk.draft.kind("tasks") == "glyphs"


def test_open_of_what_is_not_there_is_told_and_changes_nothing(page, empty):
    for argument in ("preset:none", "ffffffffffff"):
        page.open(argument)
        assert empty.messages[-1].kind == "error"
    assert page.desk.draft.title() == "sinusoid-maml"


def test_a_half_made_set_up_survives_a_restart(qtbot, page, open_page):
    type_into(qtbot, page, "setup.inner.learning_rate", "0.3x")
    click(qtbot, card(page, "setup.method.kind.meta-sgd"))
    page.close()
    again = open_page()
    assert find(again, "setup.inner.learning_rate", QLineEdit).text() == "0.3x"
    assert again.desk.draft.kind("method") == "meta-sgd"
    assert again.desk.draft.origin.label == "sinusoid-maml"


def test_a_damaged_draft_is_passed_over(open_page, empty):
    (empty.folder / "draft.json").write_text("{half")
    assert open_page().desk.draft.title() == "sinusoid-maml"


def test_six_sampled_tasks_and_six_others(qtbot, page):
    qtbot.waitUntil(lambda: find(page, "setup.tasks.sample.seed", QLabel).text() == "Drawn with seed 0")
    assert len(page.findChildren(SampleTile)) == 6
    before = page.tasks.strip.tiles[0]._views
    click(qtbot, find(page, "setup.tasks.again", QPushButton))
    qtbot.waitUntil(lambda: find(page, "setup.tasks.sample.seed", QLabel).text() == "Drawn with seed 1")
    assert page.tasks.strip.tiles[0]._views is not before


def test_samples_that_cannot_be_drawn_say_why(qtbot, page, monkeypatch):
    def missing(settings, folder, seed, count):
        raise MissingData("the archives are not here")

    monkeypatch.setattr(facts, "sample", missing)
    click(qtbot, card(page, "setup.tasks.kind.omniglot"))
    qtbot.waitUntil(lambda: find(page, "setup.tasks.sample.state", QLabel).text() == "The archives are not here.")


def test_download_tells_its_end(qtbot, page, monkeypatch):
    def offline(folder, progress):
        progress("downloading images_background.zip", 0.25)
        raise MissingData("there is no network; put the archives into a folder and choose it")

    monkeypatch.setattr(facts, "fetch_omniglot", offline)
    click(qtbot, card(page, "setup.tasks.kind.omniglot"))
    click(qtbot, find(page, "setup.tasks.download", QPushButton))
    state = find(page, "setup.tasks.download.state", QLabel)
    qtbot.waitUntil(lambda: state.text().startswith("✕ There is no network"))
    monkeypatch.setattr(facts, "fetch_omniglot", lambda folder, progress: folder)
    click(qtbot, find(page, "setup.tasks.download", QPushButton))
    qtbot.waitUntil(lambda: state.text() == "✓ Omniglot is here.")


def test_answers_in_the_tree_become_patterns(qtbot, page):
    tree = find(page, "setup.subset.tree", QTreeWidget)
    tree.topLevelItem(0).setSelected(True)
    click(qtbot, find(page, "setup.subset.answer.fixed", QPushButton))
    assert page.desk.draft.get("subset.adapt") == ["body.2.*", "head.*"]
    assert tree.topLevelItem(0).text(1) == "◐ fixed inside"
    click(qtbot, find(page, "setup.subset.answer.frozen", QPushButton))
    assert page.desk.draft.get("subset.freeze") == ["body.0.*"]
    assert "80 frozen" in page.subset.bar.words()
    assert find(page, "setup.subset.freeze", QLineEdit).text() == "body.0.*"


def test_ruled_rows_say_so_and_take_no_answer(qtbot, page):
    click(qtbot, card(page, "setup.tasks.kind.glyphs"))
    tree = find(page, "setup.subset.tree", QTreeWidget)
    qtbot.waitUntil(lambda: tree.topLevelItem(0).childCount() == 4)
    row = tree.topLevelItem(0).child(2)
    assert row.text(1) == "○ frozen · ruled"
    row.setSelected(True)
    assert not find(page, "setup.subset.answer.adapted", QPushButton).isEnabled()


def test_the_measured_cost_of_each_order_is_told(page):
    text = find(page, "setup.inner.cost", QLabel).text()
    assert text == (
        "Measured on this machine: second order 4.00 ms an outer step, first order 2.00 ms (2.0 times as fast)."
    )


def test_the_command_line_and_the_file_repeat_the_set_up(qtbot, page):
    type_into(qtbot, page, "setup.inner.steps", "5")
    click(qtbot, find(page, "setup.subset.pick.head", QToolButton))
    command = find(page, "setup.review.command", QPlainTextEdit).toPlainText()
    assert command == (
        "headstart run sinusoid-maml --set 'subset.adapt=[\"head.*\"]' --set inner.steps=5 --name 'maml on sinusoid'"
    )
    assert 'adapt = [\n    "head.*",\n]' in find(page, "setup.review.file", QPlainTextEdit).toPlainText()
    click(qtbot, find(page, "setup.review.command.copy", QPushButton))
    assert QApplication.clipboard().text() == command


def test_a_problem_in_review_leads_to_its_field(qtbot, page):
    type_into(qtbot, page, "setup.evaluation.tasks", "1")
    click(qtbot, find(page, "setup.review.problem.0", QPushButton))
    assert page.focusWidget() is find(page, "setup.evaluation.tasks", QLineEdit)


def test_a_dropped_experiment_file_loads_even_with_wrong_values(page, tmp_path, empty):
    path = tmp_path / "mine.toml"
    path.write_text('[inner]\nsteps = "many"\nstepz = 1\n')
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(5, 5), *how)
    page.dragEnterEvent(enter)
    assert enter.isAccepted()
    page.dropEvent(QDropEvent(QPointF(5, 5), *how))
    assert page.desk.draft.origin.label == "mine.toml"
    assert "Steps is “many”" in reason(page)
    assert "left out: inner.stepz" in empty.messages[-1].text


def test_a_file_that_is_no_experiment_is_told(page, tmp_path, empty):
    path = tmp_path / "notes.toml"
    path.write_text("not = = toml")
    page.exchange.load_file(path)
    assert "is not a TOML file" in empty.messages[-1].text
    assert page.desk.draft.title() == "sinusoid-maml"


def test_a_step_of_the_stepper_comes_into_sight(qtbot, page):
    click(qtbot, find(page, "setup.go.outer", StepButton))
    assert page.stepper.buttons["outer"].isChecked()
    top = page.outer.mapTo(page.area.viewport(), page.outer.rect().topLeft()).y()
    assert abs(top) < 5


def test_long_texts_and_a_narrow_window_push_nothing_out(qtbot, page):
    type_into(qtbot, page, "setup.name", "a name of three hundred signs " * 10)
    page.resize(860, 560)
    assert page.area.widget().width() <= page.area.viewport().width()
    assert page.width() == 860


def test_an_edit_that_cannot_run_takes_a_waiting_start_back(qtbot, open_page, started):
    page = open_page()
    click(qtbot, run_button(page))
    assert run_button(page).text() == "Checking…"
    type_into(qtbot, page, "setup.inner.steps", "x")
    assert (run_button(page).text(), run_button(page).isEnabled()) == ("Run", False)
    type_into(qtbot, page, "setup.inner.steps", "2")
    qtbot.waitUntil(lambda: page.desk.view.fresh)
    assert (run_button(page).isEnabled(), started) == (True, [])


def test_large_text_cuts_neither_cards_nor_steps(qtbot, page, theme):
    page.resize(948, 690)
    theme.choose("light", 1.3)
    try:
        qtbot.wait(30)
        cards = [card for card in page.tasks.findChildren(ChoiceCard) if card.isVisible()]
        assert cards
        assert all(card.width() >= card.minimumSizeHint().width() for card in cards)
        title = page.title_label
        assert title.width() >= title.fontMetrics().horizontalAdvance(title.text())
        assert page.summary.width() > 252
        assert page.area.widget().width() <= page.area.viewport().width()
        for button in page.stepper.buttons.values():
            assert button.width() - 36 >= button.fontMetrics().horizontalAdvance(button.text())
    finally:
        theme.choose("light", 1.0)


def test_a_run_begins_with_an_initialization_that_it_is_set_up_from(page, empty):
    run = shelf.add_run(empty.catalog, "learned before", method={"kind": "reptile"})
    made = shelf.add_initialization(empty.catalog, run)
    page.open(f"start:{made.id}")
    assert page.desk.draft.get("network.start") == str(made.path)
    assert page.desk.draft.get("method.kind") == "reptile"
    page.open("start:nothing")
    assert "nothing" in empty.messages[-1].text


def test_words_of_the_summary_wrap_before_its_numbers_are_cut(qtbot):
    numbers = Numbers()
    qtbot.addWidget(numbers)
    numbers.set_rows({"Trainingsdauer aller Startwerte": "≈ 12 h 05 min", "Arbeitsspeicher": "≈ 1.2 GB"})
    assert numbers.minimumSizeHint().width() <= WIDTH - 32


def test_a_command_of_one_line_takes_the_room_of_one(qtbot, page):
    text = find(page, "setup.review.command", QPlainTextEdit)
    line = text.fontMetrics().lineSpacing()
    qtbot.waitUntil(lambda: bool(text.toPlainText()))
    qtbot.waitUntil(lambda: text.height() < 3 * line)
    assert not text.verticalScrollBar().isVisible()
    text.setPlainText("a line\n" * 30)
    qtbot.waitUntil(lambda: 4 * line < text.height() < 6 * line + 18)


def test_every_network_on_offer_says_how_large_it_is_for_these_tasks(qtbot, page, monkeypatch):
    """The chosen one as it is set, the others as they come; and what goes in and comes out."""
    look = facts.check
    sizes = {"mlp": 33_245, "conv-strided": 112_261, "conv-pooled": 28_485}
    monkeypatch.setattr(facts, "check", lambda experiment, folder: replace(look(experiment, folder), sizes=sizes))
    click(qtbot, card(page, "setup.tasks.kind.glyphs"))
    notes = {kind: one.note for kind, one in page.network.cards.cards.items()}
    qtbot.waitUntil(lambda: notes["conv-pooled"].text() == "28,485 parameters")
    assert notes["mlp"].isVisibleTo(page)
    chosen = sum(row.count for row in page.desk.view.description.tensors)
    assert notes["conv-strided"].text() == f"{chosen:,} parameters"
    assert "28,485 parameters" in card(page, "setup.network.kind.conv-pooled").accessibleDescription()
    assert find(page, "setup.network.facts", QLabel).text().endswith("Input 1, output 1 class scores.")


def test_every_copy_button_fills_the_clipboard(qtbot, page):
    for part in ("command", "file"):
        button = page.findChild(QPushButton, f"setup.review.{part}.copy")
        QApplication.clipboard().clear()
        button.click()
        shown = find(page, f"setup.review.{part}", QPlainTextEdit).toPlainText()
        assert shown
        assert QApplication.clipboard().text() == shown


def test_titles_of_cards_are_parted_at_a_hyphen_only_where_they_are_long():
    assert _unbroken("Meta-SGD") == "Meta\N{NON-BREAKING HYPHEN}SGD"
    assert _unbroken("MT-net, T-net") == "MT\N{NON-BREAKING HYPHEN}net, T\N{NON-BREAKING HYPHEN}net"
    assert _unbroken("Rainbow-MNIST") == "Rainbow-MNIST"
