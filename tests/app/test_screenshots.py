"""`headstart screenshots`, on runs made by hand; the short trainings are those of the command line's tests."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage

from app import screenshots
from core.config import presets, with_settings
from core.runs import enqueue, execute
from core.storage.catalog import Catalog
from tests.app import shelf

EAGER = ["engine.tier=eager"]


@pytest.fixture
def folder(tmp_path):
    with Catalog.open(tmp_path / "data") as catalog:
        for name in ("first", "second"):
            shelf.add_initialization(catalog, shelf.add_run(catalog, name))
    return tmp_path / "data"


def test_every_page_becomes_a_picture(qapp, folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(screenshots, "SIZES", (QSize(1100, 720),))
    monkeypatch.setattr(screenshots, "THEMES", ("dark",))
    assert screenshots.take(tmp_path / "shots", folder) == 0
    pages = ("home", "set-up", "live", "compare", "catalog", "initialization", "try-it", "settings", "help")
    pages += ("catalog-grouped", "catalog-initializations", "queue", "palette", "import", "import-table")
    pages += tuple(f"compare-{view}" for view in ("results", "differences", "scatter", "parallel-axes"))
    names = {f"{page}-dark-1100x720.png" for page in pages}
    assert {path.name for path in (tmp_path / "shots").iterdir()} == names
    assert len(capsys.readouterr().out.splitlines()) == len(names)
    for name in names:
        picture = QImage(str(tmp_path / "shots" / name))
        assert name.startswith("import") or (picture.width(), picture.height()) == (1100, 720)
        assert len({picture.pixelColor(x, y).name() for x in range(0, 1100, 9) for y in range(0, 720, 9)}) > 5


@pytest.mark.slow
def test_what_a_method_shows_of_itself_becomes_a_picture_too(qapp, tmp_path, monkeypatch, capsys):
    settings = ["outer.steps=4", "evaluation.tasks=4", "evaluation.validation_tasks=4", "evaluation.validate_every=2"]
    with Catalog.open(tmp_path / "data") as catalog:
        for preset in ("sinusoid-pooled", "sinusoid-meta-sgd"):
            execute(catalog, enqueue(catalog, with_settings(presets()[preset].experiment, [*settings, *EAGER])).id)
    monkeypatch.setattr(screenshots, "SIZES", (QSize(1100, 720),))
    monkeypatch.setattr(screenshots, "THEMES", ("light",))
    monkeypatch.setattr(screenshots, "PLACES", [entry for entry in screenshots.PLACES if entry.name == "live"])
    assert screenshots.take(tmp_path / "shots", tmp_path / "data") == 0
    names = {path.name for path in (tmp_path / "shots").glob("live*")}
    assert names == {"live-light-1100x720.png", "live-method-meta-sgd-light-1100x720.png"}


def test_a_folder_in_use_is_one_line(qapp, folder, tmp_path, capsys):
    with Catalog.open(folder):
        assert screenshots.take(tmp_path / "shots", folder) == 2
    assert capsys.readouterr().err.startswith("headstart: ")


def test_a_target_that_cannot_be_made_is_one_line(qapp, folder, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert screenshots.take(tmp_path / "file", folder) == 2
    assert capsys.readouterr().err.count("\n") == 1
