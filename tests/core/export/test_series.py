"""Numbers of a run for pandas and TensorBoard, the same as in the catalog."""

import numpy as np
import pandas as pd
import pytest

from core.config import read
from core.errors import BadFile, CoreError
from core.export.series import COLUMNS, export_series
from core.runs import enqueue, execute
from core.storage.catalog import Catalog
from tests.core.training.helpers import tiny


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    with Catalog.open(tmp_path_factory.mktemp("series") / "data") as catalog:
        yield catalog, execute(catalog, enqueue(catalog, tiny("outer.steps=6", "evaluation.validate_every=3")).id)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_table_holds_every_number_and_the_settings_lie_beside(trained, tmp_path, ending):
    catalog, run = trained
    written = export_series(catalog, run.id, tmp_path / f"numbers{ending}")
    assert [path.name for path in written] == [f"numbers{ending}", "numbers.toml"]
    frame = pd.read_csv(written[0]) if ending == ".csv" else pd.read_parquet(written[0])
    assert tuple(frame.columns) == COLUMNS
    training = frame[frame["series"] == "training"]
    np.testing.assert_allclose(training["loss"], catalog.series(run.id).loss, rtol=1e-6)
    assert training["outer_step"].tolist() == [1, 2, 3, 4, 5, 6]
    last = catalog.validations(run.id)[-1]
    rows = frame[(frame["series"] == "validation") & (frame["outer_step"] == last.step)]
    np.testing.assert_allclose(rows["loss"], last.curves.loss.mean(0), rtol=1e-6)
    assert rows["tasks"].unique().tolist() == [len(last.curves.loss)]
    test = frame[frame["series"] == "test"]
    np.testing.assert_allclose(test["loss"], catalog.evaluation(run.id).curves.loss.mean(0), rtol=1e-6)
    assert len(frame[frame["series"] == "random start"]) == len(test)
    assert read(written[1]) == run.experiment


def test_tensorboard_reads_the_event_files(trained, tmp_path):
    from tensorboardX.proto.event_pb2 import Event

    catalog, run = trained
    (path,) = export_series(catalog, run.id, tmp_path / "board")
    found, raw, at = {}, path.read_bytes(), 0
    while at < len(raw):
        length = int.from_bytes(raw[at : at + 8], "little")
        event = Event.FromString(raw[at + 12 : at + 12 + length])
        at += 16 + length
        for value in event.summary.value:
            if value.HasField("simple_value"):
                found.setdefault(value.tag, []).append((event.step, value.simple_value))
    series = catalog.series(run.id)
    np.testing.assert_allclose([value for _, value in found["training/loss"]], series.loss, rtol=1e-6)
    assert [step for step, _ in found["training/loss"]] == series.steps.tolist()
    assert {"validation_loss/after_0_steps", "test/loss", "random_start/loss"} <= found.keys()
    assert [each.name for each in tmp_path.iterdir()] == ["board"]


def test_what_cannot_be_written_is_one_sentence(trained, tmp_path):
    catalog, run = trained
    with pytest.raises(BadFile, match=r"ends in \.csv or \.parquet, or a folder"):
        export_series(catalog, run.id, tmp_path / "numbers.xls")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("")
    with pytest.raises(BadFile, match="is there and not empty"):
        export_series(catalog, run.id, tmp_path / "full")
    with pytest.raises(CoreError, match="cannot write"):
        export_series(catalog, run.id, tmp_path / "nowhere" / "numbers.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["full"]
