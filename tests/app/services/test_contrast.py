"""Words and signs can be read: every pair of a palette's roles that lie on one another, in all three themes (WCAG 2.2 AA)."""

from itertools import product

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit

from app.forms.look import tone
from app.services.palette import PALETTES, READABLE, blend, contrast
from app.services.sheet import track
from app.services.theme import Theme
from app.widgets import status

THEMES = sorted(PALETTES)
GROUNDS = ("window", "surface", "raised")
WORDS = ("text", "muted", "accent", "good", "warn", "bad", "disabled")
STATES = ("text", "muted", "accent", "good", "warn", "bad")
PAIRS = (
    *product(WORDS, GROUNDS),
    *product(STATES, ("accent_soft",)),  # a selected row, with a state in it; a chip that is checked
    *((role, f"{role}_soft") for role in ("good", "warn", "bad")),
    ("on_accent", "accent"),  # a primary button, selected text, a checked segment
)
SIGNS = (
    *product(("focus", "accent"), (*GROUNDS, "accent_soft")),  # where the focus is, what is checked, a slider's handle
    *product(("muted",), GROUNDS),  # the edge of an empty box
    ("on_accent", "accent"),  # a tick, and the inner ring of a primary button with the focus
)


def hexed(color):
    return color.name().upper()


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(("words", "ground"), PAIRS)
def test_words_reach_four_and_a_half(name, words, ground):
    palette = PALETTES[name]
    assert contrast(getattr(palette, words), getattr(palette, ground)) >= READABLE


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(("sign", "ground"), SIGNS)
def test_signs_and_focus_reach_three(name, sign, ground):
    palette = PALETTES[name]
    assert contrast(getattr(palette, sign), getattr(palette, ground)) >= 3


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("state", sorted(status._LOOK))
def test_every_status_can_be_read_on_its_pill(name, state):
    role = status.look(state)[2]
    palette = PALETTES[name]
    assert contrast(getattr(palette, role), getattr(palette, status._GROUND[role])) >= READABLE


@pytest.mark.parametrize("name", THEMES)
def test_what_the_mouse_is_over_can_be_read(name):
    palette = PALETTES[name]
    assert contrast(palette.text, blend(palette.text, palette.surface, 0.07)) >= READABLE
    assert contrast(palette.on_accent, blend(palette.accent, palette.text, 0.86)) >= READABLE


@pytest.mark.parametrize("name", THEMES)
def test_cards_and_steps_that_are_chosen_can_be_read(qapp, name):
    """They are painted in tones of the application's palette."""
    palette = Theme(name).qt_palette()
    for words in ("text", "muted", "accent"):
        assert contrast(hexed(tone(palette, words)), hexed(tone(palette, "soft"))) >= READABLE


@pytest.mark.parametrize("name", THEMES)
def test_placeholders_and_disabled_fields_can_be_read_as_they_are_drawn(qtbot, name):
    """A style sheet that names a text colour makes the placeholder half as strong, unless it is named too."""
    Theme(name).apply()
    for field in (QLineEdit(), QPlainTextEdit(), QComboBox()):
        qtbot.addWidget(field)
        field.ensurePolished()
        drawn = field.palette()
        assert drawn.color(QPalette.ColorRole.PlaceholderText).alpha() == 255
        assert contrast(hexed(drawn.color(QPalette.ColorRole.PlaceholderText)), PALETTES[name].surface) >= READABLE
        field.setEnabled(False)
        field.ensurePolished()
        shown = field.palette().color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
        assert contrast(hexed(shown), PALETTES[name].window) >= READABLE


@pytest.mark.parametrize("name", THEMES)
def test_names_of_all_series_can_be_read_and_numbers_on_every_shade_of_a_heat_map(qapp, name):
    theme = Theme(name)
    assert min(contrast(hexed(theme.series_text(at)), hexed(theme.surface)) for at in range(8)) >= READABLE
    for share in range(0, 101, 5):
        ground = blend(hexed(theme.series[0]), hexed(theme.grid), share / 100)
        assert max(contrast(ground, "#000000"), contrast(ground, "#FFFFFF")) >= READABLE


@pytest.mark.parametrize("name", THEMES)
def test_a_grid_is_fainter_than_every_curve(qapp, name):
    theme = Theme(name)
    grid = contrast(hexed(theme.grid_line), hexed(theme.surface))
    assert 1.1 < grid < min(contrast(color, hexed(theme.surface)) for color in theme.palette.series)


@pytest.mark.parametrize("name", THEMES)
def test_how_far_a_bar_is_filled_can_be_seen(name):
    assert contrast(PALETTES[name].accent, track(name)) >= 3
