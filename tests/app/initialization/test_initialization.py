"""The page of one initialization."""

import shutil
import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton, QRadioButton, QSpinBox, QTableWidget

from app.models.compared import compared
from app.models.tensors import read_start
from app.models.worth import shown
from app.pages.initialization.code import loading_code
from app.pages.initialization.export_dialog import ExportDialog, Offer
from app.pages.initialization.page import InitializationPage
from core.config import Experiment
from core.export.words import Wanted
from core.runs import enqueue, execute
from core.storage.catalog import Catalog
from tests.app import shelf
from tests.app.pages import child


@pytest.fixture
def show(qtbot):
    def build(workspace, argument=""):
        page = InitializationPage(workspace)
        qtbot.addWidget(page)
        page.resize(940, 680)
        page.show()
        page.open(argument)
        qtbot.waitUntil(lambda: not page.loading and not page.picker.loading)
        return page

    return build


@pytest.fixture
def trained(make_workspace, trained_folder, tmp_path):
    shutil.copytree(trained_folder, tmp_path / "data")
    return make_workspace(Catalog.open(tmp_path / "data"))


def the_one(workspace, name):
    return next(record for record in workspace.catalog.initializations() if record.name == name)


def click(qtbot, page, name):
    qtbot.mouseClick(child(page, QPushButton, name), Qt.MouseButton.LeftButton)


def test_nothing_saved_yet_carries_the_next_action(qtbot, empty, show):
    page = show(empty)
    assert page.picker.stack.currentWidget() is page.picker.empty
    with qtbot.waitSignal(empty.navigate) as signal:
        click(qtbot, page, "initialization.empty.action")
    assert signal.args == ["setup", ""]


def test_without_an_id_the_list_opens_one_by_enter(qtbot, varied, show):
    page = show(varied)
    assert page.stack.currentWidget() is page.picker
    assert page.picker.model.rowCount() == 3
    page.picker.view.setCurrentIndex(page.picker.model.index(0, 1))
    qtbot.keyClick(page.picker.view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.record is not None)
    assert page.title_label.text() == page.picker.model.record(0).name


def test_origin_results_and_tensors_are_shown(qtbot, varied, show):
    page = show(varied, the_one(varied, "sinusoid-maml").id)
    assert dict(page.origin.table.rows())["Run"] == "sinusoid-maml"
    assert dict(page.metrics.table.rows())["Test tasks"] == "200"
    assert page.tensors.model.rowCount() == 5
    assert page.curve.note.text() == "200 fixed test tasks, mean and 95 % interval."
    assert "core.load(" in page.code.text.toPlainText()


def test_the_card_says_the_recipe(trained, show):
    page = show(trained, the_one(trained, "really trained").id)
    recipe = dict(page.recipe.table.rows())
    assert recipe["Steps"] == "10 (trained for 1)"
    assert recipe["Loss"] == "mean squared error"
    assert dict(page.origin.table.rows())["Seed"] == "0"
    roles = {row.role for row in page.found.tensors}
    assert roles == {"learned and adapted"}


def test_verify_tells_an_unchanged_file_from_a_changed_one(qtbot, varied, show):
    record = the_one(varied, "sinusoid-maml")
    page = show(varied, record.id)
    click(qtbot, page, "initialization.verify")
    qtbot.waitUntil(lambda: page.file.result.text().startswith("✓"))
    content = bytearray(record.path.read_bytes())
    content[-1] ^= 1
    record.path.write_bytes(content)
    click(qtbot, page, "initialization.verify")
    qtbot.waitUntil(lambda: "has changed" in page.file.result.text())


@pytest.mark.parametrize("harm", ["missing", "damaged"])
def test_a_file_that_cannot_be_read_is_told_and_not_exported(varied, show, harm):
    record = the_one(varied, "sinusoid-maml")
    if harm == "missing":
        record.path.unlink()
    else:
        record.path.write_bytes(b"nonsense")
    page = show(varied, record.id)
    assert page.problem.isVisible()
    assert record.path.name in page.problem.text()
    assert not page.export_button.isEnabled()
    assert dict(page.metrics.table.rows())["Test tasks"] == "200"


