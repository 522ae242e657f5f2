"""The look: palette roles, type scale and the grid of four, for light, dark and high contrast."""

from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette, QPen
from PySide6.QtWidgets import QApplication

from .palette import DASHES, PALETTES, Palette
from .sheet import stylesheet

_FAMILIES = ("Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "Cantarell", "Ubuntu", "DejaVu Sans")
_MONO = ("JetBrains Mono", "SF Mono", "Cascadia Mono", "Noto Sans Mono", "DejaVu Sans Mono")
_SIZES = {"title": 22, "heading": 15, "body": 13, "small": 12}


def spacing(steps: int) -> int:
    """Pixels of so many steps of the grid of four."""
    return 4 * steps


def ensure_fonts() -> None:
    """On a machine without a single font: the ones that matplotlib brings, so that text is not boxes."""
    found = find_spec("matplotlib")
    if QFontDatabase.families() or found is None or found.origin is None:
        return
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    for name in ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono"):
        QFontDatabase.addApplicationFont(str(folder / f"{name}.ttf"))


@cache
def _first_installed(families: tuple[str, ...]) -> str:
    installed = set(QFontDatabase.families())
    return next((family for family in families if family in installed), QGuiApplication.font().family())


_SMALLEST, _LARGEST = 0.75, 2.0
"""Of the text, whatever a file says."""


class Theme(QObject):
    """Role names as QColor attributes; `changed` after every switch, so that painted widgets redraw."""

    changed = Signal()

    window: QColor
    surface: QColor
    raised: QColor
    text: QColor
    muted: QColor
    accent: QColor
    on_accent: QColor
    accent_soft: QColor
    border: QColor
    grid: QColor
    focus: QColor
    good: QColor
    good_soft: QColor
    warn: QColor
    warn_soft: QColor
    bad: QColor
    bad_soft: QColor
    series: list[QColor]

    def __init__(self, choice: str = "system", scale: float = 1.0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice = choice
        self._scale = scale
        self._name = self._resolved()
        self._read()
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._system_changed)
        if hasattr(hints, "accessibility"):  # from Qt 6.10
            hints.accessibility().contrastPreferenceChanged.connect(self._system_changed)

    @property
    def name(self) -> str:
        """ "light", "dark" or "contrast": what is shown, whatever "system" stands for."""
        return self._name

    @property
    def choice(self) -> str:
        return self._choice

    @property
    def palette(self) -> Palette:
        return PALETTES[self._name]

    def choose(self, choice: str, scale: float | None = None) -> None:
        """Show "system", "light", "dark" or "contrast"; scale: text size, 1.0 is normal."""
        self._choice = choice
        self._scale = self._scale if scale is None else min(max(scale, _SMALLEST), _LARGEST)
        self._name = self._resolved()
        self._read()
        self.apply()
        self.changed.emit()

    def color(self, role: str) -> QColor:
        return QColor(getattr(self.palette, role))

    def dash(self, index: int) -> tuple[float, ...]:
        turn = index // len(DASHES)  # after eight the dashes move on, so that 64 styles differ
        return DASHES[(index + turn) % len(DASHES)]

    @property
    def grid_line(self) -> QColor:
        """Lines across a plot: seen, and fainter than any curve. In high contrast the border is as bright as the text."""
        return self.grid if self._name == "contrast" else mixed(self.grid, self.border, 0.75)

    def series_text(self, index: int) -> QColor:
        """Colour of words that belong to series `index`: dark enough (light enough) to be read at 4.5:1."""
        return mixed(self.series[index % len(self.series)], self.text, 0.6)

    def series_pen(self, index: int, width: float = 1.0) -> QPen:
        """Colour and dash that belong to series `index`, for ever."""
        return dashed(self.series[index % len(self.series)], self.dash(index), width)

    @property
    def is_large(self) -> bool:
        """Whether text is so large that what fits side by side in normal text may not."""
        return self._scale > 1.15

    def spacing(self, steps: int) -> int:
        return spacing(steps)

    def size(self, role: str) -> int:
        """Pixels of "title", "heading", "body" or "small"."""
        return round(_SIZES[role] * self._scale)

    def font(self, role: str = "body") -> QFont:
        """role: title, heading, body, small or mono."""
        font = QFont(_first_installed(_MONO if role == "mono" else _FAMILIES))
        font.setPixelSize(self.size("body" if role == "mono" else role))
        if role in ("title", "heading"):
            font.setWeight(QFont.Weight.DemiBold)
        return font

    def apply(self) -> None:
        """Give style, palette, font and style sheet to the application."""
        application = QApplication.instance()
        if not isinstance(application, QApplication):
            return
        if application.style().objectName() != "fusion":
            application.setStyle("Fusion")
        application.setPalette(self.qt_palette())
        application.setFont(self.font())
        application.setStyleSheet(stylesheet(self._name, {role: self.size(role) for role in _SIZES}))

    def qt_palette(self) -> QPalette:
        """The roles as Qt names them."""
        roles, groups = QPalette.ColorRole, QPalette.ColorGroup
        palette = QPalette()
        for names, color in (
            ((roles.Window, roles.AlternateBase, roles.Button), self.window),
            ((roles.Base,), self.surface),
            ((roles.ToolTipBase, roles.Light, roles.Midlight), self.raised),
            ((roles.WindowText, roles.Text, roles.ButtonText, roles.ToolTipText, roles.BrightText), self.text),
            ((roles.PlaceholderText,), self.muted),
            ((roles.Highlight, roles.Link, roles.LinkVisited, roles.Accent), self.accent),
            ((roles.HighlightedText,), self.on_accent),
            ((roles.Mid, roles.Dark, roles.Shadow), self.border),
        ):
            for name in names:
                palette.setColor(name, color)
        for name in (roles.WindowText, roles.Text, roles.ButtonText):
            palette.setColor(groups.Disabled, name, QColor(self.palette.disabled))
        return palette

    def _read(self) -> None:
        for role, value in vars(self.palette).items():
            if role != "series":
                setattr(self, role, QColor(value))
        self.series = [QColor(value) for value in self.palette.series]

    def _resolved(self) -> str:
        if self._choice in PALETTES:
            return self._choice
        hints = QGuiApplication.styleHints()
        accessibility = getattr(hints, "accessibility", None)  # from Qt 6.10
        if accessibility and accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
            return "contrast"
        return "dark" if hints.colorScheme() == Qt.ColorScheme.Dark else "light"

    @Slot()
    def _system_changed(self) -> None:
        if self._choice == "system" and self._resolved() != self._name:
            self.choose("system")


def mixed(first: QColor, second: QColor, share: float) -> QColor:
    """share of first, the rest of second."""
    parts = (
        round(a * share + b * (1 - share))
        for a, b in zip(first.getRgb(), second.getRgb(), strict=True)  # type: ignore[arg-type]
    )
    return QColor(*parts)


def faded(color: QColor, alpha: int) -> QColor:
    """The same colour, alpha of 255."""
    return QColor(color.red(), color.green(), color.blue(), alpha)


def dashed(color: QColor, dash: Iterable[float], width: float = 1.0) -> QPen:
    """A cosmetic pen; dash lengths in pen widths, empty is solid."""
    pen = QPen(color, width)
    pen.setCosmetic(True)
    if lengths := list(dash):
        pen.setDashPattern(lengths)
    return pen
