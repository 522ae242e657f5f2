"""Everything that a person can get wrong: exit code 2, exactly one line that names what to change, nothing else."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core.config import presets, with_settings
from core.storage.catalog import Catalog

from .conftest import Type

TOML = {
    "truncated.toml": "[inner\nsteps = ",
    "list.toml": "[[inner]]\nsteps = 1\n",
    "binary.toml": "\x00\x01",
    "unknown.toml": "[inner]\nstepz = 1\n",
}
CASES: dict[str, tuple[list[str], str]] = {
    "unknown command": (["rnu"], "No such command 'rnu'"),
    "unknown option": (["run", "sinusoid-maml", "--stesp", "3"], "--stesp"),
    "missing argument": (["run"], "EXPERIMENT"),
    "not a number": (["run", "sinusoid-maml", "--steps", "many"], "--steps"),
    "unknown preset": (["run", "sinusoid-mamml"], "`headstart presets` lists them"),
    "missing file": (["run", "no/such/file.toml"], "no/such/file.toml"),
    "truncated TOML": (["run", "truncated.toml"], "is not a TOML file"),
    "wrong shape of TOML": (["run", "list.toml"], "inner"),
    "no text": (["run", "binary.toml"], "binary.toml"),
    "a folder": (["run", "."], "is a folder"),
    "name that no file can have": (["evaluate", "x" * 1000], "no initialization"),
    "file that no file can be": (["import", "x" * 1000 + ".pt"], "there is no file"),
    "unknown key in the file": (["run", "unknown.toml"], "did you mean inner.steps?"),
    "unknown key": (["run", "sinusoid-maml", "--set", "inner.stps=3"], "did you mean inner.steps?"),
    "no value": (["run", "sinusoid-maml", "--set", "inner.steps"], "key=value"),
    "value of the wrong kind": (["run", "sinusoid-maml", "--set", "inner.steps=few"], "inner.steps"),
    "value out of bounds": (["run", "sinusoid-maml", "--steps", "0"], "outer.steps"),
    "unknown kind": (["run", "sinusoid-maml", "--set", "method.kind=mamal"], "choose one of"),
    "unknown device": (["run", "sinusoid-maml", "--device", "gpu"], "engine.device"),
    "absent device": (["run", "sinusoid-maml", "--device", "cuda"], "no CUDA device is here"),
    "network that does not fit": (["run", "sinusoid-maml", "--set", "network.kind=conv-strided"], "choose mlp"),
    "impossible shots": (["run", "glyphs-maml", "--set", "tasks.shots=50", "--set", "tasks.queries=50"], "shots"),
    "impossible ways": (["run", "omniglot-maml", "--set", "tasks.ways=1"], "tasks.ways"),
    "data set that is not here": (["run", "omniglot-maml"], "omniglot"),
    "data set at a wrong place": (["run", "omniglot-maml", "--set", "tasks.path=nowhere"], "nowhere"),
    "download of nothing": (["run", "sinusoid-maml", "--download"], "needs nothing downloaded"),
    "too long a name": (["run", "sinusoid-maml", "--name", "x" * 301], "name"),
    "unknown run": (["show", "nothing"], "`headstart runs` lists them"),
    "unknown run to resume": (["resume", "nothing"], "`headstart runs` lists them"),
    "ambiguous name": (["show", "twin"], "fits 2 runs"),
    "wrong filter": (["runs", "metod:maml"], "did you mean method?"),
    "wrong filter of initializations": (["initializations", "loss<small"], "is not a number"),
    "one run to compare": (["compare", "twin"], "two or more"),
    "unknown run to compare": (["compare", "nothing", "twin"], "nothing"),
    "unknown initialization": (["evaluate", "nothing"], "`headstart initializations` lists them"),
    "missing file to evaluate": (["evaluate", "no.safetensors"], "there is no file no.safetensors"),
    "file of another kind": (["evaluate", "truncated.toml"], "truncated.toml is not a readable .safetensors file"),
    "import of nothing": (["import", "no.pt2"], "there is no file no.pt2"),
    "import of another kind": (["import", "truncated.toml"], "nothing with this ending is imported"),
    "import with settings alone": (["import", "no.pt", "--set", "inner.steps=3"], "add --experiment"),
    "unknown ending": (["export", "start", "a.bin"], "a.bin"),
    "ways of a plain file": (["export", "start", "a.pt", "--ways", "3"], "--ways: a.pt is no program"),
    "steps of a plain file": (["export", "start", "a.safetensors", "--steps", "3"], "--steps: a.safetensors holds no inner steps"),
    "component of a program": (["export", "start", "a.onnx", "--component", "1"], "--component: a program holds all components"),
    "program from a damaged file": (["export", "truncated.toml", "a.pt2"], "is not a readable .safetensors file"),
    "support for a program": (["export", "start", "a.onnx", "--support", "x.csv"], "--support: only a name that ends in .pt"),
}  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with bad files, and a catalog with two runs of one name."""
    for name, text in TOML.items():
        (tmp_path / name).write_text(text)
    experiment = with_settings(presets()["sinusoid-maml"].experiment, ["name=twin"])
    with Catalog.open(folder) as catalog:
        for _ in range(2):
            catalog.add_run(experiment)
        made = catalog.initializations_folder / "start.safetensors"
        made.write_bytes(b"no weights")
        catalog.add_initialization(
            made,
            name="start",
            run=None,
            step=0,
            method="maml",
            tasks="sinusoid",
            network="mlp",
            loss=None,
            accuracy=None,
        )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("json", [False, True], ids=["people", "json"])