def test_an_imported_file_has_no_run_to_show(varied, show):
    page = show(varied, the_one(varied, "imported").id)
    for name in ("run", "duplicate", "start"):
        assert not child(page, QPushButton, f"initialization.{name}").isEnabled()
    assert dict(page.origin.table.rows())["Run"] == "not in this catalog"
    assert page.curve.note.text().startswith("Not evaluated yet")


def test_the_buttons_lead_to_run_set_up_and_try_it(qtbot, varied, show):
    record = the_one(varied, "sinusoid-maml")
    page = show(varied, record.id)
    for button, place in (
        ("run", ["live", record.run]),
        ("duplicate", ["setup", record.run]),
        ("try", ["tryit", record.id]),
        ("start", ["setup", f"start:{record.id}"]),
    ):
        with qtbot.waitSignal(varied.navigate) as signal:
            click(qtbot, page, f"initialization.{button}")
        assert signal.args == place


def choice(page, name):
    """An entry of Compare with, by its text."""
    return next(one for one in page.compare_menu.actions() if one.text() == name)


def test_compare_with_leads_to_try_it_with_a_second_start(qtbot, varied, show):
    record, other = the_one(varied, "sinusoid-maml"), the_one(varied, "sinusoid-reptile")
    page = show(varied, record.id)
    with qtbot.waitSignal(varied.navigate) as signal:
        choice(page, "sinusoid-reptile").trigger()
    assert signal.args == ["tryit", f"{record.id}?beside={other.id}"]
    assert record.name not in [one.text() for one in page.compare_menu.actions()]


def test_its_run_is_added_to_compare(qtbot, varied, show):
    record = the_one(varied, "sinusoid-maml")
    page = show(varied, record.id)
    with qtbot.waitSignal(varied.navigate) as signal:
        choice(page, "Its run, on Compare").trigger()
    assert signal.args == ["compare", ""]
    assert compared(varied.settings) == [record.run]


def test_without_another_of_the_same_tasks_its_run_is_left_to_compare(trained, show):
    record = the_one(trained, "really trained")
    page = show(trained, record.id)
    assert [one.text() for one in page.compare_menu.actions()] == ["Its run, on Compare"]


def test_loading_code_is_copied(qtbot, varied, show):
    record = the_one(varied, "sinusoid-maml")
    page = show(varied, record.id)
    click(qtbot, page, "initialization.copy")
    assert QApplication.clipboard().text() == loading_code(str(record.path), {})


@pytest.mark.parametrize("name", ["a.safetensors", "it's.safetensors"])
def test_the_three_lines_are_those_of_the_core(name):
    from core.deploy import loading_code as by_core

    assert loading_code(name, {}) == by_core(name)


@pytest.mark.parametrize("suffix", ["safetensors", "pt"])
def test_export_writes_a_file_that_works_without_the_window(qtbot, trained, show, monkeypatch, tmp_path, suffix):
    page = show(trained, the_one(trained, "really trained").id)
    target = tmp_path / f"taken away.{suffix}"

    def choose(dialog):
        child(dialog, QRadioButton, f"initialization.export.{suffix}").setChecked(True)
        return dialog.DialogCode.Accepted

    monkeypatch.setattr(ExportDialog, "exec", choose)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(target), ""))
    with qtbot.waitSignal(page.exporter.written, timeout=60_000):
        click(qtbot, page, "initialization.export")
    said = trained.messages[-1]
    assert said.text.startswith(f"Written and read back: {target}")
    assert said.action_title == "Copy loading code"
    said.action()
    code = QApplication.clipboard().text()
    given = "import numpy as np\nsupport_x = query_x = np.zeros((5, 1))\nsupport_y = np.ones((5, 1))\n"
    check = "import sys\nassert not [name for name in sys.modules if name.startswith('PySide6')]\n"
    done = subprocess.run([sys.executable, "-c", given + code + check], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_an_export_that_fails_says_why_and_leaves_the_button_ready(qtbot, trained, show, monkeypatch, tmp_path):
    page = show(trained, the_one(trained, "really trained").id)
    monkeypatch.setattr(ExportDialog, "exec", lambda dialog: dialog.DialogCode.Accepted)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(tmp_path / "no" / "x.safetensors"), ""))
    with qtbot.waitSignal(trained.notified, timeout=60_000) as signal:
        page.export()
    assert signal.args[0].kind == "error"
    assert page.export_button.isEnabled()
    assert page.export_button.text() == "Export…"


