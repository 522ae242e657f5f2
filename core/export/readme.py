"""The short README beside an exported file: what it is, what goes in and comes out, where it comes from, and code that was run.

The example is executed in a process of its own, with made-up inputs, before it is written down.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from core.deploy import Initialization, load
from core.errors import CoreError
from core.storage.files import atomic_write

_NEEDS = {
    ".pt2": "PyTorch alone", ".onnx": "onnxruntime and numpy alone", ".safetensors": "Headstart's core (no window)",
    ".pt": "PyTorch alone",
}  # fmt: skip
_WHAT = {
    ".pt2": "a `torch.export` program: adaptation to a few examples and prediction in one",
    ".onnx": "an ONNX model: adaptation to a few examples and prediction in one",
    ".safetensors": "an initialization: the network's tensors, everything else that was learned, and a JSON card",
    ".pt": "a plain PyTorch `state_dict` of the network alone",
}


def write_readme(source: Path, target: Path, told: dict[str, Any]) -> Path:
    """Beside `target`, as NAME.ENDING.md. Raises CoreError where its own example does not run; then it is not written."""
    initialization = load(source)
    code = example(initialization, target, told)
    _run(code, target)
    path = target.with_name(target.name + ".md")
    atomic_write(path, _text(initialization, target, told, code).encode())
    return path


def example(initialization: Initialization, target: Path, told: dict[str, Any]) -> str:
    """Python that loads the file and predicts for made-up inputs."""
    inputs = "\n".join(_made_up(initialization, target, told))
    name = target.name
    if target.suffix == ".pt2":
        return (
            f"import torch\n\n{inputs}\n\nprogram = torch.export.load({name!r}).module()\n"
            "with torch.no_grad():\n    prediction = program(support_x, support_y, query_x)\nprint(prediction.shape)\n"
        )
    if target.suffix == ".onnx":
        return (
            f"import numpy as np\nimport onnxruntime\n\n{inputs}\n\nsession = onnxruntime.InferenceSession({name!r})\n"
            'inputs = {"support_x": support_x, "support_y": support_y, "query_x": query_x}\n'
            "prediction = session.run(None, inputs)[0]\nprint(prediction.shape)\n"
        )
    if target.suffix == ".safetensors":
        return (
            f"import numpy as np\nimport core\n\n{inputs}\n\nstart = core.load({name!r})\n"
            "prediction = start.adapt(support_x, support_y).predict(query_x)\nprint(prediction.shape)\n"
        )
    return _plain_example(initialization, name)


def _plain_example(initialization: Initialization, name: str) -> str:
    spec, settings = initialization.spec, initialization.experiment
    from core.nets import module_source

    rows = spec.outputs
    kind = "" if settings.engine.precision == "float32" else ".double()"
    shape = ", ".join(map(str, (4, *spec.input_shape)))
    return (
        f"import torch\n{module_source(settings.network, spec, rows)}"
        f"weights = torch.load({name!r}, weights_only=True)\nmodel{kind}.load_state_dict(weights)\n"
        f"x = torch.rand({shape}){kind}  # as the network takes them, see below\n"
        "with torch.no_grad():\n    outputs = model(x)\nprint(outputs.shape)\n"
    )


def _made_up(initialization: Initialization, target: Path, told: dict[str, Any]) -> list[str]:
    """Lines that make inputs of the right shapes and types."""
    spec = initialization.spec
    torch_like = target.suffix == ".pt2"
    double = bool(spec.scaling) or initialization.experiment.engine.precision == "float64"
    kind = f"{'torch' if torch_like else 'np'}.{'float64' if double else 'float32'}"
    ways = told.get("ways") or spec.outputs
    classes = spec.task_type == "classification"
    support = 2 * ways if classes else 5

    def drawn(count: int, shape: tuple[int, ...], axis: str) -> str:
        sizes = ", ".join(map(str, (count, *shape)))
        text = (
            f"torch.rand({sizes}, dtype={kind})"
            if torch_like
            else f"np.random.default_rng(0).random({(count, *shape)}).astype({kind})"
        )
        if not spec.scaling:
            return text
        row = [float(f"{value:.6g}") for value in spec.scaling[f"{axis}_mean"]]
        return (
            f"{text} + {'torch.tensor' if torch_like else 'np.array'}({row}{f', dtype={kind}' if torch_like else ''})"
        )

    x = f"support_x = {drawn(support, spec.input_shape, 'x')}  # your examples"
    labels = f"torch.arange({support}) % {ways}" if torch_like else f"np.arange({support}) % {ways}"
    y = (
        f"support_y = {labels}  # their classes"
        if classes
        else f"support_y = {drawn(support, (spec.outputs,), 'y')}  # their targets"
    )
    return [x, y, f"query_x = {drawn(3, spec.input_shape, 'x')}  # what you want to know"]


def _run(code: str, target: Path) -> None:
    """In an empty folder's interpreter beside the file, so that the name in the code is the one a person types."""
    import core

    home = str(Path(core.__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": home} if target.suffix == ".safetensors" else dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="headstart-readme-") as folder:
        (Path(folder) / "example.py").write_text(code, encoding="utf-8")
        command = [sys.executable, "-W", "ignore", str(Path(folder) / "example.py")]
        done = subprocess.run(command, cwd=target.parent, env=environment, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise CoreError(
            f"{target.name} is written, but its README is not: the example does not run here ({last[:200]})"
        )


def _text(initialization: Initialization, target: Path, told: dict[str, Any], code: str) -> str:
    card = initialization.card
    origin = card.get("provenance", {})
    steps = told.get("steps", initialization.steps)
    parts = [
        f"# {target.name}", "",
        f"{_sentence(_WHAT[target.suffix])} It needs {_NEEDS[target.suffix]}.", "",
        f"- Learned by Headstart: {card.get('title', initialization.experiment.method.kind)}",
        f"- Method {initialization.experiment.method.kind}, network {initialization.experiment.network.kind}, {steps} inner steps",
        f"- From run {origin.get('run', '-')}, outer step {origin.get('outer_step', '-')}, seed {origin.get('seed', '-')}, "
        f"written {str(origin.get('written', '-'))[:10]} with Headstart {origin.get('versions', {}).get('headstart', '-')}",
        f"- SHA-256 `{told['sha256']}`", "",
        "## In and out", "", *_inputs(initialization, target, told), "",
        "## Example", "", "This code was run when the file was written.", "", "```python", code.rstrip(), "```", "",
        *_checked(told),
    ]  # fmt: skip
    return "\n".join(parts)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _inputs(initialization: Initialization, target: Path, told: dict[str, Any]) -> list[str]:
    spec = initialization.spec
    shape = ", ".join(map(str, spec.input_shape))
    number = "float64" if spec.scaling or initialization.experiment.engine.precision == "float64" else "float32"
    if target.suffix == ".pt":
        scaled = f" Standardize columns first: {json.dumps(spec.scaling)}." if spec.scaling else ""
        takes = f"`model(x)` takes x [examples, {shape}] and gives outputs [examples, {spec.outputs}]{_labels(spec)}.{scaled}"
        return [takes, *_recipe(initialization)]
    ways = told.get("ways") or spec.outputs
    classes = spec.task_type == "classification"
    y = (
        f"[support], int64 class labels 0 to {ways - 1}, every class at least once"
        if classes
        else f"[support, {spec.outputs}], {number}"
    )
    out = f"[queries, {ways}], the probability of each class" if classes else f"[queries, {spec.outputs}], float32"
    lines = [
        f"- `support_x` [support, {shape}], {number}: {_columns(spec.input_names, spec)}",
        f"- `support_y` {y}" + (_labels(spec) if classes else f": {', '.join(spec.output_names)}"),
        f"- `query_x` [queries, {shape}], {number}: the same columns as `support_x`",
        f"- `prediction` {out}" + ("" if classes else f": {', '.join(spec.output_names)}"),
    ]
    if target.suffix in (".pt2", ".onnx"):
        most = told.get("most_support")
        lines += [
            "",
            f"Any number of support{f' (at most {most})' if most else ''} and query examples. Numbers are in the units of the "
            "data: scaling is inside.",
        ]
    if initialization.transductive or getattr(initialization.experiment.network, "norm", "none") == "batch":
        lines += ["", "Transductive: the prediction for one query depends on the others that are given with it."]
    return lines


def _recipe(initialization: Initialization) -> list[str]:
    """How plain gradient descent goes on from a state_dict; other methods have more than their network."""
    if initialization.experiment.method.kind != "maml":
        return []
    told, adapts = initialization.card.get("adaptation", {}), initialization.card.get("adapts", [])
    loss, rate = told.get("loss", "loss"), initialization.experiment.inner.learning_rate
    return ["", f"Learned for {initialization.steps} steps of gradient descent on the {loss} of a whole support set, "
            f"step size {rate:g}, of {', '.join(adapts) or 'all tensors'}."]  # fmt: skip


def _labels(spec: Any) -> str:
    """Of a table's classes, which mean the same in every task."""
    names = (spec.encoding or {}).get("classes") or ()
    return ": " + ", ".join(f"{label} = {name}" for label, name in enumerate(names)) if names else ""


def _columns(names: tuple[str, ...], spec: Any) -> str:
    if len(spec.input_shape) == 3:
        return "pictures (channels, height, width), light or ink in 0..1"
    return ", ".join(names)


def _checked(told: dict[str, Any]) -> list[str]:
    found = told.get("check")
    if not found:
        return []
    none = f" ({found['why_none_real']})" if found.get("why_none_real") else ""
    return [
        f"Checked when it was written: agrees with Headstart to {found['difference']:.0e} on {found['made_up']} made-up and "
        f"{found['real']} real tasks{none}.", "",
    ]  # fmt: skip
