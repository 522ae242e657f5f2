"""A run that begins with the weights of a file instead of fresh ones."""

from pathlib import Path

from torch import Generator

from core.errors import BadExperiment
from core.inner import with_start
from core.methods.mixture import begun_together
from core.types import Meta, Net


def begun_with(meta: Meta, net: Net, path: Path, method: str, generator: Generator) -> Meta:
    """The same meta-parameters, but the network's tensors are those of the file, of every component of a mixture; what is
    learned beyond the network (step sizes, masks) begins anew. generator: of the noise between components.

    Raises BadFile, BadExperiment where names or shapes do not fit."""
    from core.export.weights import fitting, state_dict

    weights = {name: leaf for name, leaf in state_dict(path).items() if "/" not in name}
    fit = fitting(weights, net, f"network.start: {path.name}")
    there = {**meta.fixed.get("init", {}), **meta.learned.get("init", {})}
    if not there or any(there[name].shape != fit[name].shape for name in there.keys() & fit.keys()):
        raise BadExperiment(
            f"network.start: {method} does not begin with one plain network; choose maml, reptile, meta-sgd, or leave the "
            "file out"
        )
    return begun_together(with_start(meta, fit), generator)