def test_a_program_is_exported_with_progress_checked_and_can_be_cancelled(qtbot, trained, show, monkeypatch, tmp_path):
    page = show(trained, the_one(trained, "really trained").id)
    target = tmp_path / "program.onnx"

    def choose(dialog):
        steps = child(dialog, QSpinBox, "initialization.export.steps")
        assert not steps.isEnabled()
        child(dialog, QRadioButton, "initialization.export.onnx").setChecked(True)
        assert steps.isEnabled()
        steps.setValue(1)
        return dialog.DialogCode.Accepted

    monkeypatch.setattr(ExportDialog, "exec", choose)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(target), ""))
    click(qtbot, page, "initialization.export")
    strip = page.exporter.strip
    qtbot.waitUntil(strip.isVisible)
    assert not page.export_button.isEnabled()
    with qtbot.waitSignal(trained.notified, timeout=60_000) as signal:
        click(qtbot, page, "initialization.exporting.cancel")
    assert signal.args[0].kind == "info"
    assert "was cancelled; nothing was written" in signal.args[0].text
    assert not list(tmp_path.glob("*.onnx"))
    assert page.export_button.isEnabled()
    assert not strip.isVisible()
    with qtbot.waitSignal(page.exporter.written, timeout=120_000):
        click(qtbot, page, "initialization.export")
        qtbot.waitUntil(lambda: strip.bar.value() > 0, timeout=60_000)
    said = trained.messages[-1]
    assert "agrees with Headstart to" in said.text
    assert "on 4 made-up and 4 real tasks" in said.text
    assert target.is_file()


def test_the_catalog_can_ask_for_the_export_at_once(qtbot, varied, show, monkeypatch):
    asked = []
    monkeypatch.setattr(ExportDialog, "exec", lambda dialog: asked.append(dialog) or dialog.DialogCode.Rejected)
    page = show(varied, the_one(varied, "sinusoid-maml").id + "?export")
    qtbot.waitUntil(lambda: len(asked) == 1)
    assert page.record is not None


def test_the_dialog_says_what_will_be_written(qtbot, varied, show):
    page = show(varied)
    dialog = ExportDialog(shelf.LONG, "6 tensors, 1,761 numbers", page)
    qtbot.addWidget(dialog)
    assert dialog.suffix == ".safetensors"
    assert any("6 tensors, 1,761 numbers" in part.text() for part in dialog.findChildren(type(page.problem)))


MIXTURE = {
    "method": {"kind": "mixture", "components": 3}, "tasks": {"task_type": "classification", "outputs": 5},
    "adaptation": {"steps": 4},
}  # fmt: skip


def test_what_a_format_does_not_take_cannot_be_set_in_the_dialog(qtbot, varied, show, monkeypatch, tmp_path):
    dialog = ExportDialog("a mixture", "6 tensors", show(varied), Offer.of(MIXTURE))
    qtbot.addWidget(dialog)
    fields = [dialog.steps, dialog.ways, dialog.support, dialog.component]

    def chosen(suffix):
        child(dialog, QRadioButton, f"initialization.export.{suffix}").setChecked(True)
        return [field.isEnabled() for field in fields]

    assert chosen("safetensors") == [False, False, False, False]
    assert dialog.wanted() == Wanted()
    assert chosen("onnx") == [True, True, False, False]
    dialog.ways.setValue(3)
    assert dialog.wanted() == Wanted(steps=4, ways=3)
    assert chosen("pt") == [False, False, True, True]
    dialog.component.setCurrentIndex(2)
    assert dialog.wanted() == Wanted(component=2)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a: (str(tmp_path / "known.csv"), ""))
    click(qtbot, dialog, "initialization.export.support.file")
    assert [field.isEnabled() for field in fields] == [True, False, True, False]
    dialog.steps.setValue(2)
    assert dialog.wanted() == Wanted(steps=2, support=tmp_path / "known.csv")


