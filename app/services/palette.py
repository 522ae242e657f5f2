"""Colours by role, for three themes. A widget asks for a role, never for a colour."""

from dataclasses import dataclass


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
