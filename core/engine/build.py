"""What the child process does: trace, export, compile, put into the cache. Started by core.engine.compiled alone."""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from core.engine import shelf


def main(text: str) -> None:
    """text: the job as JSON (experiment, plan, data_folder, target)."""
    if hasattr(os, "nice"):
        os.nice(19)
    job = json.loads(text)
    target, data_folder = Path(job["target"]), Path(job["data_folder"])
    if not data_folder.is_dir():  # gone meanwhile: do not bring it back
        raise SystemExit(f"there is no folder {data_folder} any more")
    target.parent.mkdir(parents=True, exist_ok=True)
    with shelf.alone(target):
        if not shelf.complete(target):  # another process may have built it while this one waited
            _build_in(target, job)
    shelf.prune(target.parent)


def _build_in(target: Path, job: dict[str, Any]) -> None:
    """Beside the target, then in one move; what a killed build of this key has left is cleared first."""
    place = target.with_name(f".building-{target.name}")
    shutil.rmtree(place, ignore_errors=True)
    try:
        made = place / "made"
        made.mkdir(parents=True)
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(place / "inductor")
        _build(job, made)
        shutil.rmtree(target, ignore_errors=True)
        os.replace(made, target)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _build(job: dict[str, Any], folder: Path) -> None:
    import torch
    from torch.fx.experimental.proxy_tensor import make_fx

    from core.config import parse
    from core.draws import at_step
    from core.engine.compiled import LIBRARY, inputs_of, rebuilt
    from core.engine.passes import one_pass
    from core.outer import one_task
    from core.training.assembly import assemble

    parts = assemble(parse(job["experiment"]), Path(job["data_folder"]), job["plan"])
    torch.set_num_threads(parts.plan.threads)
    meta = parts.method.init(at_step(0, "build"))
    size = parts.plan.chunk if parts.plan.mode == "vectorised" else 1
    tasks = parts.splits.train.sample(at_step(0, "build-tasks"), size)._replace(about={})
    noise = parts.method.noise(at_step(0, "build-noise"), meta, tasks.given, parts.experiment.inner.steps)
    if parts.plan.mode != "vectorised":
        tasks, noise = one_task(tasks, 0), one_task(noise, 0)
    progress = torch.zeros((), dtype=parts.dtype)
    gradient, structure = one_pass(parts.method, parts.plan), (meta, tasks, noise, progress)
    names: dict[str, list[str]] = {}

    def flat(*leaves: torch.Tensor) -> tuple[torch.Tensor, ...]:
        groups, aux = gradient(*rebuilt(structure, iter(leaves)))
        names["learned"] = [f"{group}/{name}" for group, named in groups.items() for name in named]
        names["aux"] = list(aux)
        return (*(leaf for named in groups.values() for leaf in named.values()), *aux.values())

    leaves = inputs_of(meta, tasks, noise, progress)
    with torch.no_grad():
        graph = make_fx(flat)(*leaves)
        program = torch.export.export(graph, tuple(leaves))
        torch._inductor.aoti_compile_and_package(program, package_path=str(folder / LIBRARY))
    card = {**names, "inputs": [list(leaf.shape) for leaf in leaves], "torch": torch.__version__}
    shelf.seal(folder, card)


if __name__ == "__main__":
    main(sys.argv[1])