@pytest.mark.parametrize(
    "card", [{}, {"tasks": None, "method": []}, {"tasks": {"task_type": "regression", "outputs": 2}}]
)
def test_a_card_that_says_little_offers_little(qtbot, varied, show, card):
    dialog = ExportDialog("plain", "6 tensors", show(varied), Offer.of(card))
    qtbot.addWidget(dialog)
    assert Offer.of(card) == Offer(10, None, 1)
    child(dialog, QRadioButton, "initialization.export.pt2").setChecked(True)
    assert dialog.wanted() == Wanted(steps=10)


def test_the_network_is_adapted_to_a_table_before_it_is_written(qtbot, trained, show, monkeypatch, tmp_path):
    page, target = show(trained, the_one(trained, "really trained").id), tmp_path / "adapted.pt"
    (tmp_path / "known.csv").write_text("x,y\n-1,0.5\n0,1\n2,-0.5\n")

    def choose(dialog):
        child(dialog, QRadioButton, "initialization.export.pt").setChecked(True)
        dialog.support.setText(str(tmp_path / "known.csv"))
        return dialog.DialogCode.Accepted

    monkeypatch.setattr(ExportDialog, "exec", choose)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(target), ""))
    with qtbot.waitSignal(page.exporter.written, timeout=60_000):
        click(qtbot, page, "initialization.export")
    import torch

    from core.deploy import load

    start, steps = load(page.record.path), Offer.of(page.exporter._card).steps
    wanted = start.adapt([[-1.0], [0.0], [2.0]], [[0.5], [1.0], [-0.5]], steps=steps).state_dict()
    found = torch.load(target, weights_only=True)
    assert all(torch.allclose(found[name], leaf) for name, leaf in wanted.items())


def test_one_that_was_deleted_while_shown_leads_back_to_the_list(qtbot, varied, show):
    record = the_one(varied, "imported")
    page = show(varied, record.id)
    varied.catalog.purge([record.id])
    varied.look()
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.gone)
    click(qtbot, page, "initialization.gone.action")
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.picker)


def test_strange_names_fit(qtbot, varied, show):
    record = the_one(varied, "imported")
    varied.catalog.rename_run(record.id, shelf.LONG.strip()[:300])
    page = show(varied, record.id)
    assert page.width() == 940
    assert page.minimumSizeHint().width() <= 940


def test_reading_back_a_file_of_the_core_needs_no_torch_of_ours(trained):
    found = read_start(the_one(trained, "really trained").path)
    assert found.card["format"] == 1
    assert sum(row.count for row in found.tensors) == 8 + 8 + 8 + 1


def test_what_it_is_worth_comes_from_the_card(show, make_workspace, tmp_path):
    """A run on tables that was really trained and compared."""
    with Catalog.open(tmp_path / "data") as catalog:
        settings = {
            "tasks": {"kind": "life-expectancy"},
            "outer": {"steps": 4, "meta_batch": 4},
            "inner": {"evaluation_steps": 2},
            "evaluation": {"tasks": 30, "validation_tasks": 4, "alternatives": "on"},
            "network": {"kind": "mlp", "hidden": [8]},
        }
        execute(catalog, enqueue(catalog, Experiment.model_validate(settings)).id)
    workspace = make_workspace(Catalog.open(tmp_path / "data"))
    page = show(workspace, workspace.catalog.initializations()[0].id)
    assert page.worth.isVisible()
    table = child(page, QTableWidget, "initialization.worth")
    titles = [table.item(at, 0).text() for at in range(table.rowCount())]
    assert titles[0] == "The learned initialization"
    assert "A curve for all and a shrunk line per task" in titles
    assert table.horizontalHeaderItem(1).text() == "RMSE, and over the std"
    value, _, share = table.item(0, 1).text().partition("  ")
    assert float(share.strip("()")) == pytest.approx(
        float(value) / 12.9, rel=0.05
    )  # years over their standard deviation
    sentence = child(page, QLabel, "initialization.worth.sentence").text()
    assert "life expectancy [years]" in sentence
    assert "does not help" in sentence  # four steps


def test_without_alternatives_nothing_is_said_of_worth(show, trained):
    page = show(trained, trained.catalog.initializations()[0].id)
    assert not page.worth.isVisible()


@pytest.mark.parametrize("worth", [None, 3, {}, {"metric": "loss"}, {"metric": "loss", "loss": 1, "sentence": 2}])
def test_a_card_of_another_version_shows_no_table(worth):
    assert shown(worth, [{"title": "x"}]) is None
