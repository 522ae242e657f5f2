"""The library of kernels: C++ without torch's headers, so that any compiler builds it in a few seconds, once a machine."""

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
from pathlib import Path

import torch

SOURCES = ("norm_pool.cpp", "first_layer.cpp")
HEADERS = ("vectors.h",)
COMMON = ("-std=c++17", "-O3", "-fno-math-errno", "-fPIC", "-shared")
_FLAGS = {
    "AVX512": ("-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma"),
    "AVX2": ("-mavx2", "-mfma"),
}
"""By what torch finds on this processor; elsewhere what the compiler takes for granted."""
_OTHER = "set CXX to a C++ compiler, or unset it"


def compiler() -> str | None:
    """The name of a C++ compiler that is installed, the one of $CXX first."""
    names = [os.environ.get("CXX", ""), "g++", "clang++", "c++"]
    return next((name for name in names if name and shutil.which(name)), None)


def passed_over() -> str:
    """That $CXX names no program and what compiles instead, as a sentence; empty where nothing is to be said."""
    wanted, name = os.environ.get("CXX", ""), compiler()
    if not wanted or name is None or name == wanted:
        return ""
    return f"CXX names {wanted}, which is no program here; {name} compiles instead"


def digest() -> str:
    """[16 hex digits] of the sources, of how they are built, and of the kind of machine that they are built for."""
    found = hashlib.sha256(repr([platform.machine(), _capability(), COMMON, _FLAGS]).encode())
    for path in (*_sources(), *map(_here, HEADERS)):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def build(path: Path) -> None:
    """Into that file. Raises RuntimeError with the compiler's first line."""
    name = compiler()
    if name is None:
        raise RuntimeError("no C++ compiler is installed (g++ would do)")
    flags = [*COMMON, *_FLAGS.get(_capability(), ())]
    done = subprocess.run(
        [name, *flags, *map(str, _sources()), "-o", str(path)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if "error" in line] or done.stderr.splitlines()
        raise RuntimeError(f"{name}: {lines[0][:200]}" if lines else f"{name} ended with {done.returncode}; {_OTHER}")
    if not path.exists():
        raise RuntimeError(f"{name} wrote no library; {_OTHER}")


def load(path: Path) -> ctypes.CDLL:
    """Raises OSError where the system cannot."""
    return ctypes.CDLL(str(path))


def _capability() -> str:
    return str(torch.backends.cpu.get_cpu_capability())


def _sources() -> list[Path]:
    return list(map(_here, SOURCES))


def _here(name: str) -> Path:
    return Path(__file__).with_name(name)
