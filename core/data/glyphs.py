"""Glyphs: few-shot classification on a fresh machine, out of the fonts that matplotlib ships.

A class is a character that at least `FACES` faces have; characters that any face draws alike (Latin A, Greek Alpha,
Cyrillic A) are one class. A sample is one of the class's distinct drawings under a random affine warp that is drawn
once, from a fixed seed: the set is a constant for given font files and FreeType. This is type with a warp, not
handwriting: strokes do not vary as a hand varies them. The warp is as strong as makes the nearest raw-pixel neighbour
(cosine, 5-way 1-shot) right about as often as on Omniglot, 52 %.
"""

import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.errors import MissingData

from .pictures import Pictures, Progress, Split, cached, silent

VERSION = 1
FACES = 8
SAMPLES = 20
SIZE = 28
WARP = 0.65
SOURCE = (
    "characters of the fonts that matplotlib ships (DejaVu, STIX, Computer Modern), a sample being one face under one "
    "fixed random affine warp; faces repeat under other warps: type, not handwriting"
)
_CANVAS = 2 * SIZE
_EM = 48
_SMALLEST = 0.3  # of an em: full stops and accents have too few of 28 x 28 pixels to be told apart
_LEAST_CLASSES = 1000
_CLOSE = 79  # matplotlib.path.Path.CLOSEPOLY: its vertex is no point of the outline
# Not drawn alone, or without a shape: controls, format, private use, unassigned, spaces, combining marks.
_SHAPELESS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp", "Mn", "Mc", "Me"})
_REPLACEMENT = 0xFFFD
# STIX's size variants repeat brackets, its NonUni faces sit in the private area; LastResort draws placeholders; cmsy10
# and cmex10 hold calligraphic capitals and pieces of brackets at the code points of letters.
_PATTERNS = (
    "DejaVu*.ttf",
    "STIXGeneral*.ttf",
    "cmb10.ttf",
    "cmr10.ttf",
    "cmss10.ttf",
    "cmti10.ttf",
    "cmtt10.ttf",
    "cmmi10.ttf",
)


class Drawing(NamedTuple):
    """One character in one face; outline: the same bytes for the same shape, wherever it stands; extent: its longer
    side in em."""

    face: Path
    character: int
    outline: bytes
    extent: float


def load(data_folder: Path, progress: Progress = silent) -> Pictures:
    """All classes, `SAMPLES` pictures each. Raises MissingData where matplotlib's fonts are not there."""
    faces = _faces()
    return cached(data_folder, f"glyphs-{_key(faces)}", lambda: _make(faces, progress))


def split(pictures: Pictures) -> Split:
    """70 / 10 / 20 % by a hash of the class's first character: a character stays where it is whatever else there is."""
    place = np.array([_place(name) for name in pictures.names])
    parts = (place < 0.7, (place >= 0.7) & (place < 0.8), place >= 0.8)
    return Split(*(np.flatnonzero(part) for part in parts))


def _place(name: str) -> float:
    code = name.split()[0]
    return int.from_bytes(hashlib.blake2b(code.encode(), digest_size=4).digest(), "big") / 2**32


def _faces() -> list[Path]:
    import matplotlib as mpl

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    faces = sorted(face for pattern in _PATTERNS for face in folder.glob(pattern))
    if len(faces) < FACES:
        raise MissingData(
            f"glyphs are drawn from matplotlib's fonts, but {folder} holds {len(faces)}; reinstall matplotlib"
        )
    return faces


def _key(faces: list[Path]) -> str:
    """[16 hex digits] of the fonts' bytes, FreeType's version and this file's."""
    from PIL import features

    seen = hashlib.blake2b(f"{VERSION} {WARP} {features.version('freetype2')}".encode(), digest_size=8)
    for face in faces:
        seen.update(hashlib.blake2b(face.read_bytes()).digest())
    return seen.hexdigest()


def _make(faces: list[Path], progress: Progress) -> Pictures:
    progress("reading fonts", 0.0)
    classes = _classes(_drawings(faces))
    if len(classes) < _LEAST_CLASSES:
        raise MissingData(f"matplotlib's fonts hold only {len(classes)} usable characters; reinstall matplotlib")
    warps = _warps(len(classes) * SAMPLES).reshape(len(classes), SAMPLES, 6)
    images = np.empty((len(classes), SAMPLES, SIZE, SIZE, 1), np.uint8)
    for index, drawings in enumerate(classes):
        if index % 100 == 0:
            progress("drawing glyphs", index / len(classes))
        images[index, ..., 0] = _samples(drawings, warps[index])
    names = tuple(_name(drawings) for drawings in classes)
    return Pictures(images.reshape(-1, SIZE, SIZE, 1), np.full(len(classes), SAMPLES), names)


def _name(drawings: list[Drawing]) -> str:
    code = min(drawing.character for drawing in drawings)
    return f"U+{code:04X} {unicodedata.name(chr(code), '').lower()}".rstrip()


def _drawings(faces: list[Path]) -> list[Drawing]:
    """Every drawing of every character that at least `FACES` faces have."""
    from matplotlib.ft2font import FT2Font

    fonts = {face: FT2Font(str(face)) for face in faces}
    maps = {face: _characters(face, font) for face, font in fonts.items()}
    spread = Counter(character for glyphs in maps.values() for character in glyphs)
    drawings = []
    for face, glyphs in maps.items():
        outline = cache(partial(_outline, fonts[face]))  # several characters may share a glyph
        for character, glyph in glyphs.items():
            if spread[character] >= FACES and (shape := outline(glyph)) is not None:
                drawings.append(Drawing(face, character, *shape))
    return drawings


