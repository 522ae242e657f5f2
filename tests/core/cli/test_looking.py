"""runs, initializations, show, compare, evaluate, export and doctor over two real short runs."""

import csv
import json
import shutil
import sys
from pathlib import Path

import pytest

from core.cli import examine

from .conftest import Type


def test_runs_and_initializations_have_the_fields_that_are_promised(type_: Type, trained: Path) -> None:
    runs = type_("runs", "--json", "--data-folder", trained).json
    assert [run["name"] for run in runs] == ["two", "one"]
    assert all(run.keys() >= {"run", "name", "status", "method", "tasks", "steps", "started"} for run in runs)
    made = type_("initializations", "--json", "--data-folder", trained).json
    assert [one["run"] for one in made] == [run["run"] for run in runs]
    assert all(one.keys() >= {"id", "name", "run", "step", "file"} for one in made)


def test_the_filter_is_words(type_: Type, trained: Path) -> None:
    assert len(type_("runs", "method:maml", "step>=12", "two", "--json", "--data-folder", trained).json) == 1
    assert "two" in type_("runs", "name:two", "--data-folder", trained).out
    assert "No runs" in type_("runs", "name:three", "--data-folder", trained).out


def test_lists_of_a_new_folder_are_empty_and_make_nothing(type_: Type, folder: Path) -> None:
    assert type_("runs", "--json").json == []
    assert type_("initializations", "--json").json == []
    assert "headstart run" in type_("runs").out
    assert not folder.exists()


def test_show_gives_the_file_that_repeats_the_run(type_: Type, trained: Path, tmp_path: Path) -> None:
    shown = type_("show", "one", "--json", "--data-folder", trained).json
    file = tmp_path / "again.toml"
    file.write_text(shown["experiment_file"])
    again = type_("run", file, "--json").json
    assert again["evaluation"]["loss"] == shown["evaluation"]["loss"]
    assert "from core.runs import" in type_("show", "one", "--data-folder", trained).out


def test_compare_pairs_the_same_tasks(type_: Type, trained: Path) -> None:
    said = type_("compare", "one", "two", "--json", "--data-folder", trained)
    assert said.code == 0
    compared = said.json
    base, other = compared["runs"]
    assert compared["baseline"] == base["run"]
    assert [row["key"] for row in compared["settings"]] == ["seed"]
    assert base["difference"] is None
    for step in range(4):
        means = [run["evaluation"]["loss"][step]["mean"] for run in (base, other)]
        assert other["difference"]["loss"][step]["mean"] == pytest.approx(means[1] - means[0])
    assert other["difference"]["tasks"] == 10
    assert "two" in type_("compare", "one", "two", "--data-folder", trained).out


def test_compare_writes_a_table_and_a_figure(type_: Type, trained: Path, tmp_path: Path) -> None:
    files = ["--csv", tmp_path / "a.csv", "--figure", tmp_path / "a.svg"]
    said = type_("compare", "one", "two", *files, "--data-folder", trained)
    assert (said.code, said.err) == (0, "")
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text().splitlines()))
    assert [row["inner_step"] for row in rows] == ["0", "1", "2", "3"] * 2
    assert float(rows[0]["mean"]) > 0
    assert rows[4]["difference"] != ""
    assert (tmp_path / "a.svg").read_text().lstrip().startswith("<?xml")


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
def test_export_writes_a_file_that_plain_torch_reads(type_: Type, trained: Path, tmp_path: Path, suffix: str) -> None:
    import torch
    from safetensors.torch import load_file

    made = type_("initializations", "name:one", "--json", "--data-folder", trained).json[0]
    target = tmp_path / f"out{suffix}"
    said = type_("export", made["id"], target, "--json", "--data-folder", trained)
    assert (said.code, said.json["file"], said.json["bytes"]) == (0, str(target), target.stat().st_size)
    tensors = torch.load(target, weights_only=True) if suffix == ".pt" else load_file(target)
    assert set(tensors) >= {"body.0.weight", "head.bias"}
    assert "SHA-256" in type_("export", made["id"], target, "--data-folder", trained).out


@pytest.mark.parametrize(("step", "told"), [("last", 12), ("best", 12), ("6", 6)])
def test_any_state_of_a_run_can_be_exported(type_: Type, trained: Path, tmp_path: Path, step: str, told: int) -> None:
    said = type_("export", "one", tmp_path / "a.safetensors", "--step", step, "--json", "--data-folder", trained)
    assert said.code == 0, said.err
    assert said.json["step"] == told or step == "best"


