"""Colours by role, for three themes. A widget asks for a role, never for a colour."""

from dataclasses import dataclass

READABLE = 4.5
"""Least contrast of words with their ground (WCAG 2.2, level AA)."""


def luminance(color: str) -> float:
    """Relative luminance of "#RRGGBB" as WCAG defines it, 0 (black) to 1 (white)."""
    parts = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """1 (the same) to 21 (black on white)."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def blend(first: str, second: str, share: float) -> str:
    """share of first, the rest of second."""
    pairs = [(int(first[at : at + 2], 16), int(second[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02X}" for a, b in pairs)


@dataclass(frozen=True)
class Palette:
    """Every colour of one theme. Text roles reach 4.5:1 on window, surface and raised."""

    window: str
    surface: str
    raised: str
    text: str
    muted: str
    accent: str
    on_accent: str
    accent_soft: str
    border: str
    grid: str
    focus: str
    good: str
    good_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    series: tuple[str, ...]

    @property
    def disabled(self) -> str:
        """Words that cannot be acted on: as faint as can still be read on every ground."""
        grounds = (self.window, self.surface, self.raised)
        faint = (blend(self.muted, self.window, share / 100) for share in range(60, 100, 2))
        return next((one for one in faint if all(contrast(one, ground) >= READABLE for ground in grounds)), self.muted)


# Okabe and Ito's eight, darkest first; yellow is deepened where the ground is white.
_ON_WHITE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#3A3F45", "#A89A00")
# Blue is lifted and black becomes near-white where the ground is dark.
_ON_BLACK = ("#4FA8E0", "#EE7B30", "#1DBE91", "#DB93BB", "#EBAD26", "#8ACDF3", "#D5D9DE", "#F0E442")

LIGHT = Palette(
    window="#F5F6F8", surface="#FFFFFF", raised="#FBFBFC", text="#1A1F26", muted="#59636F",
    accent="#1D5FB4", on_accent="#FFFFFF", accent_soft="#E5EEF9", border="#DADFE5", grid="#E9ECF0", focus="#1D5FB4",
    good="#17704A", good_soft="#E2F3EA", warn="#8A5300", warn_soft="#FBF0DC", bad="#B3261E", bad_soft="#FBE7E5",
    series=_ON_WHITE,
)  # fmt: skip

DARK = Palette(
    window="#14171B", surface="#1B1F24", raised="#22272E", text="#E4E8EC", muted="#9BA6B2",
    accent="#82B4F4", on_accent="#0C1828", accent_soft="#22344B", border="#333A44", grid="#282E36", focus="#82B4F4",
    good="#6CCF9E", good_soft="#1B3529", warn="#E6B35C", warn_soft="#3A2E19", bad="#F2908A", bad_soft="#422323",
    series=_ON_BLACK,
)  # fmt: skip

CONTRAST = Palette(
    window="#000000", surface="#000000", raised="#0A0A0A", text="#FFFFFF", muted="#E2E2E2",
    accent="#FFD84D", on_accent="#000000", accent_soft="#2E2700", border="#FFFFFF", grid="#4A4A4A", focus="#FFD84D",
    good="#7CF2B6", good_soft="#00240F", warn="#FFD84D", warn_soft="#2E2700", bad="#FFA09A", bad_soft="#330000",
    series=_ON_BLACK,
)  # fmt: skip

PALETTES = {"light": LIGHT, "dark": DARK, "contrast": CONTRAST}

DASHES: tuple[tuple[float, ...], ...] = (
    (), (7, 3), (2, 2), (9, 3, 2, 3), (5, 2, 1, 2, 1, 2), (12, 4), (4, 4), (1, 3),
)  # fmt: skip
"""Second cue beside a series' colour: dash lengths in pen widths; empty is a solid line."""
