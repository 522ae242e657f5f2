"""Reading an initialization's file without torch, friendly and hostile ones."""

import json
import struct
import subprocess
import sys

import pytest

from app.models.tensors import TensorsModel, read_start
from core.config import Experiment
from core.errors import BadFile
from tests.app.shelf import write_tensors


@pytest.fixture
def path(tmp_path):
    write_tensors(tmp_path / "start.safetensors", Experiment(), adapted=("body.0.weight", "head.weight"))
    return tmp_path / "start.safetensors"


def test_tensors_have_names_shapes_roles_and_moments(path):
    rows = {row.name: row for row in read_start(path).tensors}
    assert rows["body.0.weight"].shape == (40, 1)
    assert rows["body.0.weight"].count == 40
    assert rows["body.0.weight"].role == "learned and adapted"
    assert rows["head.bias"].role == "learned, fixed inside"
    assert rows["rate/all"].role == "meta-parameter: rate"
    assert abs(rows["body.0.weight"].mean) < 0.1
    assert rows["body.0.weight"].std == pytest.approx(0.1, rel=0.4)


def test_the_rows_obey_qts_rules(path, qtmodeltester):
    model = TensorsModel()
    model.update_records(read_start(path).tensors)
    qtmodeltester.check(model)
    assert model.index(0, model.column_of("shape")).data() == "40 × 1"


@pytest.mark.parametrize(
    "content",
    [b"", b"\x01", struct.pack("<Q", 2**62) + b"{}", struct.pack("<Q", 3) + b"nul", struct.pack("<Q", 4) + b"[{}]",
     struct.pack("<Q", 22) + b'{"a":{"dtype":"F32"}} ', b"\x89PNG" * 100],
)  # fmt: skip
def test_hostile_files_are_told_in_one_sentence(tmp_path, content):
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(content)
    with pytest.raises(BadFile, match=r"bad\.safetensors is damaged"):
        read_start(bad)


def test_a_truncated_file_and_a_missing_one_are_told(path):
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(BadFile, match="middle of a tensor"):
        read_start(path)
    path.unlink()
    with pytest.raises(BadFile, match="put it back"):
        read_start(path)


def test_a_file_without_a_card_still_shows_its_tensors(tmp_path):
    header = json.dumps({"w": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]}}).encode()
    (tmp_path / "w.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + struct.pack("<f", 2.5))
    found = read_start(tmp_path / "w.safetensors")
    assert found.card == {}
    assert (found.tensors[0].mean, found.tensors[0].std, found.tensors[0].role) == (2.5, 0.0, "–")


def test_torch_is_not_needed():
    code = "import sys, app.models.tensors, app.models.runs, app.pages.initialization.page; sys.exit('torch' in sys.modules)"
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={"QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/bin"}
    )
