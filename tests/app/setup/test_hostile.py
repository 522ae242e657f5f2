"""What nobody means, typed into every field: the page names it in one short sentence and goes on."""

import time

import pytest
from PySide6.QtWidgets import QApplication

from app.forms import specs
from app.forms.lines import LineField
from app.forms.seeds import SEEDS
from app.forms.words import complaint, from_text, to_text
from app.pages.setup.draft import Draft
from app.pages.setup.review_step import command_line
from core.config import Experiment, kinds, settings_class
from core.config.experiment import Evaluation, Inner, Outer, Subset

ABSURD = (
    "", " ", "nan", "inf", "-inf", "1e400", "-1", "9" * 40, "9" * 5000, "1e308", "1e-320", "٣", "0x10", "½", "1,5", "1.5.2",
    "x" * 3000, "💥", "\u202eabc", "a\x00b", "[1]", "{}", "/dev/null/x", "1e9, 1e9", "nan, nan", "inf, 1", "**[!", '"',
)  # fmt: skip
MODELS = [
    Experiment, Inner, Outer, Subset, Evaluation,
    *(settings_class(section, kind) for section in ("tasks", "method", "network") for kind in kinds(section)),
]  # fmt: skip


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_reads_every_text_and_says_what_is_wrong_in_one_short_line(model):
    for spec in [*specs(model), SEEDS]:
        for text in ABSURD:
            value = from_text(spec, text)
            shown = to_text(spec, value)
            assert isinstance(shown, str)
            said = complaint(spec, value)
            assert len(said) < 250, (spec.key, text[:20], said[:300])
            assert "\n" not in said, (spec.key, text[:20])


@pytest.mark.parametrize("text", ["nan", "inf", "1e308", "9" * 40, "x" * 3000])
def test_the_page_shows_it_says_why_it_cannot_run_and_takes_it_back(qtbot, page, text):
    clipboard = QApplication.clipboard()
    fields = [field for field in page.findChildren(LineField) if not field.isHidden() and field.isEnabled()]
    assert len(fields) > 12
    for field in fields:
        clipboard.setText(text)
        field.selectAll()
        field.paste()
        blocking = page.desk.view.blocking
        assert page.summary.reason.isHidden() != bool(blocking), field.objectName()
        assert page.summary.run_button.isEnabled() != bool(blocking), field.objectName()
        while page.desk.draft.can_undo:
            page.desk.undo()
    assert page.desk.view.blocking == ()


def test_a_million_seeds_are_refused_at_once(page):
    begun = time.perf_counter()
    page.desk.set("seeds", 10_000_000)
    assert time.perf_counter() - begun < 2, "nobody writes ten million command lines"
    assert page.summary.reason.text() == "✕ Cannot run: Seeds is 10000000; it must be a whole number from 1 to 100."


def test_the_command_line_has_a_line_for_each_seed():
    draft = Draft()
    assert "\n" not in command_line(draft, draft.experiment())
    draft.set("seeds", 3)
    lines = command_line(draft, draft.experiment()).splitlines()
    assert [line.rpartition(" ")[2] for line in lines] == ["0", "1", "2"]


ODD_FILES = [
    "tasks = 5", "network = [1, 2]", "method = 'maml'", "[tasks]\nkind = 5", "[tasks]\nkind = ['sinusoid']", "[method]\nkind = ''",
    "[tasks]\nkind = 'no such tasks'", "[network]\nkind = {a = 1}", "name = 7", "seed = 'x'", "seed = 1979-05-27", "inner = true",
    "[inner]\nsteps = [1, [2]]", "[inner]\nsteps = {a = 1}", "[inner]\nlearning_rate = nan", "[inner]\nlearning_rate = -inf",
    "[subset]\nadapt = 'head.*'", "[subset]\nadapt = [1, 2]", "[subset]\nadapt = [[]]", "[subset]\nfreeze = {}",
    "[network]\nhidden = 'x'",
    "[network]\nhidden = [nan]", "[outer]\nsteps = 99999999999999999999", "[engine]\ndevice = []", "[[outer]]\nsteps = 1", "'' = 1",
    "[tasks.kind.deeper]\na = 1", "seeds = 5", "[evaluation]\ntasks = 07:32:00", "",
    "[method]\nkind = 'leo'\n[tasks]\nkind = 'sinusoid'",
]  # fmt: skip


@pytest.mark.parametrize("text", ODD_FILES)
def test_an_odd_experiment_file_is_shown_with_its_problems_or_told(page, empty, tmp_path, text):
    path = tmp_path / "odd.toml"
    path.write_text(text)
    page.exchange.load_file(path)
    blocking = page.desk.view.blocking
    assert page.summary.run_button.isEnabled() != bool(blocking)
    assert all(len(problem.sentence) < 300 for problem in blocking)
    while page.desk.draft.can_undo:
        page.desk.undo()
    assert page.desk.view.blocking == ()