def test_an_initialization_or_its_file_is_measured_on_other_settings(
    type_: Type, trained: Path, tmp_path: Path
) -> None:
    options = ["--episodes", 6, "--set", "tasks.shots=10", "--set", "inner.evaluation_steps=2", "--json"]
    type_("export", "one", tmp_path / "a.safetensors", "--data-folder", trained)
    told = [type_("evaluate", it, *options, "--data-folder", trained) for it in ("one", tmp_path / "a.safetensors")]
    assert [said.code for said in told] == [0, 0]
    first, second = (said.json for said in told)
    assert (first["tasks"], first["steps"], len(first["loss"])) == (6, 2, 3)
    assert first["loss"] == second["loss"]
    assert len(first["random_start"]["loss"]) == 3
    assert "random start" in type_("evaluate", "one", *options[:-1], "--data-folder", trained).out


def test_doctor_finds_all_well(type_: Type, trained: Path) -> None:
    said = type_("doctor", "--json", "--data-folder", trained)
    found = said.json
    assert (said.code, found["problems"], found["database"]["schema"]) == (0, [], "0002")
    assert found["data_folder"]["free_bytes"] > 0
    assert {one["kind"] for one in found["task_data"]} >= {"sinusoid", "glyphs", "omniglot"}
    assert "catalog: schema 0002" in type_("doctor", "--data-folder", trained).out


def test_doctor_works_without_torch_and_says_so(type_: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    said = type_("doctor", "--json")
    assert said.code == 2
    assert "torch cannot be imported" in said.json["error"]
    assert said.json["versions"]["numpy"]


def test_doctor_names_a_damaged_catalog(type_: Type, folder: Path) -> None:
    folder.mkdir()
    (folder / "catalog.sqlite").write_bytes(b"no database at all" * 100)
    said = type_("doctor")
    assert said.code == 2
    assert "is damaged" in said.err
    assert said.err.count("\n") == 1


def test_doctor_rescues_a_damaged_catalog_and_keeps_its_file(type_: Type, trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "data")
    file = tmp_path / "data" / "catalog.sqlite"
    damaged = b"no database at all" * 1000
    file.write_bytes(damaged)
    said = type_("doctor", "--rescue", "--data-folder", tmp_path / "data")
    assert "Saved 2 runs" in said.out
    assert [path.read_bytes() for path in tmp_path.glob("data/damaged/*/catalog.sqlite")] == [damaged]
    assert said.code == 0
    rescued = type_("runs", "--json", "--data-folder", tmp_path / "data").json
    assert {(run["name"], run["status"]) for run in rescued} == {("one", "finished"), ("two", "finished")}
    again = type_("doctor", "--rescue", "--data-folder", tmp_path / "data")
    assert "The catalog is whole" in again.out


def test_doctor_has_nothing_to_rescue_in_an_empty_folder(type_: Type, tmp_path: Path) -> None:
    said = type_("doctor", "--rescue", "--data-folder", tmp_path)
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "nothing to rescue" in said.err


def test_doctor_says_which_compiler_stands_in_for_a_cxx_that_is_not_there(
    type_: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.kernels.library import compiler

    monkeypatch.setenv("CXX", "nonsense-compiler")
    name = compiler()
    if name is None:
        pytest.skip("needs a C++ compiler")
    engine = type_("doctor", "--json", "--data-folder", tmp_path).json["engine"]
    assert Path(engine["compiler"]).name == name
    assert engine["tiers"]["compiled"].endswith(
        f"(CXX names nonsense-compiler, which is no program here; {name} compiles instead)"
    )


def test_why_there_is_no_gpu_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "built without CUDA" in examine._why_no_gpu(None)
    monkeypatch.setattr(examine.shutil, "which", lambda name: None)
    assert "nvidia-smi is missing" in examine._why_no_gpu("12.8")
    monkeypatch.setattr(examine.shutil, "which", lambda name: "/usr/bin/nvidia-smi")
    assert "finds no device" in examine._why_no_gpu("12.8")


def test_names_are_printed_as_they_are(type_: Type, folder: Path) -> None:
    from core.config import presets, with_settings
    from core.storage.catalog import Catalog

    with Catalog.open(folder) as catalog:
        run = catalog.add_run(with_settings(presets()["sinusoid-maml"].experiment, ["name=plain"]))
        catalog.rename_run(run.id, "[red]größe[/red] :smile: \x1b[31m")
    assert "[red]größe[/red] :smile: \N{REPLACEMENT CHARACTER}[31m" in type_("runs").out
    assert json.loads(type_("runs", "--json").out)[0]["name"].startswith("[red]größe")
