"""What the child process does: trace, export, compile, put into the cache. Started by core.engine.child alone."""

import json
import os
import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from core.engine import shelf
from core.engine.standing import Standing


def begin(text: str) -> None:
    """What the child process calls: `main`, looked after by a thread that ends the whole process once nobody wants it."""
    job, standing = json.loads(text), _standing()
    standing.watch(lambda worked: _end(_place(Path(job["target"])) if worked else None))
    if not _is_quick(job):
        _be_polite(5 if job["waited_for"] else 19)
    main(text, standing)


def _standing() -> Standing:
    return Standing(shelf.own_place() / "left-alone")


def _is_quick(job: dict[str, Any]) -> bool:
    """Own kernels take a few seconds; at the lowest priority of a busy machine it would be minutes."""
    return Path(job["target"]).name.startswith(shelf.KERNELS)


def main(text: str, standing: Standing | None = None) -> None:
    """text: the job as JSON (experiment, plan, data_folder, target)."""
    job, standing = json.loads(text), standing or _standing()
    target, data_folder = Path(job["target"]), Path(job["data_folder"])
    if not data_folder.is_dir():  # gone meanwhile: do not bring it back
        raise SystemExit(f"there is no folder {data_folder} any more")
    target.parent.mkdir(parents=True, exist_ok=True)
    with shelf.alone(target, standing.waits):
        standing.works()
        if not shelf.complete(target):  # another process may have built it while this one waited
            _build_in(target, job, standing.check)
    shelf.prune(target.parent)


def _be_polite(steps: int) -> None:
    """19: the lowest priority; 5, where a run waits for it: behind the window alone. Where Linux shares the processor by
    session, this one's session has it too."""
    if hasattr(os, "nice"):
        os.nice(steps)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(steps))


def _end(place: Path | None) -> None:
    """This process and its compilers, without a word: nobody listens. place: what it has begun."""
    if place is not None:
        shutil.rmtree(place, ignore_errors=True)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _place(target: Path) -> Path:
    """Where it is built: beside its target, to be moved there."""
    return target.with_name(f".building-{target.name}")


def _build_in(target: Path, job: dict[str, Any], check: Callable[[], None]) -> None:
    """Beside the target, then in one move; what a killed build of this key has left is cleared first."""
    place = _place(target)
    shutil.rmtree(place, ignore_errors=True)
    try:
        made = place / "made"
        made.mkdir(parents=True)
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(place / "inductor")
        _build(job, made, check)
        shutil.rmtree(target, ignore_errors=True)
        os.replace(made, target)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _build(job: dict[str, Any], folder: Path, check: Callable[[], None]) -> None:
    """check is called between two stages, and may raise to abandon the build."""
    if _is_quick(job):
        from core.kernels import library

        library.build(folder / shelf.LIBRARY)
        shelf.seal(folder, {"kernels": True})
        return
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
        check()
        program = torch.export.export(graph, tuple(leaves))
        check()
        _compile(program, folder / LIBRARY)
    card = {**names, "inputs": [list(leaf.shape) for leaf in leaves], "torch": torch.__version__}
    shelf.seal(folder, card)


def _compile(program: Any, path: Path) -> None:
    """By Inductor. Its trial of the compiler on every vector extension is left out, a fifth of the work, unless the library
    does not come about without; and no header is compiled beforehand: that takes longer than all the rest, saves a
    twentieth, and leaves 290 MB in the system's temporary folder."""
    import torch

    options = {"aot_inductor.precompile_headers": False}
    compile_ = partial(torch._inductor.aoti_compile_and_package, program, package_path=str(path))
    with torch._inductor.config.patch({"cpp.vec_isa_ok": True}):
        try:
            compile_(inductor_configs=options)
            return
        except RuntimeError as error:
            if not isinstance(getattr(error, "inner_exception", error), torch._inductor.exc.CppCompileError):
                raise
            _forget_extensions()  # an old compiler for a new processor, perhaps
    compile_(inductor_configs=options)


def _forget_extensions() -> None:
    """So that they are asked for again."""
    from torch._inductor import cpu_vec_isa

    asked = [cpu_vec_isa.valid_vec_isa_list, *(type(isa).__bool__ for isa in cpu_vec_isa.supported_vec_isa_list)]
    for function in asked:
        if hasattr(function, "cache_clear"):
            function.cache_clear()
