"""The workloads, as experiments: what is timed is the training loop that everybody else uses, too."""

from typing import Any

from core.config import Experiment, parse

_QUIET = {"tasks": 2, "validation_tasks": 2, "validate_every": 10**6, "checkpoint_every": 10**6}
_SINE = {
    "tasks": {"kind": "sinusoid", "shots": 10, "queries": 10},
    "network": {"kind": "mlp"},
    "outer": {"meta_batch": 25},
}


def _pictures(kind: str, ways: int, queries: int, meta_batch: int) -> dict[str, Any]:
    """28 x 28 pictures, 64 filters; every parameter adapts, as the peers do it."""
    return {
        "tasks": {"kind": "glyphs", "ways": ways, "shots": 1, "queries": queries},
        "network": {"kind": kind, "filters": 64, "scale": True},
        "subset": {"adapt": ["*"]},
        "outer": {"meta_batch": meta_batch},
    }


WORKLOADS: dict[str, dict[str, Any]] = {
    "sine-1": {**_SINE, "inner": {"steps": 1}},
    "sine-5": {**_SINE, "inner": {"steps": 5}},
    "omni-5w1s-strided": {**_pictures("conv-strided", 5, 15, 32), "inner": {"steps": 1, "learning_rate": 0.4}},
    "omni-5w1s-pooled": {**_pictures("conv-pooled", 5, 15, 32), "inner": {"steps": 1, "learning_rate": 0.4}},
    "omni-20w1s-pooled": {**_pictures("conv-pooled", 20, 5, 16), "inner": {"steps": 5, "learning_rate": 0.1}},
}


def experiment(name: str, *, tier: str, steps: int) -> Experiment:
    """A workload with that many outer steps on that tier, without validation on the way."""
    return quiet(WORKLOADS[name], f"bench {name}", tier=tier, steps=steps)


def quiet(values: dict[str, Any], name: str, *, tier: str, steps: int) -> Experiment:
    """Those settings, with as little beside the outer steps as there can be."""
    return parse({
        **values,
        "name": name,
        "inner": {"learning_rate": 0.01, **values["inner"], "evaluation_steps": 1},
        "outer": {**values["outer"], "steps": steps},
        "evaluation": _QUIET,
        "engine": {"tier": tier},
    })  # fmt: skip
