"""`headstart screenshots`, on runs made by hand; the short trainings are those of the command line's tests."""

import pytest
from PySide6.QtGui import QImage

from app import screenshots
from app.launch import main
from app.wanted import Wanted, read
from core.config import presets, with_settings
from core.runs import enqueue, execute
from core.storage.catalog import Catalog
from core.storage.records import Status
from tests.app import shelf

EAGER = ["engine.tier=eager"]


@pytest.fixture
def folder(tmp_path):
    with Catalog.open(tmp_path / "data") as catalog:
        for name in ("first", "second"):
            shelf.add_initialization(catalog, shelf.add_run(catalog, name))
    return tmp_path / "data"


PAGES = ("home", "set-up", "live", "compare", "catalog", "initialization", "try-it", "settings", "help")
BEHIND = (
    *(f"set-up-{step}" for step in ("network", "method", "subset", "inner", "outer", "budget", "review", "problems")),
    *(f"compare-{view}" for view in ("many", "adaptation", "results", "differences", "scatter", "parallel-axes")),
    "catalog-grouped", "catalog-initializations", "catalog-trash", "queue", "palette", "toasts", "messages",
    "import", "import-table", "import-pictures", "import-refused", "export-comparison", "export-initialization",
    "table", "closing", "trouble", "live-failed", "live-interrupted",
    *(f"empty-{page}" for page in ("home", "live", "compare", "catalog", "initialization", "try-it")),
)  # fmt: skip


@pytest.fixture
def quick(monkeypatch):
    """Pictures are looked at by people; here the work behind a page need not have ended."""
    settle = screenshots.settle
    monkeypatch.setattr(screenshots, "settle", lambda milliseconds, most=60_000: settle(min(milliseconds, 40), most))


def taken(target, capsys):
    """Names of the pictures, which are what was printed."""
    names = {path.name for path in target.iterdir()}
    assert len(capsys.readouterr().out.splitlines()) == len(names)
    return names


def shows_something(path):
    picture = QImage(str(path))
    across, down = range(0, picture.width(), 9), range(0, picture.height(), 9)
    return len({picture.pixelColor(x, y).name() for x in across for y in down}) > 5


def test_every_page_becomes_a_picture(qapp, quick, folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(screenshots, "SCENES", ())
    wanted = Wanted(only=PAGES, themes=("contrast",), sizes=((1100, 720),), text=1.3)
    assert screenshots.take(tmp_path / "shots", folder, wanted) == 0
    assert taken(tmp_path / "shots", capsys) == {f"{page}-contrast-1100x720.png" for page in PAGES}
    for path in (tmp_path / "shots").iterdir():
        picture = QImage(str(path))
        assert (picture.width(), picture.height()) == (1100, 720)
        assert shows_something(path)


@pytest.mark.slow
def test_tabs_panels_dialogs_empty_pages_and_troubles_become_pictures_too(qapp, quick, folder, tmp_path, capsys):
    with Catalog.open(folder) as catalog:
        shelf.add_run(catalog, "diverged", status=Status.FAILED, level=float("nan"))
        shelf.add_run(catalog, "pulled the plug", status=Status.INTERRUPTED)
    wanted = Wanted(themes=("dark",), sizes=((1100, 720),))
    assert screenshots.take(tmp_path / "shots", folder, wanted) == 0
    expected = {f"{name}-dark-1100x720.png" for name in (*PAGES, *BEHIND)}
    assert taken(tmp_path / "shots", capsys) == expected
    assert all(map(shows_something, (tmp_path / "shots").iterdir()))


def test_only_what_is_wanted_is_drawn():
    wanted = read(
        ["DIR", "--only", "live,compare-results", "--themes=contrast", "--sizes", "1100x720,1600x1000", "--text", "1.3"]
    )
    assert wanted == Wanted(("live", "compare-results"), ("contrast",), ((1100, 720), (1600, 1000)), 1.3, ("DIR",))
    assert [name for name in ("live", "live-failed", "compare", "compare-results", "home") if wanted.takes(name)] == [
        "live", "live-failed", "compare-results",
    ]  # fmt: skip
    assert wanted.takes_any("compare-")
    assert not wanted.takes_any("catalog-")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--theme", "dark"], "--theme"),
        (["--only"], "--only needs a value"),
        (["--themes", ","], "--themes needs a value"),
        (["--sizes= , "], "--sizes needs a value"),
        (["--themes", "pink"], "light, dark, contrast, not pink"),
        (["--sizes", "large"], "1100x720, not large"),
        (["--sizes", "5x5"], "not 5x5"),
        (["--text", "big"], "from 0.5 to 3, not big"),
    ],
)
def test_an_option_that_cannot_be_used_is_named(words, named, capsys):
    assert main(["screenshots", "DIR", *words]) == 2
    assert named in capsys.readouterr().err


def test_a_name_that_no_picture_has_is_one_line(qapp, quick, folder, tmp_path, capsys):
    assert screenshots.take(tmp_path / "shots", folder, Wanted(only=("nothing",))) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == ["headstart: --only: no picture's name begins with nothing; leave it out for all"]


@pytest.mark.slow
def test_what_a_method_shows_of_itself_becomes_a_picture_too(qapp, tmp_path, capsys):
    settings = ["outer.steps=4", "evaluation.tasks=4", "evaluation.validation_tasks=4", "evaluation.validate_every=2"]
    with Catalog.open(tmp_path / "data") as catalog:
        for preset in ("sinusoid-pooled", "sinusoid-meta-sgd"):
            execute(catalog, enqueue(catalog, with_settings(presets()[preset].experiment, [*settings, *EAGER])).id)
    wanted = Wanted(only=("live",), themes=("light",), sizes=((1100, 720),))
    assert screenshots.take(tmp_path / "shots", tmp_path / "data", wanted) == 0
    names = taken(tmp_path / "shots", capsys)
    assert names == {"live-light-1100x720.png", "live-method-meta-sgd-light-1100x720.png"}


def test_a_folder_in_use_is_one_line(qapp, folder, tmp_path, capsys):
    with Catalog.open(folder):
        assert screenshots.take(tmp_path / "shots", folder) == 2
    assert capsys.readouterr().err.startswith("headstart: ")


def test_a_target_that_cannot_be_made_is_one_line(qapp, folder, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert screenshots.take(tmp_path / "file", folder) == 2
    assert capsys.readouterr().err.count("\n") == 1
