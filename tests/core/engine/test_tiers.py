"""When a compiled library is worth building: by the whole training, since later launches are served too."""

import pytest

from core.config import presets, with_settings
from core.engine import tiers
from core.engine.tiers import COMPILING, Tiers
from core.training.assembly import assemble


@pytest.fixture
def began(monkeypatch, tmp_path):
    """began(step, seconds, *settings) -> what was told when a run of 1,000 outer steps had come to that step by then."""
    monkeypatch.setattr(tiers, "Child", lambda *_, **__: object())
    monkeypatch.setattr(tiers.compiled, "missing", lambda: "")

    def looked(step, seconds, *settings):
        experiment = with_settings(
            presets()["sinusoid-maml"].experiment, ["outer.steps=1000", "engine.device=cpu", *settings]
        )
        parts, told = assemble(experiment, tmp_path), []
        found = Tiers(experiment, parts.method, parts.plan, tmp_path, [], lambda: None, told.append)
        found.consider(step, seconds)
        return told

    return looked


def test_a_training_of_twelve_seconds_builds_though_it_will_end_before_the_build(began):
    assert began(201, 2.4) == [COMPILING]
    assert began(951, 11.4) == [COMPILING]


@pytest.mark.parametrize(
    ("step", "seconds", "settings", "why"),
    [
        (201, 1.6, (), "eight seconds in all"),
        (51, 1.5, (), "thirty in all, but nothing is judged before two"),
        (51, 3.0, ("outer.minutes=0.1",), "sixty in all, but a limit of six"),
        (51, 3.0, ("engine.tier=eager",), "pinned"),
    ],
)
def test_a_short_or_pinned_run_builds_nothing(began, step, seconds, settings, why):
    assert began(step, seconds, *settings) == [], why
