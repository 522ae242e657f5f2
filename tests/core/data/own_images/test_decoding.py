"""Pictures of every mode and format become upright RGB of one size; what is damaged says so in a clause."""

import io

import numpy as np
import pytest
from PIL import Image, features

from core.data.own_images import decoding
from core.data.own_images.decoding import NoPicture, decode, is_grey, is_picture


def saved(image, kind="PNG", **more):
    target = io.BytesIO()
    image.save(target, kind, **more)
    return target.getvalue()


def flat(image, kind="PNG", **more):
    """The one colour of a picture after decoding."""
    found = decode(saved(image, kind, **more), 8, "squeeze")
    assert found.shape == (8, 8, 3)
    assert found.dtype == np.uint8
    assert np.ptp(found, axis=(0, 1)).max() <= 1
    return found[0, 0].tolist()


@pytest.mark.parametrize(
    ("mode", "value", "seen"),
    [
        ("1", 1, [255, 255, 255]),
        ("L", 90, [90, 90, 90]),
        ("RGB", (10, 20, 30), [10, 20, 30]),
        ("RGBA", (10, 20, 30, 255), [10, 20, 30]),
        ("RGBA", (10, 20, 30, 0), [255, 255, 255]),
        ("RGBA", (0, 0, 0, 51), [204, 204, 204]),
        ("LA", (0, 0), [255, 255, 255]),
    ],
)
def test_every_mode_of_png(mode, value, seen):
    assert flat(Image.new(mode, (12, 10), value)) == seen


def test_a_palette_keeps_its_colours_and_its_transparency():
    image = Image.new("P", (6, 6), 1)
    image.putpalette([0, 0, 0, 200, 30, 40])
    assert flat(image) == [200, 30, 40]
    assert flat(image, transparency=1) == [255, 255, 255]
    assert flat(image, "GIF") == [200, 30, 40]


@pytest.mark.parametrize(
    ("array", "seen"),
    [
        (np.full((6, 6), 65535, np.uint16), 255),
        (np.full((6, 6), 32896, np.uint16), 128),
        (np.full((6, 6), 51, np.int32), 51),
        (np.full((6, 6), 2**31 - 1, np.int32), 255),
        (np.full((6, 6), 0.5, np.float32), 128),
        (np.full((6, 6), 200.0, np.float32), 200),
    ],
)
def test_sixteen_bits_and_more_keep_their_brightness(array, seen):
    assert flat(Image.fromarray(array), "TIFF") == [seen] * 3


def test_sixteen_bit_png_is_not_clipped():
    assert flat(Image.fromarray(np.full((6, 6), 32896, np.uint16))) == [128] * 3


def test_cmyk_becomes_the_colour_that_is_printed():
    found = flat(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95)
    assert np.allclose(found, [254, 0, 0], atol=6)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "PPM", "TGA", "WEBP", "ICO"])
def test_formats(kind):
    if kind == "WEBP" and not features.check("webp"):
        pytest.skip("needs Pillow with WebP")
    found = decode(saved(Image.new("RGB", (16, 16), (200, 40, 40)), kind), 8, "squeeze")
    assert np.allclose(found, [200, 40, 40], atol=6)
    assert is_picture(f"a.{kind}") or kind in ("JPEG",)


def test_exif_turns_a_picture_upright():
    image = Image.new("RGB", (20, 10))
    image.paste((255, 255, 255), (0, 0, 10, 10))  # white at the left
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise: the left becomes the top
    found = decode(saved(image, "JPEG", exif=exif, quality=95), 8, "squeeze")
    assert found[:3].min() > 200
    assert found[-3:].max() < 60


def test_crop_takes_the_middle_and_squeeze_takes_all():
    image = Image.new("RGB", (40, 10), (255, 255, 255))
    image.paste((0, 0, 0), (15, 0, 25, 10))
    content = saved(image)
    assert decode(content, 8, "crop")[:, 1:-1].max() < 30
    squeezed = decode(content, 8, "squeeze")
    assert squeezed[:, 0].min() > 200
    assert squeezed[:, 4].max() < 30


def test_grey_is_told_from_colour_through_jpeg():
    grey = np.repeat(np.arange(0, 250, 10, dtype=np.uint8).reshape(5, 5, 1), 3, 2)
    assert is_grey(decode(saved(Image.fromarray(grey), "JPEG"), 16, "squeeze"))
    assert not is_grey(decode(saved(Image.new("RGB", (8, 8), (90, 60, 60))), 16, "squeeze"))


WHOLE = saved(Image.effect_noise((64, 64), 50).convert("RGB"), "JPEG")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"this is a text", "is no picture that Pillow knows"),
        (WHOLE[: len(WHOLE) // 3], "is damaged"),
        (saved(Image.effect_noise((64, 64), 50))[:700], "is damaged"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "is no picture that Pillow knows"),
        (np.zeros((3, 3, 7), np.uint8), "is damaged"),
    ],
)
def test_what_is_no_picture_says_why(content, why):
    with pytest.raises(NoPicture, match=why):
        decode(content, 8, "squeeze")


def test_a_picture_with_more_pixels_than_can_be_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(decoding, "MOST_PIXELS", 100)
    with pytest.raises(NoPicture, match="has 20 x 20 pixels, the most is 100 in all"):
        decode(saved(Image.new("RGB", (20, 20))), 8, "squeeze")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 150)  # Pillow's own bound, past twice of which it refuses to open
    with pytest.raises(NoPicture, match="has more than 100 pixels"):
        decode(saved(Image.new("RGB", (20, 20))), 8, "squeeze")


def test_floats_that_are_not_finite_are_no_picture():
    with pytest.raises(NoPicture, match="not finite"):
        decode(saved(Image.fromarray(np.full((4, 4), np.nan, np.float32)), "TIFF"), 8, "squeeze")
