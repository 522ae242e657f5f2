"""The real Omniglot, whole."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.data import omniglot
from core.data.omniglot_files import BACKGROUND, EVALUATION

from .places import real


def drawings_of(pictures, name):
    first = pictures.first[pictures.names.index(name)]
    return pictures.images[first : first + 20, ..., 0]


def test_it_has_1623_characters_of_20_drawings(real_omniglot):
    assert len(real_omniglot.names) == 1623
    assert set(real_omniglot.amount) == {20}
    assert real_omniglot.images.shape == (32460, 28, 28, 1)
    assert (sum(BACKGROUND.values()), sum(EVALUATION.values())) == (964, 659)
    assert list(real_omniglot.names) == sorted(real_omniglot.names)


def test_ink_is_bright_and_sparse_and_no_drawing_is_blank(real_omniglot):
    """A mean above 0.5 would mean that the inversion is missing."""
    assert 0.05 < real_omniglot.images.mean() / 255 < 0.15
    assert real_omniglot.images.reshape(32460, -1).max(1).min() > 100


def test_the_two_equal_drawings_are_the_only_ones(real_omniglot):
    """Numbers 03 and 19 of the Braille character with the number 0192 are the same picture."""
    seen, equal = {}, []
    for index, image in enumerate(real_omniglot.images):
        other = seen.setdefault(image.tobytes(), index)
        if other != index:
            equal.append((real_omniglot.names[index // 20], other % 20 + 1, index % 20 + 1))
    assert len(equal) == 1
    assert equal[0][0].startswith("Braille/")
    assert equal[0][1:] == (3, 19)


def test_pictures_are_shrunk_as_pil_shrinks_grey_ones(real_omniglot):
    """Two products with PIL's weights against PIL itself, which rounds once more in between: one level of 255."""
    with zipfile.ZipFile(real("omniglot") / "images_evaluation.zip") as archive:
        names = [n for n in archive.namelist() if "/Tibetan/character07/" in n and n.endswith(".png")]
        theirs = np.stack([shrunk(archive.read(name)) for name in sorted(names)])
    assert np.abs(drawings_of(real_omniglot, "Tibetan/character07").astype(int) - theirs).max() <= 1


def shrunk(content):
    grey = Image.open(io.BytesIO(content)).convert("L")
    return 255 - np.asarray(grey.resize((28, 28), Image.Resampling.LANCZOS)).astype(int)


@pytest.mark.parametrize(("part", "file"), [("train", "train"), ("validation", "val"), ("test", "test")])
def test_the_split_vinyals_is_the_list_of_the_literature(real_omniglot, part, file):
    lines = (real("omniglot") / "splits_vinyals" / f"{file}.txt").read_text().split()
    theirs = {line.rpartition("/")[0] for line in lines}
    ours = {real_omniglot.names[i] for i in getattr(omniglot.split(real_omniglot.names, "vinyals"), part)}
    assert len(lines) == 4 * len(ours)
    assert ours == theirs


def test_the_split_alphabets_keeps_alphabets_whole(real_omniglot):
    split = omniglot.split(real_omniglot.names, "alphabets")
    parts = [{real_omniglot.names[i] for i in part} for part in (split.train, split.validation, split.test)]
    assert [len(part) for part in parts] == [883, 81, 659]
    alphabets = [{name.split("/")[0] for name in part} for part in parts]
    assert [len(part) for part in alphabets] == [25, 5, 20]
    assert len(set.union(*alphabets)) == 50
    assert alphabets[1] == {
        "Alphabet_of_the_Magi",
        "Blackfoot_(Canadian_Aboriginal_Syllabics)",
        "Inuktitut_(Canadian_Aboriginal_Syllabics)",
        "Ojibwe_(Canadian_Aboriginal_Syllabics)",
        "Tagalog",
    }
