"""Programs run where there is nothing of Headstart: torch alone, or onnxruntime and numpy alone."""

import os
import subprocess
import sys
import venv

import numpy as np
import pytest

from core.deploy import load
from core.export.programs import write_program
from core.export.words import nothing

from .made import SPECS, start_file
from .test_programs import task

BLOCKED = {
    ".pt2": ("core", "app", "PySide6", "onnx", "onnxruntime", "pydantic", "safetensors", "sqlalchemy"),
    ".onnx": ("core", "app", "PySide6", "torch", "onnx", "pydantic", "safetensors", "sqlalchemy"),
}
LINES = {
    ".pt2": "import torch\nprogram = torch.export.load(sys.argv[1]).module()\n"
    "found = program(*(torch.from_numpy(x) for x in inputs)).detach().numpy()\n",
    ".onnx": "import onnxruntime\nsession = onnxruntime.InferenceSession(sys.argv[1])\n"
    "names = ['support_x', 'support_y', 'query_x']\nfound = session.run(None, dict(zip(names, inputs)))[0]\n",
}
SCRIPT = """
import sys
for name in {blocked}:
    sys.modules[name] = None
import numpy as np
inputs = [np.load(path) for path in sys.argv[2:5]]
{lines}
np.save(sys.argv[5], found)
"""


@pytest.fixture
def program(tmp_path, no_real_tasks):
    """(ending) -> arguments of the script, and the answer of Headstart."""

    def make(ending):
        source, target = start_file(tmp_path, world="columns"), tmp_path / f"program{ending}"
        write_program(source, target, tmp_path / f"part{ending}", tmp_path, nothing)
        arrays = task(SPECS["columns"], 6, 4)
        paths = [tmp_path / f"{name}.npy" for name in ("sx", "sy", "qx")]
        for path, array in zip(paths, arrays, strict=True):
            np.save(path, array)
        return [target, *paths, tmp_path / "out.npy"], load(source).adapt(*arrays[:2]).predict(arrays[2])

    return make


def answer(python, script, arguments, tmp_path):
    (tmp_path / "use.py").write_text(script)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run(
        [python, "-I", "-W", "ignore", tmp_path / "use.py", *arguments],
        check=True,
        cwd=tmp_path,
        env=plain,
        timeout=300,
    )
    return np.load(tmp_path / "out.npy")


@pytest.mark.parametrize("ending", [".pt2", ".onnx"])
def test_a_program_needs_nothing_of_headstart(tmp_path, program, ending):
    arguments, expected = program(ending)
    script = SCRIPT.format(blocked=BLOCKED[ending], lines=LINES[ending])
    found = answer(sys.executable, script, arguments, tmp_path)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.slow
def test_onnx_runs_in_a_fresh_environment_without_torch(tmp_path, program):
    arguments, expected = program(".onnx")
    venv.create(tmp_path / "fresh", with_pip=True)
    python = tmp_path / "fresh" / "bin" / "python"
    installed = subprocess.run(
        [python, "-m", "pip", "install", "-q", "onnxruntime", "numpy"], capture_output=True, text=True, timeout=500
    )
    if installed.returncode:
        pytest.skip(f"needs a package index for onnxruntime and numpy: {installed.stderr.strip()[-200:]}")
    without = "try:\n    import torch\nexcept ImportError:\n    pass\nelse:\n    raise SystemExit('torch is here')\n"
    found = answer(python, without + SCRIPT.format(blocked=(), lines=LINES[".onnx"]), arguments, tmp_path)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
