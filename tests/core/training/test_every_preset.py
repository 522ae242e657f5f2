"""Every preset of the program trains a few steps as the command line and the window start it, with its method, its tasks and
its inner loop as they stand. What lies on a person's disk is made up in the same layout, or real where it is at hand."""

import warnings

import numpy as np
import pytest

from core.config import presets, with_settings
from core.training import Control, train
from core.training.events import Evaluated, Failed, Finished, Pretrained, Stepped
from tests.core.data import small_tables
from tests.core.data.own_images import small_sets
from tests.core.data.places import real, session_folder

FEW = (
    "outer.steps=3", "outer.meta_batch=2", "evaluation.tasks=3", "evaluation.validation_tasks=2", "evaluation.validate_every=3",
    "engine.tier=eager", "engine.device=cpu", "engine.threads=1",
)  # fmt: skip


def smaller(experiment):
    """Settings that make steps and pretraining cheap and say nothing of the method."""
    found = list(FEW)
    if hasattr(experiment.network, "filters"):
        found.append("network.filters=4")
    if getattr(experiment.method, "pretraining_steps", 0):
        found += ["method.pretraining_steps=3", "method.pretraining_batch=8"]
    return found


def omniglot(folder):
    return [f"tasks.path={real('omniglot')}"]


def digits(folder):
    return [f"tasks.path={real('mnist')}"]


def mini(folder):
    content = small_sets.split_folders(sizes=(6, 5, 5), each=17)
    return [f"tasks.path={small_sets.folder(folder / 'mini', content)}"]


def own_pictures(folder):
    return [f"tasks.path={small_sets.folder(folder / 'photos', small_sets.files(classes=30, each=16))}"]


def own_table(folder):
    rows = small_tables.text(small_tables.rats(tasks=40, rows=26))
    path = small_tables.write(folder / "rats.csv", rows)
    return [f"tasks.path={path}", "tasks.task_column=rat", "tasks.inputs=day", "tasks.target=weight"]


ON_DISK = {
    "omniglot": omniglot, "rainbow-mnist": digits, "rainbow-stream": digits, "miniimagenet": mini, "images": own_pictures,
    "table": own_table,
}  # fmt: skip
"""What kinds of tasks need that do not make their own: settings that name it."""
QUICK = {"mlp"}
EACH = [
    name if preset.experiment.network.kind in QUICK else pytest.param(name, marks=pytest.mark.slow)
    for name, preset in presets().items()
]


@pytest.fixture(scope="module")
def data_folder(tmp_path_factory):
    """One for all: glyphs are drawn and archives decoded once."""
    return session_folder(tmp_path_factory)


@pytest.mark.parametrize("name", EACH)
def test_a_preset_trains(name, data_folder, tmp_path, monkeypatch):
    monkeypatch.setattr("core.training.joint.LEAST_STEPS", 2)
    preset = presets()[name].experiment
    there = ON_DISK.get(preset.tasks.kind, lambda folder: [])(tmp_path)
    experiment, heard = with_settings(preset, [*smaller(preset), *there]), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        train(experiment, heard.append, Control(), tmp_path, data_folder)
    assert not [event.sentence for event in heard if isinstance(event, Failed)]
    assert isinstance(heard[-1], Finished)
    told = [value for event in heard if isinstance(event, Stepped) for value in event.loss]
    assert len(told) == 3
    assert np.isfinite(told).all()
    (evaluated,) = (event for event in heard if isinstance(event, Evaluated))
    assert np.isfinite(evaluated.curves.loss).all()
    asked = getattr(preset.method, "pretraining_steps", 0) and preset.method.holds_body(preset)
    assert bool([event for event in heard if isinstance(event, Pretrained)]) == bool(asked)


@pytest.mark.parametrize("name", [n for n, p in presets().items() if p.experiment.tasks.kind in ON_DISK])
def test_without_its_data_a_preset_says_in_one_line_what_it_needs(name, tmp_path):
    heard = []
    train(presets()[name].experiment, heard.append, Control(), tmp_path, tmp_path)
    (failed,) = (event for event in heard if isinstance(event, Failed))
    assert "tasks.path" in failed.sentence
    assert "\n" not in failed.sentence
