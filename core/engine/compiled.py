"""The compiled tier: one pass as machine code. Built in a child process, cached on disk, called without Python inside.

The child traces the pass (make_fx over the method's pure functions, so every method goes the same way), exports it and
lets Inductor compile it ahead of time into a library; this process loads that library in milliseconds. Shapes, the plan and
all settings that the trace has baked in are in the cache's key, together with the source of the core itself.

Convolutional networks that go task by task on a CPU are another matter: torch's convolutions are near the machine's limit, and what
is slow stands between them. There the library holds own kernels for that (core.kernels), for whatever method and shape: it
is built in a few seconds, once a machine, and the pass is the eager one with the kernels in use.
"""

import hashlib
import json
import os
import platform
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from core.engine import shelf
from core.engine.plan import Plan
from core.engine.shelf import CARD as CARD
from core.engine.shelf import LIBRARY as LIBRARY
from core.kernels import library, using
from core.nets.conv import CENTRED
from core.outer import Gradient, count
from core.types import Aux, Groups, Meta, Noise, Task

if TYPE_CHECKING:
    from core.config import Experiment


def missing() -> str:
    """What the machine lacks to compile, as a sentence; empty where nothing is."""
    if os.name == "nt":
        return "compiling ahead of time is not tried on Windows"
    if library.compiler() is None:
        return "no C++ compiler is installed (g++ would do)"
    return ""


def folder_of(experiment: "Experiment", plan: Plan, data_folder: Path) -> Path:
    """Where the compiled pass of this experiment and plan lies, once it is there."""
    name = f"{shelf.KERNELS}{library.digest()}" if by_kernels(experiment, plan) else key_of(experiment, plan)
    return data_folder / "cache" / "compiled" / name


def key_of(experiment: "Experiment", plan: Plan) -> str:
    """[24 hex digits] of all that the pass of an experiment depends on: its mathematics and its shapes, the plan, this machine."""
    plain = experiment.plain()
    tasks = {name: value for name, value in plain["tasks"].items() if name != "path"}
    baked = {
        "tasks": tasks, "network": plain["network"], "method": plain["method"], "subset": plain["subset"],
        "inner": {name: value for name, value in plain["inner"].items() if name != "evaluation_steps"},
        "plan": {**plan.as_dict(), "tier": "", "evaluation_chunk": 0, "workers": 0},
        "torch": torch.__version__, "machine": [platform.machine(), torch.backends.cpu.get_cpu_capability()],
        "core": source_digest(),
    }  # fmt: skip
    return hashlib.sha256(json.dumps(baked, sort_keys=True).encode()).hexdigest()[:24]


def by_kernels(experiment: "Experiment", plan: Plan) -> bool:
    """Is the compiled tier of this experiment the eager pass with own kernels?"""
    own = getattr(experiment.network, "norm", "") in CENTRED and experiment.network.kind.startswith("conv")
    return own and plan.mode == "per-task" and plan.device == "cpu"


@cache
def source_digest() -> str:
    """[16 hex digits] of the core's own mathematics: changed code never meets an old library."""
    import core

    root, digest = Path(core.__file__).parent, hashlib.sha256()
    parts = [
        "inner.py",
        "outer.py",
        "losses.py",
        "types.py",
        "tree.py",
        "partition.py",
        "func.py",
        "engine",
        "kernels",
        "methods",
        "nets",
    ]
    for part in parts:
        path = root / part
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def inputs_of(meta: Meta, tasks: Task, noise: Noise, progress: Tensor) -> list[Tensor]:
    """The leaves in a fixed order, contiguous: the library takes the strides that it was compiled with for granted."""
    return [leaf.contiguous() for leaf in leaves_of((meta, tasks._replace(about={}), noise, progress))]


def leaves_of(tree: Any) -> list[Tensor]:
    """Tensors of nested tuples and dicts, dicts by sorted key: a restored checkpoint may hold another order.

    (torch's pytree does the same in five times the time, which would be a third of a compiled sine step.)
    """
    if isinstance(tree, Tensor):
        return [tree]
    parts = [tree[key] for key in sorted(tree)] if isinstance(tree, dict) else tree
    return [leaf for part in parts for leaf in leaves_of(part)]


def rebuilt(tree: Any, leaves: Iterator[Tensor]) -> Any:
    """The inverse of `leaves_of`: the same nesting with other tensors."""
    if isinstance(tree, Tensor):
        return next(leaves)
    if isinstance(tree, dict):
        values = {key: rebuilt(tree[key], leaves) for key in sorted(tree)}
        return {key: values[key] for key in tree}
    parts = [rebuilt(part, leaves) for part in tree]
    return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)


def load(folder: Path, fallback: Gradient, plan: Plan) -> Gradient:
    """The compiled pass; chunks of another size (the last one of a meta-batch) go through `fallback`. Raises OSError,
    RuntimeError or ValueError where the library cannot be used."""
    card = shelf.opened(folder)
    if card.get("kernels"):
        return _with_kernels(library.load(folder / LIBRARY), fallback)
    # torch._inductor.package.load_package comes to this after importing all of torch's compiler
    runner: Any = torch._C._aoti.AOTIModelPackageLoader(str(folder / LIBRARY), "model", False, plan.workers, -1)
    shapes = [tuple(shape) for shape in card["inputs"]]
    learned = [tuple(name.split("/", 1)) for name in card["learned"]]
    size = plan.chunk if plan.mode == "vectorised" else None

    def gradient(meta: Meta, tasks: Task, noise: Noise, progress: Tensor) -> tuple[Groups, Aux]:
        if size is not None and count(tasks) != size:
            return fallback(meta, tasks, noise, progress)
        leaves = inputs_of(meta, tasks, noise, progress)
        if [tuple(leaf.shape) for leaf in leaves] != shapes:
            raise ValueError("the compiled pass was built for other shapes")
        found = runner.boxed_run(leaves)
        groups: Groups = {}
        for (group, name), leaf in zip(learned, found, strict=False):
            groups.setdefault(group, {})[name] = leaf
        return groups, dict(zip(card["aux"], found[len(learned) :], strict=True))

    return gradient


def _with_kernels(loaded: Any, eager: Gradient) -> Gradient:
    def gradient(meta: Meta, tasks: Task, noise: Noise, progress: Tensor) -> tuple[Groups, Aux]:
        with using(loaded):
            return eager(meta, tasks, noise, progress)

    return gradient
