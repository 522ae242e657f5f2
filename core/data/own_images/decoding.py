"""One picture from its file's bytes to bytes of one size: upright, in colour, on white where it was transparent."""

import warnings
import zlib
from functools import cache
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

MOST_PIXELS = 100_000_000
_GREYNESS = 6
"""The most that the three colours of a grey picture may differ: JPEG rounds."""
_NO_FORMATS = {"EPS", "WMF", "BUFR", "GRIB", "HDF5", "MPEG"}
"""Pillow would start Ghostscript for EPS, and only recognises the others."""
Fit = Literal["squeeze", "crop"]


class NoPicture(Exception):
    """Why a file gives no picture, as a clause."""


@cache
def _formats() -> tuple[str, ...]:
    from PIL import Image

    Image.init()
    warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)  # we have a bound of our own
    return tuple(sorted(set(Image.OPEN) - _NO_FORMATS))


@cache
def _endings() -> frozenset[str]:
    from PIL import Image

    formats = set(_formats())
    return frozenset(ending for ending, name in Image.registered_extensions().items() if name in formats)


def is_picture(name: str) -> bool:
    """By its ending."""
    return PurePosixPath(name.lower()).suffix in _endings()


def decode(content: Any, side: int, fit: Fit) -> NDArray[np.uint8]:
    """File bytes, or a picture as an array -> [side, side, 3]. Raises NoPicture."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with _opened(content) as image:
            if image.width * image.height > MOST_PIXELS:
                raise NoPicture(f"has {image.width:,} x {image.height:,} pixels, the most is {MOST_PIXELS:,} in all")
            if image.format == "JPEG":
                image.draft("RGB", (2 * side, 2 * side))  # decodes a large one at a fraction of its size
            upright = ImageOps.exif_transpose(image)
            return np.asarray(_sized(_in_colour(upright), side, fit))
    except NoPicture:
        raise
    except UnidentifiedImageError:
        raise NoPicture("is no picture that Pillow knows" if content else "is empty") from None
    except Image.DecompressionBombError:
        raise NoPicture(f"has more than {MOST_PIXELS:,} pixels") from None
    except (Exception, zlib.error) as error:  # a damaged file fails in as many ways as there are formats
        raise NoPicture(f"is damaged ({_one_line(error)})") from None


def _opened(content: Any) -> Any:
    from PIL import Image

    if isinstance(content, np.ndarray):
        return Image.fromarray(content)
    return Image.open(BytesIO(content), formats=_formats())


def is_grey(picture: NDArray[np.uint8]) -> bool:
    """Of [side, side, 3]."""
    return int((picture.max(-1) - picture.min(-1)).max()) <= _GREYNESS


def _in_colour(image: Any) -> Any:
    """RGB of any mode."""
    if image.mode.startswith(("I", "F")):
        return _of_deep(image)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        return _on_white(image)
    return image.convert("RGB")


def _on_white(image: Any) -> Any:
    from PIL import Image

    seen = image.convert("RGBA")
    ground = Image.new("RGBA", seen.size, (255, 255, 255, 255))
    return Image.alpha_composite(ground, seen).convert("RGB")


def _of_deep(image: Any) -> Any:
    """16 and 32 bits: whole numbers over the full range of 16 bits (of 8 or 32 where they are smaller or larger), floats from
    0 to 1 (or to 255 where they are larger). Fixed scales, so that pictures keep their brightness among each other."""
    from PIL import Image

    values = np.asarray(image).astype(np.float64)
    if not np.isfinite(values).all():
        raise NoPicture("has numbers that are not finite")
    most = float(values.max(initial=0.0))
    if image.mode.startswith("F"):
        full = 1.0 if most <= 1.0 else 255.0
    elif image.mode.startswith("I;16"):
        full = 65535.0
    else:
        full = 255.0 if most <= 255 else 65535.0 if most <= 65535 else 2.0**31 - 1
    return Image.fromarray(np.rint(np.clip(values / full, 0, 1) * 255).astype(np.uint8)).convert("RGB")


def _sized(image: Any, side: int, fit: Fit) -> Any:
    from PIL import Image

    box = None
    if fit == "crop":
        least = min(image.size)
        left, top = (image.width - least) / 2, (image.height - least) / 2
        box = (left, top, left + least, top + least)
    return image.resize((side, side), Image.Resampling.LANCZOS, box=box)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
