"""A real catalog filled by hand: runs of all states, series, evaluations, initializations; no training, no torch."""

import json
import struct

import numpy as np

from core.config import Experiment
from core.storage.catalog import Catalog
from core.storage.records import Status
from core.training.events import Curves, Evaluated, Stepped, Validated

LONG = "a name of three hundred signs " * 10
EMOJI = "🧠🦉 mit Umlaut äöü و عربى"


def add_run(
    catalog,
    name="run",
    *,
    status=Status.FINISHED,
    steps=300,
    level=0.4,
    digest="same",
    evaluated=True,
    alternatives=(),
    **settings,
):
    """A run whose loss falls from about 3 to `level`; level NaN: a loss that never was a number."""
    experiment = Experiment.model_validate({"name": name, "outer": {"steps": steps}, **settings})
    run = catalog.add_run(experiment)
    if status == Status.QUEUED:
        return catalog.run(run.id)
    catalog.begin_run(run.id, "cpu", {"tier": "eager", "plan": "vectorised"}, {"adapted": 1761}, 0)
    done = steps if status == Status.FINISHED else steps // 2
    at = np.arange(1, done + 1)
    noise = np.random.default_rng(len(name)).normal(0, 0.15, done)
    loss = level + 2.6 * np.exp(-3 * at / steps) + noise
    catalog.append_series(run.id, Stepped(at, loss, np.full(done, np.nan), at * 0.05))
    best = 1e9
    for step in range(30, done + 1, 30):
        curves = learned(level * (1 + 30 / step), 40, rate=step / steps)
        mean = float(curves.loss[:, 1].mean())
        catalog.add_validation(run.id, Validated(step, step * 0.05, curves, mean < best))
        best = min(best, mean)
    catalog.add_log(run.id, "training", None)
    if evaluated and status == Status.FINISHED:
        catalog.add_evaluation(
            run.id,
            Evaluated(done, learned(level, 200), learned(level + 1.2, 200), digest, alternatives=tuple(alternatives)),
        )
    message = "the loss is not a finite number at step 150, in head.weight" if status == Status.FAILED else ""
    end = {"step": done, "seconds": done * 0.05, "rates": {"steps_per_second": 20.0}, "message": message}
    catalog.end_run(run.id, status, loss=level if evaluated else None, **end)
    return catalog.run(run.id)


def learned(level, tasks, *, rate=1.0, steps=10):
    """Curves [tasks, steps + 1] that fall to `level` on average."""
    each = np.random.default_rng(3).lognormal(0, 0.4, (tasks, 1))
    return Curves(each * (level + 2.5 * np.exp(-1.4 * rate * np.arange(steps + 1))))


def add_initialization(catalog, run, name="learned", **fields):
    """A small safetensors file with a card, and its row."""
    path = catalog.folder / "initializations" / f"{run.id if run else name}.safetensors"
    path.parent.mkdir(exist_ok=True)
    write_tensors(path, run.experiment if run else Experiment())
    return catalog.add_initialization(
        path, name=name, run=run.id if run else None, step=300, method="maml", tasks="sinusoid", network="mlp",
        **({"loss": 0.4, "accuracy": None} | fields),
    )  # fmt: skip


def write_tensors(path, experiment, adapted=("body.0.weight", "body.0.bias", "head.weight")):
    shapes = {
        "body.0.weight": (40, 1),
        "body.0.bias": (40,),
        "head.weight": (1, 40),
        "head.bias": (1,),
        "rate/all": (4,),
    }
    card = {"format": 1, "title": experiment.title(), "experiment": experiment.plain(), "adapts": list(adapted), "frozen": [],
            "provenance": {"outer_step": 300, "versions": {"headstart": "0.1.0", "torch": "2.13.0"}}}  # fmt: skip
    header, blob = {"__metadata__": {"headstart": json.dumps(card)}}, b""
    for name, shape in shapes.items():
        values = np.random.default_rng(1).normal(0, 0.1, shape).astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(blob), len(blob) + len(values)]}
        blob += values
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + blob)


def varied(folder):
    """What a catalog looks like after a week."""
    catalog = Catalog.open(folder)
    maml = add_run(catalog, "sinusoid-maml", level=0.35)
    catalog.set_tags(maml.id, ["paper"])
    catalog.set_star(maml.id, True)
    catalog.set_note(maml.id, "The one for figure 2.")
    add_initialization(catalog, maml, "sinusoid-maml")
    for seed in (1, 2):
        add_run(catalog, f"sinusoid-maml seed {seed}", level=0.35 + 0.04 * seed, seed=seed)
    reptile = {"method": {"kind": "reptile"}, "inner": {"steps": 10, "learning_rate": 0.02, "order": "first"}}
    add_initialization(catalog, add_run(catalog, "sinusoid-reptile", level=0.9, **reptile), "sinusoid-reptile")
    add_run(catalog, "sinusoid-meta-sgd", level=0.3, method={"kind": "meta-sgd"})
    add_run(catalog, "five modes", level=1.2, digest="other", tasks={"kind": "five-modes"})
    add_run(catalog, "diverged", status=Status.FAILED, level=float("nan"))
    add_run(catalog, "pulled the plug", status=Status.INTERRUPTED)
    add_run(catalog, "enough of it", status=Status.STOPPED)
    add_run(catalog, EMOJI, status=Status.QUEUED)
    add_run(catalog, LONG.strip()[:300], evaluated=False)
    add_initialization(catalog, None, "imported")
    return catalog


def many(folder, count=500):
    """Runs without numbers, quickly."""
    catalog = Catalog.open(folder)
    for number in range(count):
        catalog.add_run(Experiment(name=f"run {number}", seed=number))
    return catalog
