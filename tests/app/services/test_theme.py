import pytest
from PySide6.QtGui import QColor

from app.services.marks import FOLDER, drawings
from app.services.palette import PALETTES
from app.services.theme import Theme

THEMES = sorted(PALETTES)


def luminance(color):
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in QColor(color).getRgbF()[:3]
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(first, second):
    """WCAG 2: (lighter + 0.05) / (darker + 0.05)."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("role", ["text", "muted", "accent", "good", "warn", "bad"])
@pytest.mark.parametrize("ground", ["window", "surface", "raised"])
def test_text_can_be_read_on_every_ground(qapp, theme, role, ground):
    palette = PALETTES[theme]
    assert contrast(getattr(palette, role), getattr(palette, ground)) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("role", ["accent", "good", "warn", "bad"])
def test_words_can_be_read_on_their_soft_ground(qapp, theme, role):
    palette = PALETTES[theme]
    assert contrast(getattr(palette, role), getattr(palette, f"{role}_soft")) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_lines_of_all_series_stand_out_from_the_surface(qapp, theme):
    palette = PALETTES[theme]
    assert min(contrast(color, palette.surface) for color in palette.series) >= 2.0


@pytest.mark.parametrize("theme", THEMES)
def test_a_primary_button_can_be_read(qapp, theme):
    assert contrast(PALETTES[theme].on_accent, PALETTES[theme].accent) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_the_signs_of_the_style_sheet_have_the_palettes_colours(theme):
    for name, text in drawings(PALETTES[theme]).items():
        assert (FOLDER / theme / f"{name}.svg").read_text() == text, "python -m app.services.marks"


def test_every_switch_is_told_once(qtbot):
    theme = Theme("light")
    with qtbot.waitSignal(theme.changed):
        theme.choose("dark")
    assert theme.name == "dark"
    assert theme.text == QColor(PALETTES["dark"].text)


def test_a_larger_text_size_reaches_every_role(qapp):
    theme = Theme("light", scale=1.5)
    assert theme.font("body").pixelSize() == 20
    assert theme.font("title").pixelSize() > theme.font("heading").pixelSize() > theme.font("body").pixelSize()


def test_each_series_has_its_own_colour_and_dash(qapp):
    theme = Theme("light")
    looks = {(theme.series_pen(i).color().name(), tuple(theme.series_pen(i).dashPattern())) for i in range(8)}
    assert len(looks) == 8


@pytest.mark.parametrize("name", THEMES)
def test_names_at_the_ends_of_lines_can_be_read(qapp, name):
    theme = Theme(name)
    assert min(contrast(theme.series_text(index), theme.surface) for index in range(8)) >= 4.5


@pytest.mark.parametrize("name", THEMES)
def test_where_the_focus_is_stands_out(qapp, name):
    """3:1 of the ring against what it lies on, and against the button that has it."""
    palette = PALETTES[name]
    assert min(contrast(palette.focus, getattr(palette, ground)) for ground in ("window", "surface", "raised")) >= 3
    assert contrast(palette.on_accent, palette.accent) >= 3


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("role", ["text", "muted"])
def test_a_selected_row_can_be_read(qapp, name, role):
    assert contrast(getattr(PALETTES[name], role), PALETTES[name].accent_soft) >= 4.5
