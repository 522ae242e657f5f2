"""Small signs that a style sheet can only take from files: arrows and ticks, one folder a theme.

`python -m app.services.marks` writes them again from the palette.
"""

from pathlib import Path

from app.services.palette import PALETTES, Palette

FOLDER = Path(__file__).parent
_PATHS = {
    "down": ("M3.5 6 L8 10.5 L12.5 6", "muted"),
    "up": ("M3.5 10 L8 5.5 L12.5 10", "muted"),
    "check": ("M3.5 8.5 L6.8 11.8 L12.5 4.8", "on_accent"),
    "minus": ("M4 8 H12", "on_accent"),
}
_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16"><path d="{path}" fill="none" '
    'stroke="{color}" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></svg>\n'
)


def drawings(palette: Palette) -> dict[str, str]:
    """Name -> SVG text in the colours of a palette."""
    return {name: _SVG.format(path=path, color=getattr(palette, role)) for name, (path, role) in _PATHS.items()}


def places(theme: str) -> dict[str, str]:
    """Name -> path of the file, as a style sheet wants it."""
    return {f"mark_{name}": (FOLDER / theme / f"{name}.svg").as_posix() for name in _PATHS}


def write() -> None:
    for theme, palette in PALETTES.items():
        (FOLDER / theme).mkdir(exist_ok=True)
        for name, text in drawings(palette).items():
            (FOLDER / theme / f"{name}.svg").write_text(text)
