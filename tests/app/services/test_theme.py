from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from app.plots.scatter import SYMBOLS
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


@pytest.mark.parametrize("name", THEMES)
def test_eight_series_are_told_apart_without_colour_and_sixty_four_with_it(qapp, name):
    """In black and white: each of the first eight has a dash of its own; then colours and dashes go round apart."""
    theme = Theme(name)
    dashes = [theme.dash(index) for index in range(8)]
    assert len(set(dashes)) == 8
    looks = {(theme.dash(index), theme.series[index % 8].name()) for index in range(64)}
    assert len(looks) == 64


def test_every_symbol_of_a_scatter_is_another():
    assert len(set(SYMBOLS)) == len(PALETTES["light"].series)


def test_the_system_is_followed_until_a_theme_is_chosen(qapp, monkeypatch):
    """The offscreen platform knows no scheme, so that the system is made up; the signal is Qt's own."""
    theme, system = Theme("system", scale=1.15), SimpleNamespace(colorScheme=lambda: Qt.ColorScheme.Light)
    monkeypatch.setattr("app.services.theme.QGuiApplication", SimpleNamespace(styleHints=lambda: system))

    def turns(scheme):
        system.colorScheme = lambda: scheme
        qapp.styleHints().colorSchemeChanged.emit(scheme)
        return theme.name

    assert turns(Qt.ColorScheme.Dark) == "dark"
    assert turns(Qt.ColorScheme.Light) == "light"
    assert turns(Qt.ColorScheme.Dark) == "dark"
    assert theme.size("body") == 15, "the size of the text is a person's own"
    theme.choose("dark")
    assert turns(Qt.ColorScheme.Light) == "dark"


def test_high_contrast_of_the_system_is_followed(qapp, monkeypatch):
    theme = Theme("system")
    monkeypatch.setattr(theme, "_resolved", lambda: "contrast")
    qapp.styleHints().accessibility().contrastPreferenceChanged.emit(Qt.ContrastPreference.HighContrast)
    assert theme.name == "contrast"


@pytest.mark.parametrize(("odd", "pixels"), [(1e9, 26), (-1.0, 10), (0.0, 10)])
def test_text_stays_readable_whatever_the_file_says(qapp, odd, pixels):
    theme = Theme("light")
    theme.choose("light", odd)
    assert theme.font("body").pixelSize() == pixels
