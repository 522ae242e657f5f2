"""Writes adapt-and-predict programs: traced, written beside their place, read back, run, compared, and only then put there.

.pt2 is a `torch.export` program and needs torch alone; .onnx needs onnxruntime and numpy alone. Both hold the card, and what was
learned under names that `tensor_names` undoes.
"""

import io
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.deploy import FORMAT, Initialization, load
from core.errors import BadExperiment
from core.storage.files import atomic_write, sha256_of, sync_folder

from .adaptation import Program, adapt_and_predict
from .checking import Check, check, runner
from .words import CARD, Report


def write_program(
    source: Path,
    target: Path,
    part: Path,
    data_folder: Path,
    report: Report,
    *,
    steps: int | None = None,
    ways: int | None = None,
) -> dict[str, Any]:
    """{"file", "bytes", "sha256", "tensors", "steps", "ways", "most_support", "check"} of the program that was written.

    part: beside the target, where the file lies until it is checked. Slow (seconds to minutes, by steps and network) and not to
    be stopped: `core.export.building` runs it in a process of its own.
    Raises BadExperiment where the program does not agree with Headstart; then nothing is written.
    """
    report("Reading the initialization", 0.0)
    initialization = load(source)
    program = adapt_and_predict(initialization, steps=steps, ways=ways)
    content = _content(initialization, program, target.suffix, report)
    try:
        report("Writing the file", 0.7)
        atomic_write(part, content)
        found = _checked(initialization, program, part, data_folder, report)
        os.replace(part, target)
        sync_folder(target.parent)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    return {
        "file": str(target), "bytes": target.stat().st_size, "sha256": sha256_of(target), "tensors": len(program.tensors),
        "steps": program.steps, "ways": program.ways if program.classes else None, "most_support": program.most_support,
        "check": found.as_dict(),
    }  # fmt: skip


def _content(initialization: Initialization, program: Program, ending: str, report: Report) -> bytes:
    import torch

    from .stored import is_learned
    from .tracing import INPUTS, buffer_name, trace

    report("Tracing adaptation and prediction", 0.05)
    graph = trace(
        program,
        lambda done: report(f"Traced {done} of {program.steps} inner steps", 0.05 + 0.3 * done / max(program.steps, 1)),
    )
    text = json.dumps(program_card(initialization, program), allow_nan=False)
    if ending == ".pt2":
        buffer = io.BytesIO()
        torch.export.save(graph, buffer, extra_files={f"{CARD}.json": text})
        return buffer.getvalue()
    from .onnx_file import converted, keep_left_out

    report("Converting to ONNX", 0.4)
    model = converted(graph, INPUTS)
    entry = model.metadata_props.add()
    entry.key, entry.value = CARD, text
    keep_left_out(model, {buffer_name(name): leaf for name, leaf in program.tensors.items() if is_learned(name)})
    found: bytes = model.SerializeToString()
    return found


def _checked(initialization: Initialization, program: Program, part: Path, data_folder: Path, report: Report) -> Check:
    report("Reading it back", 0.75)

    def told(done: int, total: int) -> None:
        report(f"Checked on {done} of {total} tasks", 0.78 + 0.2 * done / total)

    found = check(runner(part), initialization, program, data_folder, told)
    if found.fault:
        raise BadExperiment(
            f"{part.suffix}: nothing was written, since the program does not do what Headstart does: {found.fault}"
        )
    return found


def program_card(initialization: Initialization, program: Program) -> dict[str, Any]:
    """The initialization's own card, and "program": what goes in, what comes out, and where each learned tensor stands."""
    from .tracing import INPUTS, buffer_name

    spec, kind = program.spec, str(program.x_type).removeprefix("torch.")
    shape = list(spec.input_shape)
    y = ["support"] if program.classes else ["support", spec.outputs]
    shapes = (["support", *shape], y, ["queries", *shape])
    types = (kind, str(program.y_type).removeprefix("torch."), kind)
    inputs = [{"name": n, "shape": s, "type": t} for n, s, t in zip(INPUTS, shapes, types, strict=True)]
    output = {
        "shape": ["queries", program.ways],
        "type": "float32",
        "holds": "probabilities" if program.classes else "values",
    }
    about = {
        "inputs": inputs, "output": output, "steps": program.steps, "ways": program.ways if program.classes else None,
        "most_support": program.most_support, "tensors": {buffer_name(name): name for name in program.tensors},
    }  # fmt: skip
    return {**initialization.card, "format": FORMAT, "program": about}
