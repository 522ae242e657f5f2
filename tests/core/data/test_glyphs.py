"""The glyph set itself."""

import unicodedata
from functools import cache

import numpy as np
import pytest

from core.data import glyphs, pictures
from core.errors import MissingData


def by_class(all_glyphs):
    return all_glyphs.images.reshape(len(all_glyphs.names), glyphs.SAMPLES, -1)


def test_there_are_enough_classes_each_with_twenty_samples(all_glyphs):
    assert len(all_glyphs.names) >= 1500
    assert set(all_glyphs.amount) == {20}
    assert all_glyphs.images.shape == (20 * len(all_glyphs.names), 28, 28, 1)


def test_no_sample_is_blank_and_no_class_repeats_a_sample(all_glyphs):
    rows = by_class(all_glyphs)
    assert rows.max(-1).min() > 100
    assert all(len({sample.tobytes() for sample in samples}) == 20 for samples in rows)


def test_letters_that_look_alike_are_one_class(all_glyphs):
    codes = {int(name.split()[0][2:], 16) for name in all_glyphs.names}
    assert ord("A") in codes
    assert not codes & {ord("Α"), ord("А"), 0x212A, 0xFFFD}  # Greek Alpha, Cyrillic A, Kelvin, replacement
    assert {ord("a"), ord("b"), ord("Ω"), ord("Ж"), ord("8")} <= codes


def test_no_class_is_a_space_a_control_or_a_combining_mark(all_glyphs):
    codes = [int(name.split()[0][2:], 16) for name in all_glyphs.names]
    kinds = {unicodedata.category(chr(code))[0] for code in codes}
    assert not kinds & {"C", "Z", "M"}


def test_the_split_is_70_10_20_and_stays_when_classes_go(all_glyphs):
    """Shares of about 2,000 independent draws: standard deviations below 0.01."""
    whole = glyphs.split(all_glyphs)
    shares = [len(part) / len(all_glyphs.names) for part in (whole.train, whole.validation, whole.test)]
    assert np.allclose(shares, [0.7, 0.1, 0.2], atol=0.03)
    assert sorted(np.concatenate([whole.train, whole.validation, whole.test])) == list(range(len(all_glyphs.names)))
    half = pictures.Pictures(all_glyphs.images, all_glyphs.amount, all_glyphs.names[::2])
    kept = {half.names[i] for i in glyphs.split(half).test}
    assert kept == {all_glyphs.names[i] for i in whole.test} & set(half.names)


@pytest.fixture
def capitals(monkeypatch):
    """Capital letters only, so that drawing them again is quick; and nothing remembered."""
    monkeypatch.setattr(pictures, "_recent", {})
    monkeypatch.setattr(glyphs, "_drawings", lambda faces: latin_capitals())
    monkeypatch.setattr(glyphs, "_LEAST_CLASSES", 10)


@cache
def latin_capitals(drawings=glyphs._drawings):
    return [drawing for drawing in drawings(glyphs._faces()) if 0x41 <= drawing.character <= 0x5A]


def test_drawing_again_gives_the_same_bytes(tmp_path, capitals):
    first = glyphs.load(tmp_path)
    pictures._recent.clear()
    stored = glyphs.load(tmp_path)
    (file,) = (tmp_path / "cache").iterdir()
    file.write_bytes(file.read_bytes()[:1000])
    pictures._recent.clear()
    drawn_again = glyphs.load(tmp_path)
    assert len(first.names) == 26
    assert first.names == stored.names == drawn_again.names
    np.testing.assert_array_equal(first.images, stored.images)
    np.testing.assert_array_equal(first.images, drawn_again.images)


def test_progress_goes_up(tmp_path, capitals):
    seen = []
    glyphs.load(tmp_path, lambda what, share: seen.append((what, share)))
    assert seen[0] == ("reading fonts", 0.0)
    assert all(0 <= share <= 1 for _, share in seen)


def test_missing_fonts_are_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(glyphs, "_PATTERNS", ("NoSuchFace*.ttf",))
    with pytest.raises(MissingData, match="reinstall matplotlib"):
        glyphs.load(tmp_path)
