"""Roles of the style sheet and of the palette, for widgets that know nothing of the program."""

from PySide6.QtGui import QColor, QPalette

from app.services.theme import mixed

GRID = 4
FORM_STYLE = """
QLineEdit[state="bad"]:focus { border: 2px solid palette(highlight); padding: 3px 7px; }
"""
"""Where the focus is stays visible on a field that has a problem."""
SEGMENT_STYLE = """
QPushButton { padding: 4px 9px; border-radius: 0px; margin: 0px; }
QPushButton:focus { padding: 3px 8px; }
QPushButton:checked { background: palette(highlight); color: palette(highlighted-text);
    border-color: palette(highlight); }
QPushButton[segment="first"], QPushButton[segment="only"] {
    border-top-left-radius: 6px; border-bottom-left-radius: 6px; }
QPushButton[segment="last"], QPushButton[segment="only"] {
    border-top-right-radius: 6px; border-bottom-right-radius: 6px; }
QPushButton[segment="middle"], QPushButton[segment="last"] { border-left: none; }
QPushButton[segment="middle"]:focus, QPushButton[segment="last"]:focus { border: 2px solid palette(highlight); }
QPushButton[segment]:checked:focus { border: 4px double palette(highlighted-text); padding: 1px 6px; }
"""


def space(units: int) -> int:
    """Pixels of a distance on the grid."""
    return GRID * units


def tone(palette: QPalette, role: str) -> QColor:
    """The palette's colour of a role, for painting: text, muted, faint, surface, soft, accent, on_accent, border."""
    text, base = palette.text().color(), palette.base().color()
    accent = palette.highlight().color()
    return {
        "text": text,
        "muted": palette.placeholderText().color(),
        "faint": mixed(text, base, 0.10),
        "surface": base,
        "soft": mixed(accent, base, 0.12),
        "accent": accent,
        "on_accent": palette.highlightedText().color(),
        "border": palette.mid().color(),
    }[role]