def _characters(face: Path, font: Any) -> dict[int, int]:
    """Glyph numbers by character, without what has no shape of its own or stands for what is missing.

    The Computer Modern files map glyphs to the places that TeX gives them ("Gamma" at U+00A1): of these only what
    the glyph's own name confirms is taken, that is ASCII letters and a few signs.
    """
    glyphs = {c: g for c, g in font.get_charmap().items() if unicodedata.category(chr(c)) not in _SHAPELESS}
    glyphs.pop(_REPLACEMENT, None)
    if face.name.startswith("cm"):
        return {c: g for c, g in glyphs.items() if chr(c).isascii() and font.get_glyph_name(g) == chr(c)}
    return glyphs


def _outline(font: Any, glyph: int) -> tuple[bytes, float] | None:
    """The outline moved to the origin, and its longer side in em; None for a blank glyph."""
    font.load_glyph(glyph, flags=_no_scale())
    vertices, codes = font.get_path()
    drawn = codes != _CLOSE
    if not drawn.any():
        return None
    moved = vertices[drawn] - vertices[drawn].min(0)
    return moved.tobytes() + codes.tobytes(), float(moved.max()) * 64 / font.units_per_EM


def _no_scale() -> Any:
    """matplotlib 3.10 made an enumeration of what were plain numbers."""
    from matplotlib import ft2font

    known: dict[str, Any] = vars(ft2font)
    return known["LoadFlags"].NO_SCALE if "LoadFlags" in known else known["LOAD_NO_SCALE"]


def _classes(drawings: list[Drawing]) -> list[list[Drawing]]:
    """Distinct drawings by class, classes in the order of their first character. Characters with an outline in common
    are one class, also over a third."""
    first: dict[bytes, int] = {}
    parent = {drawing.character: drawing.character for drawing in drawings}

    def root(character: int) -> int:
        while parent[character] != character:
            parent[character] = character = parent[parent[character]]
        return character

    for drawing in drawings:
        other = first.setdefault(drawing.outline, drawing.character)
        low, high = sorted((root(other), root(drawing.character)))
        parent[high] = low
    classes: dict[int, dict[bytes, Drawing]] = defaultdict(dict)
    for drawing in drawings:
        classes[root(drawing.character)].setdefault(drawing.outline, drawing)
    return [list(distinct.values()) for _, distinct in sorted(classes.items()) if _usable(distinct.values())]


def _usable(distinct: Collection[Drawing]) -> bool:
    return len(distinct) >= FACES and max(drawing.extent for drawing in distinct) >= _SMALLEST


def _warps(count: int) -> NDArray[np.float64]:
    """Coefficients of random affine maps [count, 6], from places of the sample to places of the drawing, as PIL takes
    them: rotation, shear, two scales and a shift, all uniform and symmetric, about the middle."""
    u = np.random.default_rng(VERSION).uniform(-WARP, WARP, (count, 6))
    cosine, sine = np.cos(0.5 * u[:, 0]), np.sin(0.5 * u[:, 0])
    rotation = np.stack([cosine, -sine, sine, cosine], -1).reshape(-1, 2, 2)
    shear = np.zeros_like(rotation) + np.eye(2)
    shear[:, 0, 1] = 0.5 * u[:, 1]
    scale = np.exp(0.3 * u[:, 2:4])[:, None, :]
    back = np.linalg.inv(rotation @ shear * scale) * (_CANVAS / SIZE)
    shift = _CANVAS / 2 - (back @ (SIZE / 2 + 3 * u[:, 4:])[..., None])[..., 0]
    return np.concatenate([back, shift[..., None]], -1).reshape(count, 6)


def _samples(drawings: list[Drawing], warps: NDArray[np.float64]) -> NDArray[np.uint8]:
    """[samples, SIZE, SIZE], each with its own warp: the drawings in turn, or evenly picked where there are more."""
    from PIL import Image

    most = max(SAMPLES, len(drawings))
    picked = [drawings[i * most // SAMPLES % len(drawings)] for i in range(SAMPLES)]
    canvases = {drawing: _canvas(drawing) for drawing in set(picked)}
    bilinear, affine = Image.Resampling.BILINEAR, Image.Transform.AFFINE
    turned = (
        canvases[d].transform((SIZE, SIZE), affine, tuple(w), bilinear) for d, w in zip(picked, warps, strict=True)
    )
    return np.stack([np.asarray(sample) for sample in turned])


def _canvas(drawing: Drawing) -> Any:
    """The character in the middle of a canvas of twice the size; what is wider than it is made smaller."""
    from PIL import Image, ImageDraw

    font, text = _font(drawing.face), chr(drawing.character)
    left, top, right, bottom = font.getbbox(text)
    width, height = right - left, bottom - top
    side = max(_CANVAS, width + 2, height + 2)
    canvas = Image.new("L", (side, side))
    ImageDraw.Draw(canvas).text(((side - width) // 2 - left, (side - height) // 2 - top), text, font=font, fill=255)
    return canvas if side == _CANVAS else canvas.resize((_CANVAS, _CANVAS), Image.Resampling.BILINEAR)


@cache
def _font(face: Path) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(str(face), _EM, layout_engine=ImageFont.Layout.BASIC)