@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_one_line_and_2(type_: Type, place: Path, folder: Path, case: str, json: bool) -> None:
    arguments, named = CASES[case]
    said = type_(*arguments, *(["--json"] if json else []))
    assert said.code == 2, said.err
    last = said.err.splitlines()[-1]
    assert named in last
    assert last.startswith("headstart: ")
    assert "Traceback" not in said.err
    if json:
        assert named in said.json["error"]
    else:
        assert said.out == ""
    if "here" not in case and "place" not in case and "shots" not in case and "device" not in case:
        assert said.err.count("\n") == 1
    with Catalog.open(folder, write=False) as catalog:
        assert len(catalog.runs()) == 2  # nothing lost, and nothing left by what could not begin


@pytest.mark.parametrize(
    "command", [["runs"], ["initializations"], ["show", "x"], ["doctor"], ["run", "sinusoid-maml", "--steps", "1"]]
)
def test_a_data_folder_that_is_a_file_is_named(type_: Type, tmp_path: Path, command: list[str]) -> None:
    """Readers too: an empty list would say that there are no runs."""
    place = tmp_path / "a file"
    place.touch()
    said = type_(*command, "--data-folder", place)
    assert (said.code, said.err.splitlines()[-1]) == (
        2, f"headstart: {place} is a file, not a folder; choose another --data-folder"
    )  # fmt: skip


def test_a_folder_in_use_is_named(type_: Type, folder: Path) -> None:
    with Catalog.open(folder):
        said = type_("run", "sinusoid-maml")
        assert said.code == 2
        assert said.err.count("\n") == 1
        assert str(folder) in said.err
        assert "--data-folder" in said.err
        assert type_("runs", "--json").code == 0


@pytest.fixture
def unwritable() -> Path:
    """A folder that cannot be made, not by root either: taking root's powers away would take its libraries away, too."""
    place = Path("/usr" if os.geteuid() else "/sys") / "headstart-cannot-be-here"
    try:
        place.mkdir()
    except OSError:
        return place
    place.rmdir()
    pytest.skip(f"{place.parent} can be written here")


@pytest.mark.parametrize("command", [["run", "sinusoid-maml"], ["resume", "one"], ["doctor"]])
def test_a_read_only_folder_is_named(type_: Type, unwritable: Path, command: list[str]) -> None:
    said = type_(*command, "--data-folder", str(unwritable))
    assert said.code == 2
    assert said.err.count("\n") == 1
    assert "--data-folder" in said.err


def test_a_damaged_catalog_is_named(type_: Type, folder: Path) -> None:
    folder.mkdir()
    (folder / "catalog.sqlite").write_bytes(b"no database" * 1000)
    for command in (["run", "sinusoid-maml"], ["runs"], ["show", "one"]):
        said = type_(*command)
        assert (said.code, said.err.count("\n")) == (2, 1)
        assert "is damaged" in said.err


def _broken(*arguments: object, **named: object) -> None:
    raise ZeroDivisionError("division\nby zero")


def test_a_bug_is_1_with_a_report(type_: Type, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Catalog, "runs", _broken)
    said = type_("runs", "--json")
    assert said.code == 1
    assert said.err.count("\n") == 1
    report = Path(said.json["report"])
    assert report.parent == folder / "reports"
    assert "ZeroDivisionError" in report.read_text()


def test_a_report_finds_a_place_where_the_data_folder_has_none(
    type_: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Catalog, "open", _broken)
    (tmp_path / "file").write_bytes(b"")
    said = type_("runs", "--json", "--data-folder", tmp_path / "file" / "data")
    assert Path(said.json["report"]).is_file()


@pytest.mark.parametrize("end", [KeyboardInterrupt(), BrokenPipeError(errno.EPIPE, "Broken pipe")])
def test_ends_that_are_no_errors(
    type_: Type, folder: Path, monkeypatch: pytest.MonkeyPatch, end: BaseException
) -> None:
    def ended(*arguments: object, **named: object) -> None:
        raise end

    silenced: list[Callable[[], None]] = []
    monkeypatch.setattr("core.cli.app.silence", lambda: silenced.append(_broken))
    monkeypatch.setattr(Catalog, "runs", ended)
    said = type_("runs")
    assert said.code == (130 if isinstance(end, KeyboardInterrupt) else 0)
    assert len(silenced) == (0 if isinstance(end, KeyboardInterrupt) else 1)
