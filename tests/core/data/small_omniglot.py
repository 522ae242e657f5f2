"""A made Omniglot of three characters, in every way in which the real one comes."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.data import omniglot_files, pictures

PARTS = {"images_background": {"Greek": 2}, "images_evaluation": {"Angelic": 1}}
CHARACTERS = [
    (part, f"{a}/character{i:02}") for part, of in PARTS.items() for a, n in of.items() for i in range(1, n + 1)
]


@pytest.fixture
def small(monkeypatch):
    """Three characters are the whole set, and nothing is remembered from the test before."""
    monkeypatch.setattr(omniglot_files, "PARTS", PARTS)
    monkeypatch.setattr(pictures, "_recent", {})


def drawing(number, size=105, mode="1"):
    """A bar of ink whose place says which drawing it is."""
    paper = np.ones((size, size), bool)
    paper[20:85, 3 * number : 3 * number + 20] = False
    file = io.BytesIO()
    Image.fromarray(paper).convert(mode).save(file, "PNG")
    return file.getvalue()


def files():
    """All files: part -> path below it -> bytes."""
    made = {part: {} for part in PARTS}
    for index, (part, character) in enumerate(CHARACTERS):
        for number in range(1, 21):
            made[part][f"{character}/{index + 1:04}_{number:02}.png"] = drawing(number)
    return made


def write_archives(folder, made=None):
    folder.mkdir(parents=True, exist_ok=True)
    for part, content in (made or files()).items():
        with zipfile.ZipFile(folder / f"{part}.zip", "w") as archive:
            for name, data in content.items():
                archive.writestr(f"{part}/{name}", data)
    return folder


def write_folders(folder, made=None):
    for part, content in (made or files()).items():
        for name, data in content.items():
            path = folder / part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return folder
