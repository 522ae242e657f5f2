"""New pictures are seen as those that were trained on: the same size, colour and shape, support by class, query flat."""

import numpy as np
import pytest

from core.config.own_images import Images
from core.errors import BadExperiment, BadFile, MissingData
from core.tasks import build
from core.use.pictures import read

from ..data.own_images import small_sets as small


def spec_of(tmp_path, content=None, **settings):
    path = small.folder(tmp_path / "trained", content or small.files(12, 6))
    wanted = {"ways": 2, "shots": 2, "queries": 3, "side": 8, **settings}
    return build(Images(path=path, **wanted), data_folder=tmp_path / "data").spec


def test_pictures_are_what_training_made_of_them(tmp_path):
    """The very same file comes out as the very same numbers."""
    spec = spec_of(tmp_path)
    found = read(spec, tmp_path / "trained", labelled=True)
    kept = np.load(next((tmp_path / "data" / "cache").glob("*.npy")))
    assert np.array_equal(found.x, kept.astype(np.float32) / np.float32(255))
    assert found.class_names == tuple(f"c{at:02}" for at in range(12))
    assert found.y.tolist() == [at for at in range(12) for _ in range(6)]
    assert found.names[6] == "c01/0.png"


def test_a_flat_folder_an_archive_and_a_single_picture_are_queries(tmp_path):
    spec = spec_of(tmp_path)
    flat = small.folder(tmp_path / "asked", {f"{n}.png": small.png(3, n) for n in range(3)} | {"notes.txt": b"x"})
    found = read(spec, flat, labelled=False)
    assert (found.x.shape, found.y, found.class_names) == ((3, 3, 8, 8), None, ())
    assert found.names == ("0.png", "1.png", "2.png")
    assert np.array_equal(read(spec, flat / "1.png", labelled=False).x, found.x[1:2])
    zipped = small.zipped(tmp_path / "asked.zip", {f"{n}.png": small.png(3, n) for n in range(3)})
    assert np.array_equal(read(spec, zipped, labelled=False).x, found.x)


def test_colour_and_shape_follow_training(tmp_path):
    grey = {f"c{at}/{n}.png": small.png(at, n, mode="L") for at in range(8) for n in range(6)}
    spec = spec_of(tmp_path, grey, fit="crop")
    wide = small.folder(tmp_path / "asked", {"wide.png": small.png(2, size=(40, 10))})
    assert spec.encoding["fit"] == "crop"
    assert read(spec, wide, labelled=False).x.shape == (1, 1, 8, 8)


def test_what_gives_no_picture_is_left_out_and_the_rest_is_read(tmp_path):
    content = {**small.files(2, 2), "c01/9.png": b"broken", "gone/0.png": b""}
    found = read(spec_of(tmp_path), small.folder(tmp_path / "known", content), labelled=True)
    assert (len(found.x), found.class_names) == (4, ("c00", "c01"))
    assert [one.what for one in found.left_out] == ["c01/9.png", "gone/0.png"]


@pytest.mark.parametrize(
    ("content", "labelled", "error", "words"),
    [
        ({"a.doc": b"x"}, False, BadFile, "holds no pictures; choose a folder or archive of pictures, or a picture"),
        (
            {"c/a.doc": b"x"},
            True,
            BadFile,
            "holds no pictures; choose a folder or archive with a folder for each class",
        ),
        ({"c/0.png": small.png()}, True, BadExperiment, r"holds one class \(c\), and a task tells two or more apart"),
        ({"0.png": small.png(), "1.png": small.png(1)}, True, BadExperiment, "its pictures lie loose, in no folder"),
        ({"c/0.png": b"", "d/0.png": b""}, True, BadFile, "no picture can be read; the first, c/0.png, is empty"),
    ],
)
def test_nothing_to_read_is_one_line(tmp_path, content, labelled, error, words):
    with pytest.raises(error, match=words):
        read(spec_of(tmp_path), small.folder(tmp_path / "new", content), labelled=labelled)


@pytest.mark.parametrize("labelled", [True, False])
def test_a_table_where_pictures_are_wanted_is_one_line(tmp_path, labelled):
    (tmp_path / "trees.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BadFile, match=r"trees\.csv is a table; pictures come as a folder or an archive") as caught:
        read(spec_of(tmp_path), tmp_path / "trees.csv", labelled=labelled)
    assert "\n" not in str(caught.value)


def test_a_path_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MissingData, match=r"there is no .*nothing; check the path"):
        read(spec_of(tmp_path), tmp_path / "nothing", labelled=False)


def test_of_characters_ink_is_light_as_in_training(tmp_path):
    spec = spec_of(tmp_path)
    dark = spec._replace(encoding={**spec.encoding, "ink_is_light": True})
    path = small.folder(tmp_path / "asked", {"0.png": small.png(2)})
    one, other = (read(kept, path, labelled=False).x for kept in (spec, dark))
    assert np.allclose(one + other, 1)
