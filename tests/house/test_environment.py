"""The set-up behind `make run` and `make test`, with a pip that only tells."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKE = shutil.which("make")


@pytest.fixture
def environment(monkeypatch):
    spec = importlib.util.spec_from_file_location("environment", ROOT / "packaging" / "environment.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    asked = []
    monkeypatch.setattr(module, "pip", lambda python, *arguments: asked.append(arguments))
    module.asked = asked
    return module


def test_a_cuda_build_without_a_gpu_is_announced_before_it_is_installed(environment, monkeypatch, capsys):
    monkeypatch.setattr(environment, "has_gpu", lambda: False)
    monkeypatch.setattr(environment, "cuda_packages", lambda python, request: ["nvidia-cublas", "nvidia-nccl-cu13"])
    environment.install_torch(Path("python"), "torch==2.13.0")
    said = capsys.readouterr().err
    assert "CUDA" in said
    assert "make run TORCH=" in said
    assert said.count("\n") == 1
    assert environment.asked == [("install", "torch==2.13.0")]


def test_a_cuda_build_for_a_gpu_needs_no_word(environment, monkeypatch, capsys):
    monkeypatch.setattr(environment, "has_gpu", lambda: True)
    environment.install_torch(Path("python"), "torch")
    assert capsys.readouterr().err == ""


def test_torch_may_come_with_options_of_pip(environment, monkeypatch):
    monkeypatch.setattr(environment, "has_gpu", lambda: True)
    environment.install_torch(Path("python"), "torch --find-links '/my wheels'")
    assert environment.asked == [("install", "torch", "--find-links", "/my wheels")]


def test_pips_report_is_read_for_cuda_packages(environment, monkeypatch):
    report = '{"install": [{"metadata": {"name": "torch"}}, {"metadata": {"name": "nvidia-cublas"}}]}'
    answer = subprocess.CompletedProcess([], 0, stdout=report, stderr="")
    monkeypatch.setattr(environment.subprocess, "run", lambda *arguments, **options: answer)
    assert environment.cuda_packages(Path("python"), ["torch"]) == ["nvidia-cublas"]


def test_another_choice_of_torch_installs_anew(environment):
    assert environment.wanted("torch==2.13.0") != environment.wanted("torch==2.14.1")
    assert environment.wanted("torch==2.13.0") == environment.wanted("torch==2.13.0")


def test_an_environment_that_holds_everything_is_left_alone(environment, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(environment, "works", lambda python: True)
    (tmp_path / "installed-dev").write_text(environment.wanted("torch==2.13.0"))
    assert environment.main(tmp_path, "torch==2.13.0") == 0
    assert capsys.readouterr().err == ""
    assert environment.asked == []


def test_a_failed_installation_ends_with_exit_code_2_and_leaves_no_mark(environment, tmp_path, monkeypatch, capsys):
    def refuse(python, *arguments):
        raise subprocess.CalledProcessError(1, "pip install torch")

    monkeypatch.setattr(environment, "works", lambda python: True)
    monkeypatch.setattr(environment, "has_gpu", lambda: True)
    monkeypatch.setattr(environment, "pip", refuse)
    assert environment.main(tmp_path, "torch==2.13.0") == 2
    assert "pip install torch" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(MAKE is None, reason="make is not installed")
def test_an_old_python_is_answered_with_one_line(tmp_path):
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    answer = subprocess.run(
        [MAKE, "run", f"PYTHON={old}"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 2
    assert "Headstart needs Python 3.11 or newer" in answer.stderr.splitlines()[0]


@pytest.mark.skipif(MAKE is None, reason="make is not installed")
def test_make_alone_lists_the_targets():
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    answer = subprocess.run([MAKE], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    for target in ("run", "test", "check", "wheel", "install-desktop"):
        assert f"make {target} " in answer.stdout


def test_the_scripts_of_the_set_up_use_the_standard_library_alone():
    code = "import sys; sys.path.insert(0, 'packaging'); import environment, desktop"
    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
