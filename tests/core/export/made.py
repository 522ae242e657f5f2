"""Initializations of every method and network without a training run: shaken starts, written as files."""

import json

from core.card import make_card
from core.config import parse
from core.config.problems import problems
from core.deploy import load, write
from core.draws import at_step
from core.methods.registry import METHODS
from core.nets import build, module_source
from core.training.assembly import methods_for
from core.types import DTYPES, TaskSpec
from tests.core.methods.test_round_trip import shaken

STEPS = 3
SCALING = {"x_mean": [1980.0], "x_std": [16.0], "y_mean": [60.0], "y_std": [12.0]}
NUMBERS = TaskSpec("regression", (1,), 1, 5, 5, "made up", input_range=(-5.0, 5.0))
PICTURES = TaskSpec("classification", (1, 8, 8), 3, 2, 2, "made up")
SPECS = {
    "numbers": NUMBERS,
    "columns": NUMBERS._replace(input_names=("year",), output_names=("age (years)",), scaling=SCALING),
    "pictures": PICTURES,
    "photographs": PICTURES._replace(input_shape=(3, 14, 14)),
}
MLP = {"kind": "mlp", "hidden": [6, 5]}
STRIDED = {"kind": "conv-strided", "filters": 3, "depth": 2, "norm": "layer"}
POOLED = {"kind": "conv-pooled", "filters": 3, "depth": 3, "norm": "layer"}
WORLDS = {
    "numbers": (SPECS["numbers"], {"kind": "sinusoid"}, MLP),
    "columns": (SPECS["columns"], {"kind": "sinusoid"}, MLP),
    "pictures": (SPECS["pictures"], {"kind": "glyphs", "ways": 3}, STRIDED),
    "photographs": (SPECS["photographs"], {"kind": "glyphs", "ways": 3}, POOLED),
}


def experiment(kind, world, *, method=None, network=None, precision="float32", rate=0.05, **inner):
    """tasks.* fits no spec here: the tests stand in for a person's own tasks, of which there are none to draw."""
    _, tasks, usual = WORLDS[world]
    usual = {} if network and "kind" in network else usual
    return parse(
        {
            "tasks": tasks,
            "network": {**usual, **(network or {})},
            "method": {"kind": kind, **(method or {})},
            "inner": {"steps": 2, "evaluation_steps": STEPS, "learning_rate": rate, **inner},
            "engine": {"precision": precision},
        }
    )


def fits(kind, world, **changes):
    return not any(problem.blocking for problem in problems(experiment(kind, world, **changes)))


def start_file(folder, kind="maml", world="numbers", **changes):
    """The .safetensors file."""
    chosen, spec = experiment(kind, world, **changes), WORLDS[world][0]
    net = build(chosen.network, spec, dtype=DTYPES[chosen.engine.precision])
    method, _, partition, _ = methods_for(chosen, spec, net)
    card = make_card(
        chosen,
        spec,
        partition,
        net.shapes,
        run="r",
        step=1,
        module=module_source(chosen.network, spec),
        evaluation=None,
    )
    path = folder / "start.safetensors"
    write(path, shaken(method.init(at_step(0, "init"))), net, partition, json.loads(json.dumps(card)))
    load(path)
    return path


KINDS = tuple(METHODS)
