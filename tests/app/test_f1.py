"""F1: whatever has the focus is explained, from the pages that Help shows."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QPushButton, QWidget

from app.forms import Form, specs
from app.forms.seeds import SEEDS
from app.frame.places import PLACES
from app.pages.help.reader import Reader
from app.pages.help.topics import find, topics
from app.widgets.explained import topic_of
from core.config import Experiment, kinds
from core.methods.registry import METHODS
from core.nets.registry import NETWORKS
from core.tasks.registry import TASKS

Key = Qt.Key
MODELS = [
    *(("", Experiment, "run"),),
    *((section, model, kind) for section in ("tasks", "network", "method") for kind, model in kinds(section).items()),
    *(
        (section, Experiment.model_fields[section].annotation, section)
        for section in ("subset", "inner", "outer", "evaluation", "engine")
    ),
]
REGISTRIES = {"tasks": TASKS, "network": NETWORKS, "method": METHODS}


@pytest.fixture(scope="module")
def texts():
    return {topic.name: topic.text for topic in topics()}


@pytest.mark.parametrize(("section", "model", "kind"), MODELS, ids=[f"{section} {kind}" for section, _, kind in MODELS])
def test_every_field_of_every_form_leads_to_its_own_paragraph(qtbot, texts, section, model, kind):
    fields = specs(model, section) if section else (*specs(Experiment), SEEDS)
    if not fields:
        return
    of = kind if section in REGISTRIES else ""
    form = Form(fields, page="setup", name=section or "run", kind=of)
    qtbot.addWidget(form)
    for key, row in form.rows.items():
        name, mark = find(topic_of(row.field, "setup"))
        assert (name, mark.rpartition("/")[2]) == ("settings", key)
        under = f"## {mark.rpartition('/')[0]}\n" if "/" in mark else ""
        paragraph = texts[name].partition(under)[2] if under else texts[name]
        assert paragraph.split(f"`{key}`\n\n")[1].startswith(row.spec.sentence), key
        assert row.field.accessibleName(), key
        assert row.field.accessibleDescription() or not row.spec.sentence, key


@pytest.mark.parametrize("section", REGISTRIES)
def test_every_card_leads_to_what_is_said_of_it(qtbot, space, texts, section):
    reader = Reader(space.theme)
    qtbot.addWidget(reader)
    shown = ""
    for kind, entry in REGISTRIES[section].items():
        name, mark = find(f"{section}.kind.{kind}")
        assert mark == entry.title
        if name != shown:
            reader.show_text(texts[name])
            shown = name
        reader.setExtraSelections([])
        reader.show_key(mark)
        assert [one.cursor.block().text() for one in reader.extraSelections()] == [entry.title], kind


def test_whatever_can_have_the_focus_on_any_page_is_explained(qtbot, window):
    """No page falls back on the first page of the help, and no setting on its section."""
    pages = {topic.name for topic in topics()}
    for entry in PLACES:
        window.go(entry.name)
        page = window.stack.currentWidget()
        for widget in page.findChildren(QWidget):
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                topic, _ = find(topic_of(widget, entry.name))
                assert topic in pages
                assert topic != "what" or entry.name == "help", f"{entry.name}: {widget.objectName()}"


WIDGETS = [
    ("setup", "setup.inner.steps", "settings", "Steps inner.steps"),
    ("setup", "setup.seeds", "settings", "Seeds seeds"),
    ("setup", "setup.method.kind.maml", "methods", "MAML"),
    ("setup", "setup.tasks.kind.sinusoid", "tasks", "Sinusoid"),
    ("setup", "setup.subset.tree", "what-adapts", ""),
    ("setup", "setup.go.outer", "loops", ""),
    ("home", "home.example", "first-steps", ""),
    ("catalog", "catalog.runs.filter", "catalog", ""),
    ("settings", "settings.scale", "window", ""),
    ("settings", "settings.folder.change", "window", ""),
]


def test_f1_opens_it_and_alt_left_leads_back_to_the_field(qtbot, window):
    help_page = None
    for page, name, topic, mark in WIDGETS:
        window.go(page)
        widget = window.findChild(QWidget, name)
        assert widget is not None, name
        qtbot.waitUntil(lambda widget=widget: widget.isVisible(), timeout=30_000)  # the tree comes with the first look
        widget.setFocus()
        qtbot.keyClick(QApplication.focusWidget(), Key.Key_F1)
        assert window.place == "help", name
        help_page = help_page or window.pages["help"]
        assert help_page.topic == topic, name
        marked = [one.cursor.block().text() for one in help_page.reader.extraSelections()]
        assert marked == ([mark] if mark else []), name
        qtbot.keyClick(QApplication.focusWidget(), Key.Key_Left, Qt.KeyboardModifier.AltModifier)
        assert window.place == page
        focused = QApplication.focusWidget()
        assert focused is widget or widget.isAncestorOf(focused) or focused is widget.focusProxy(), name


def test_f1_in_a_dialog_explains_without_leaving_it(qtbot, window):
    window.go("setup")
    dialog = window.pages["setup"].add_own()
    qtbot.waitUntil(dialog.isActiveWindow)
    line = dialog.findChild(QLineEdit, "importing.path")
    line.setFocus()
    qtbot.keyClick(line, Key.Key_F1)
    aside = dialog.findChild(QDialog, "help.aside")
    assert aside.isVisible()
    assert "Your own pictures" in aside.reader.toPlainText()
    qtbot.mouseClick(aside.findChild(QPushButton, "help.aside.close"), Qt.MouseButton.LeftButton)
    assert dialog.isVisible()
    assert window.place == "setup"
    dialog.close()
