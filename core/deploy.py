"""Files that leave: write one, read its card, load it, adapt it to arrays. A file works without Headstart's window or catalog.

    start = load("initialization.safetensors")
    prediction = start.adapt(support_x, support_y).predict(query_x)

A transductive method looks at the inputs that it predicts: `predict(x)` then adapts to x as well, every time anew, unless
`adapt(..., query_x=...)` has named once what to look at.

The network's tensors stand under the plain torch.nn module's names; every other group as "group/name".
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from pydantic import ValidationError
from torch import Tensor

from core import tree
from core.config import Experiment
from core.draws import at_step
from core.errors import BadExperiment, BadFile
from core.inner import present_weights
from core.methods.registry import METHODS
from core.nets import build
from core.nets.heads import first_rows
from core.sampling import adapted, on_the_way, one_sample, predictions, use_noise
from core.scaling import in_units, standardized
from core.storage.files import atomic_write, sha256_of
from core.stored_card import StoredCard, first_fault
from core.stored_card import spec_from_card as spec_from_card
from core.types import DTYPES, Batch, Fast, Given, Meta, Method, Net, Partition, Tensors

FORMAT = 1
MOST_BYTES = 8 * 2**30


class Adapted(NamedTuple):
    """A network after adaptation to one support set; for a method that averages samples, as many networks (`fast` has the
    samples in front). looks: a transductive method that has not been told yet which inputs to look at, so that every
    prediction adapts to its own."""

    initialization: "Initialization"
    method: Method
    meta: Meta
    fast: Fast
    given: Given
    ways: int
    steps: int
    looks: bool = False

    def predict(self, x: ArrayLike) -> NDArray[np.float32]:
        """Regression: values [examples, outputs] in the units of the data. Classification: probabilities [examples, ways].
        The mean of `samples` where the method draws several. Of a transductive method the answer to one input depends on the
        others in x."""
        mean: NDArray[np.float32] = self.samples(x).mean(0, dtype=np.float64).astype(np.float32)
        return mean

    def samples(self, x: ArrayLike) -> NDArray[np.float32]:
        """As `predict`, of every sample: [samples, examples, outputs or ways]. One for most methods; always the same ones.
        Their spread says how sure the prediction is."""
        spec = self.initialization.spec
        inputs = self.initialization.inputs(x)
        given, fast = self.given, self.fast
        if self.looks:
            given = _looking_at(given.support, inputs)
            fast = _adapted(self.method, self.meta, given, self.steps)
        with torch.no_grad():
            outputs = predictions(self.method, self.meta, fast, given, inputs)
        if spec.task_type == "classification":
            return outputs.softmax(-1).numpy().astype(np.float32)
        return in_units(outputs.numpy(), spec, "y").astype(np.float32)

    def state_dict(self, sample: int = 0) -> Tensors:
        """The adapted network's tensors under the plain module's names; sample: which, where the method draws several.
        Of a mixture, the most responsible component."""
        count = self.method.samples
        if not 0 <= sample < count:
            raise BadExperiment(f"there is no sample {sample}; choose 0 to {count - 1}")
        weights = self.method.alone(self.method.weights(self.meta, one_sample(self.fast, sample)))
        return {name: leaf.detach().clone() for name, leaf in weights.items()}


class Initialization:
    """A learned start, ready to adapt. card: everything about it (see docs of the exported file)."""

    def __init__(self, meta: Meta, card: dict[str, Any], stored: StoredCard) -> None:
        self.meta, self.card = meta, card
        self.experiment, self.spec, self.steps = stored.experiment, stored.spec, stored.adaptation.steps

    @property
    def class_names(self) -> tuple[str, ...]:
        """Of classes that are the same in every task (a table's target), in the order of their labels; none where every task
        numbers classes of its own."""
        return tuple((self.spec.encoding or {}).get("classes", ()))

    @property
    def transductive(self) -> bool:
        """Does the method look at the inputs that it predicts?"""
        return METHODS[self.experiment.method.kind].transductive

    def adapt(
        self, x: ArrayLike, y: ArrayLike, *, steps: int | None = None, query_x: ArrayLike | None = None
    ) -> Adapted:
        """Fit a new task. x: [examples, *input] in the units of the data (pictures: [examples, channels, height, width] or
        [examples, height, width] with ink or light in 0..1); y: [examples] class labels 0, 1, ... or [examples(, outputs)].
        query_x: the inputs that a transductive method looks at, once for all predictions (left out: those of each
        prediction); other methods take no notice of it.

        Raises BadExperiment where shapes or labels do not fit.
        """
        method, meta, given, ways, count = self._asked(x, y, steps, query_x)
        fast = _adapted(method, meta, given, count)
        return Adapted(self, method, meta, fast, given, ways, count, self.transductive and query_x is None)

    def stepwise(
        self, x: ArrayLike, y: ArrayLike, *, steps: int | None = None, query_x: ArrayLike | None = None
    ) -> Iterator[Adapted]:
        """One adaptation looked at on its way: the network after 0, 1, ..., steps steps, the last as `adapt` gives it."""
        method, meta, given, ways, count = self._asked(x, y, steps, query_x)
        looks = self.transductive and query_x is None
        states = on_the_way(method, meta, given, use_noise(method, meta, given, count), count)
        for done in range(count + 1):
            with torch.no_grad():  # not around the yield: it would hold for the caller as well
                fast = next(states)
            yield Adapted(self, method, meta, fast, given, ways, done, looks)

    def _asked(
        self, x: ArrayLike, y: ArrayLike, steps: int | None, query_x: ArrayLike | None
    ) -> tuple[Method, Meta, Given, int, int]:
        """(method, meta-parameters, what it may look at, ways, steps). Raises BadExperiment."""
        if steps is not None and (not isinstance(steps, int) or steps < 0):
            raise BadExperiment(f"steps must be a whole number, 0 or more (found {steps!r})")
        support = self._support(x, y)
        several = self.spec.task_type == "classification" and not self.class_names
        ways = int(support.y.max()) + 1 if several else self.spec.outputs
        method, meta = self.for_ways(ways)
        looked_at = support.x[:0] if query_x is None or not self.transductive else self.inputs(query_x)
        return method, meta, _looking_at(support, looked_at), ways, self.steps if steps is None else steps

    def inputs(self, x: ArrayLike) -> Tensor:
        """As the network takes them: standardized by the stored scaling, float32 (or the learned precision)."""
        values = _numbers(x, "x")
        shape = self.spec.input_shape
        if len(shape) == 3 and shape[0] == 1 and values.ndim == 3:
            values = values[:, None]
        if len(shape) == 1 and values.ndim == 1:
            values = values[:, None]
        if values.shape[1:] != shape:
            raise BadExperiment(
                f"x has shape {list(values.shape)}, but the network takes [examples, {', '.join(map(str, shape))}]"
            )
        if not np.isfinite(values).all():
            raise BadExperiment("x holds values that are not finite numbers; leave those rows out")
        if len(shape) == 3 and shape[0] in (1, 3) and values.size and not -1 <= values.min() <= values.max() <= 2:
            raise BadExperiment(
                f"x has values from {values.min():g} to {values.max():g}, but pictures are learned in 0..1; divide bytes by 255"
            )
        return torch.as_tensor(standardized(values, self.spec, "x"), dtype=self._dtype)

    @property
    def _dtype(self) -> torch.dtype:
        return DTYPES[self.experiment.engine.precision]

    def _support(self, x: ArrayLike, y: ArrayLike) -> Batch:
        inputs, targets = self.inputs(x), np.asarray(y)
        given = len(targets) if targets.ndim else 0
        if given != len(inputs) or not given:
            raise BadExperiment(
                f"x has {len(inputs)} examples and y has {given}; give one target for each, at least one"
            )
        weight = torch.ones(len(inputs), dtype=self._dtype)
        if self.spec.task_type == "classification":
            labels = _known_labels(targets, self.class_names) if self.class_names else _labels(targets)
            order = labels.argsort(
                stable=True
            )  # class after class, as in training: halves, recurrent readers, minibatches
            return Batch(inputs[order], labels[order], weight)
        columns = _numbers(targets, "y").reshape(len(targets), -1)
        if columns.shape[1] != self.spec.outputs:
            raise BadExperiment(f"y has {columns.shape[1]} columns, but the network predicts {self.spec.outputs}")
        if not np.isfinite(columns).all():
            raise BadExperiment("y holds values that are not finite numbers; leave those rows out")
        return Batch(inputs, torch.as_tensor(standardized(columns, self.spec, "y"), dtype=self._dtype), weight)

    def for_ways(self, ways: int, experiment: Experiment | None = None) -> tuple[Method, Meta]:
        """Method and meta-parameters for that many classes: rows copied (shared head) or left out (fixed head).

        experiment: with another recipe than the one it was learned with."""
        from core.training.assembly import methods_for

        net = self.network(ways)
        method = methods_for(experiment or self.experiment, self.spec, net)[0]
        if net.shared_head or ways == self.spec.outputs or self.experiment.method.any_ways:
            return method, self.meta
        return method, Meta(
            *({group: first_rows(named, net.head, ways) for group, named in groups.items()} for groups in self.meta)
        )

    def network(self, ways: int) -> Net:
        """The plain network with that many outputs. Raises BadExperiment beyond what a fixed head learned."""
        if (
            self.spec.task_type == "classification"
            and self.experiment.network.head == "fixed"
            and not self.experiment.method.any_ways
            and ways > self.spec.outputs
        ):
            raise BadExperiment(
                f"this initialization has a fixed head for {self.spec.outputs} classes and cannot take {ways}; learn one "
                "with network.head = 'shared', or use fewer classes"
            )
        return build(self.experiment.network, self.spec, ways=ways, dtype=self._dtype)


def load(path: str | Path) -> Initialization:
    """Read an exported .safetensors initialization and check its tensors against its card. Raises BadFile."""
    source = Path(path)
    card, tensors = _read(source)
    try:
        stored = StoredCard.model_validate(card)
        initialization = Initialization(_meta(tensors, stored), card, stored)
        _check(initialization)
    except ValidationError as error:
        raise BadFile(f"{source.name} has a card that this version cannot read ({first_fault(error)})") from None
    except BadExperiment as error:
        raise BadFile(f"{source.name} has a card that this version cannot use ({error})") from None
    except _Misfit as error:
        raise BadFile(f"{source.name}: {error}") from None
    return initialization


def read_card(path: str | Path) -> dict[str, Any]:
    """The JSON card alone; tensors are not read. Raises BadFile."""
    from safetensors import SafetensorError, safe_open

    source = Path(path)
    try:
        with safe_open(str(source), framework="np") as file:
            text = (file.metadata() or {}).get("headstart")
    except FileNotFoundError:
        raise BadFile(f"there is no file {source}") from None
    except (SafetensorError, OSError, ValueError) as error:
        if source.suffix in (".onnx", ".pt2", ".pt"):
            raise BadFile(
                f"{source.name} is an export for other programs; take the .safetensors file or the catalog's id here, or "
                f"bring it back first: headstart import {source.name}"
            ) from None
        raise BadFile(f"{source.name} is not a readable .safetensors file ({error})") from None
    return _card(text, source)


def write(path: Path, meta: Meta, net: Net, partition: Partition, card: dict[str, Any]) -> str:
    """Write an initialization; gives back its SHA-256. The network's tensors come from learned and fixed "init"."""
    from safetensors.torch import save

    tensors = present_weights(net, meta)
    beyond = {part: tree.without_group(getattr(meta, part), "init") for part in Meta._fields}
    for groups in beyond.values():
        tensors |= tree.flat(groups)
    roles = {part: sorted(groups) for part, groups in beyond.items()}
    kept = {name: leaf.detach().cpu().contiguous().clone() for name, leaf in tensors.items()}
    full = {"format": FORMAT, **card, "roles": roles, "frozen": list(partition.frozen)}
    atomic_write(path, save(kept, {"format": "pt", "headstart": json.dumps(full, allow_nan=False)}))
    return sha256_of(path)


def export(source: str | Path, target: str | Path, component: int | None = None) -> dict[str, Any]:
    """Write `source` (an initialization's file) as .safetensors or as .pt (a plain state_dict), read it back, and give
    back {"file", "bytes", "sha256", "tensors" (of the network)}. component: of a mixture, counted from 1; without it the
    one with the largest share. Raises BadExperiment for another suffix or a component that is not there."""
    initialization, goal = load(source), Path(target)
    if goal.suffix == ".safetensors":
        if component is not None:
            raise BadExperiment(
                f"{goal.name} would hold all components and their shares; choose one for a name that ends in .pt"
            )
        atomic_write(goal, Path(source).read_bytes())
        tensors = len(_network(load(goal)))
    elif goal.suffix == ".pt":
        tensors = _export_plain(initialization, goal, component)
    else:
        raise BadExperiment(
            f"{goal.name}: choose a file name that ends in .safetensors or .pt (programs: core.export.leaving)"
        )
    return {"file": str(goal), "bytes": goal.stat().st_size, "sha256": sha256_of(goal), "tensors": tensors}


def verify(path: Path, sha256: str) -> bool:
    """Does the file still have that checksum?"""
    return path.exists() and sha256_of(path) == sha256


def plain_weights(initialization: Initialization, component: int | None = None) -> Tensors:
    """The network alone, as a plain module's state_dict holds it. component: of a mixture, counted from 1; without it the
    one with the largest share. Raises BadExperiment for methods whose weights come from a support set."""
    method, meta = initialization.for_ways(initialization.spec.outputs)
    if method.plain is None:
        kind = initialization.experiment.method.kind
        raise BadExperiment(
            f"{kind} makes the network's weights from a support set, so there is no plain network to export; choose "
            ".safetensors, or adapt first and save `core.load(file).adapt(x, y).state_dict()`"
        )
    chosen = method.plain(meta) if component is None else _component(method, meta, component)
    weights = method.net.expand(chosen)
    return {name: leaf.detach().clone().contiguous() for name, leaf in weights.items()}


def _component(method: Method, meta: Meta, number: int) -> Tensors:
    if method.components is None:
        raise BadExperiment("--component: only a mixture has components, and this initialization is none; leave it out")
    there = method.components(meta)
    if not 1 <= number <= len(there):
        raise BadExperiment(f"--component: there is no component {number}; choose 1 to {len(there)}, or leave it out")
    return there[number - 1]


def loading_code(path: str | Path) -> str:
    """The lines that use the file: three with Headstart's core; for .pt and .pt2 plain torch, for .onnx onnxruntime."""
    name = str(path)
    if name.endswith(".pt2"):
        return (
            f"import torch\nprogram = torch.export.load({name!r}).module()\n"
            "prediction = program(support_x, support_y, query_x)\n"
        )
    if name.endswith(".onnx"):
        return (
            f"import onnxruntime\nsession = onnxruntime.InferenceSession({name!r})\n"
            'inputs = {"support_x": support_x, "support_y": support_y, "query_x": query_x}\n'
            "prediction = session.run(None, inputs)[0]\n"
        )
    if name.endswith(".pt"):
        return f"import torch\nweights = torch.load({name!r}, weights_only=True)\nmodel.load_state_dict(weights)\n"
    return (
        f"import core\nstart = core.load({name!r})\nprediction = start.adapt(support_x, support_y).predict(query_x)\n"
    )


def _network(initialization: Initialization) -> Tensors:
    meta = initialization.meta
    return {**meta.fixed.get("init", {}), **meta.learned.get("init", {})}


def _export_plain(initialization: Initialization, goal: Path, component: int | None) -> int:
    import io

    weights = plain_weights(initialization, component)
    buffer = io.BytesIO()
    torch.save(weights, buffer)
    atomic_write(goal, buffer.getvalue())
    again = torch.load(goal, weights_only=True)
    if any(not torch.equal(again[name], leaf) for name, leaf in weights.items()):
        raise BadFile(f"{goal} does not read back as it was written; choose another place")
    return len(again)


def _read(source: Path) -> tuple[dict[str, Any], Tensors]:
    from safetensors import SafetensorError, safe_open

    card = read_card(source)
    if source.stat().st_size > MOST_BYTES:
        raise BadFile(f"{source.name} is larger than {MOST_BYTES // 2**30} GiB; that is no initialization of Headstart")
    try:
        with safe_open(str(source), framework="pt") as file:
            return card, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (SafetensorError, OSError) as error:
        raise BadFile(f"{source.name} is damaged ({error}); export it again") from None


def _card(text: str | None, source: Path) -> dict[str, Any]:
    if text is None:
        raise BadFile(f"{source.name} holds no card of Headstart; it was written by another program")
    try:
        card = json.loads(text)
    except json.JSONDecodeError:
        raise BadFile(f"the card of {source.name} is not JSON; export it again") from None
    if not isinstance(card, dict) or not isinstance(card.get("format"), int):
        raise BadFile(
            f"{source.name} is not an initialization (a checkpoint, perhaps); export the run's initialization"
        )
    if card["format"] > FORMAT:
        raise BadFile(
            f"{source.name} was written by a newer Headstart (format {card['format']}, known {FORMAT}); update the program"
        )
    return card


class _Misfit(Exception):
    """Tensors that are not those of their card; becomes a BadFile that names the file."""


def _meta(tensors: Tensors, card: StoredCard) -> Meta:
    """Tensors into their roles; a shared head's equal rows back into one."""
    network = {name: leaf for name, leaf in tensors.items() if "/" not in name}
    if card.experiment.network.head == "shared":
        rows = {name: leaf[:1] for name, leaf in network.items() if name.startswith("head.") and leaf.ndim}
        network |= rows
    groups = tree.grouped({name: leaf for name, leaf in tensors.items() if "/" in name})
    roles = card.roles
    lacking = {*card.frozen} - network.keys() | {*roles.learned, *roles.fixed, *roles.state} - groups.keys()
    if lacking:
        raise _Misfit(f"lacks tensors that its card names: {', '.join(sorted(lacking)[:4])}")
    learned = {"init": tree.without(network, card.frozen), **{g: groups[g] for g in card.roles.learned}}
    fixed = {"init": tree.select(network, card.frozen)} if card.frozen else {}
    fixed |= {g: groups[g] for g in roles.fixed}
    if not learned["init"]:
        del learned["init"]
    return Meta(learned, fixed, {g: groups[g] for g in card.roles.state})


def _check(initialization: Initialization) -> None:
    """Names, shapes, types and roles against what the card's method and network would make, before anything runs."""
    from core.training.assembly import methods_for

    experiment, spec = initialization.experiment, initialization.spec
    net = build(experiment.network, spec, dtype=DTYPES[experiment.engine.precision])
    fresh = methods_for(experiment, spec, net)[0].init(at_step(0, "check"))
    for part in Meta._fields:
        ours, theirs = tree.flat(getattr(fresh, part)), tree.flat(getattr(initialization.meta, part))
        _compare(theirs, ours, {key: tuple(leaf.shape) for key, leaf in ours.items()})
        for key, leaf in theirs.items():
            if leaf.dtype != ours[key].dtype:
                raise _Misfit(f"{_plain(key)} is {leaf.dtype}, its card says {ours[key].dtype}")
            if not bool(torch.isfinite(leaf).all()):
                raise _Misfit(f"{_plain(key)} holds numbers that are not finite; export a state before they broke")


def _compare(found: Tensors, wanted: Tensors, shapes: dict[str, tuple[int, ...]]) -> None:
    if odd := sorted(map(_plain, found.keys() ^ wanted.keys())):
        raise _Misfit(f"lacks or adds tensors: {', '.join(odd[:4])}")
    for key, shape in shapes.items():
        if tuple(found[key].shape) != shape:
            raise _Misfit(f"{_plain(key)} has shape {list(found[key].shape)}, its card says {list(shape)}")


def _plain(key: str) -> str:
    """As the tensor is called in the file."""
    return key.removeprefix("init/")


def _numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    try:
        return np.require(values, np.float64, "W")  # pandas' columns are not writable, and torch warns of that
    except (TypeError, ValueError):
        raise BadExperiment(f"{name} must be numbers in one array, every example of the same shape") from None


def _labels(targets: NDArray[Any]) -> Tensor:
    if targets.ndim != 1 or not np.issubdtype(targets.dtype, np.integer) or targets.min() < 0:
        raise BadExperiment("y must be class labels: a whole number 0, 1, ... for each example")
    if len(np.unique(targets)) != targets.max() + 1:
        raise BadExperiment("y must use every class label from 0 to the largest; number the classes without gaps")
    return torch.as_tensor(targets.astype(np.int64))


def _known_labels(targets: NDArray[Any], names: tuple[str, ...]) -> Tensor:
    """Labels of classes that are the same in all tasks: a task need not show all of them."""
    fits = targets.ndim == 1 and np.issubdtype(targets.dtype, np.integer)
    if not fits or targets.min() < 0 or targets.max() >= len(names):
        listed = ", ".join(f"{label} = {name}" for label, name in list(enumerate(names))[:10])
        raise BadExperiment(f"y must be class labels, a whole number for each example: {listed}")
    return torch.as_tensor(targets.astype(np.int64))


def _looking_at(support: Batch, query_x: Tensor) -> Given:
    return Given(support, query_x, torch.ones(len(query_x), dtype=support.weight.dtype))


def _adapted(method: Method, meta: Meta, given: Given, steps: int) -> Fast:
    """The method's own steps on one task, with the draws that use always has."""
    with torch.no_grad():
        return adapted(method, meta, given, use_noise(method, meta, given, steps), steps)
