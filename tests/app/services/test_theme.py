import pytest
from PySide6.QtGui import QColor

from app.services.marks import FOLDER, drawings
from app.services.palette import PALETTES, contrast
from app.services.theme import Theme

THEMES = sorted(PALETTES)


@pytest.mark.parametrize("theme", THEMES)
def test_lines_of_all_series_stand_out_from_the_surface(qapp, theme):
    palette = PALETTES[theme]
    assert min(contrast(color, palette.surface) for color in palette.series) >= 2.0


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
