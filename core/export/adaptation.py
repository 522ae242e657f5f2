"""The whole use of an initialization as one function of tensors: (support x, support y, query x) -> predictions.

Inputs are in the units of the data and so are the predictions; the recipe's inner steps are unrolled inside. What has been
learned and what is drawn comes in as named tensors, so that it stands in the file under its own names.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from core import tree
from core.deploy import Initialization
from core.errors import BadExperiment
from core.nets.heads import first_rows
from core.sampling import adapted, predictions
from core.types import DTYPES, Batch, Fast, Given, Meta, Method, Noise, TaskSpec, Tensors

from .draws import draws_of

Adaptation = Callable[[Tensors, Tensor, Tensor, Tensor, Callable[[int], None]], Tensor]


class Program(NamedTuple):
    """run: (tensors by name, then support x [support, *input], support y, query x [queries, *input]) -> values [queries, outputs]
    in the units of the data, or probabilities [queries, ways]; last, who hears how many inner steps are done.

    x_type: float64 where columns are standardized inside (years or seconds lose digits in float32), else the learned type;
    y: int64 labels [support] or x_type [support, outputs]. most_support: a bound, where stored draws set one.
    """

    run: Adaptation
    tensors: Tensors
    spec: TaskSpec
    x_type: torch.dtype
    ways: int
    steps: int
    most_support: int | None = None

    @property
    def classes(self) -> bool:
        return self.spec.task_type == "classification"

    @property
    def y_type(self) -> torch.dtype:
        return torch.int64 if self.classes else self.x_type


def adapt_and_predict(
    initialization: Initialization, *, steps: int | None = None, ways: int | None = None, most_support: int = 1024
) -> Program:
    """The program of one initialization. steps: of the inner loop, the card's where not said; ways: classes of a task, as many as
    were learned where not said. Raises BadExperiment for what the initialization cannot do."""
    spec = initialization.spec
    count = initialization.steps if steps is None else steps
    classes = _ways(initialization, ways)
    method, meta = initialization.for_ways(classes)
    draws = draws_of(method, initialization.experiment, meta, spec, classes, count, most_support)
    cut = _cut_inside(initialization, method, classes)
    dtype = DTYPES[initialization.experiment.engine.precision]
    x_type = torch.float64 if spec.scaling else dtype
    transductive = initialization.transductive

    is_class = spec.task_type == "classification"

    def run(
        tensors: Tensors, support_x: Tensor, support_y: Tensor, query_x: Tensor, told: Callable[[int], None]
    ) -> Tensor:
        meta = cut(_meta_of(tensors))
        scaling = tree.grouped(tensors).get("scaling", {})
        support = _support(scaling, is_class, dtype, support_x, support_y)
        asked = _inside(scaling, "x", query_x, dtype)
        looked_at = asked if transductive else support.x[:0]
        given = Given(support, looked_at, looked_at.new_ones(looked_at.shape[0]))
        noise: Noise = draws.given(tree.grouped(tensors, "draws/"), support)
        heard = _heard(method, told)
        fast = adapted(heard, meta, given, noise, count)
        outputs = predictions(heard, meta, fast, given, asked)
        return _outside(scaling, is_class, outputs)

    tensors = {
        f"{part}/{key}": leaf
        for part in Meta._fields
        for key, leaf in tree.flat(getattr(initialization.meta, part)).items()
    }
    tensors |= tree.flat(draws.stored, "draws/")
    tensors |= {f"scaling/{key}": torch.tensor(row, dtype=torch.float64) for key, row in (spec.scaling or {}).items()}
    return Program(run, tensors, spec, x_type, classes, count, draws.most_support)


def _heard(method: Method, told: Callable[[int], None]) -> Method:
    """The method, telling how many of its inner steps are done."""

    def step(meta: Meta, fast: Fast, given: Given, noise: Noise, t: int) -> Fast:
        moved = method.step(meta, fast, given, noise, t)
        told(t + 1)
        return moved

    return method._replace(step=step)


def _ways(initialization: Initialization, ways: int | None) -> int:
    spec = initialization.spec
    if spec.task_type != "classification":
        if ways is not None:
            raise BadExperiment("--ways: these tasks predict numbers, not classes; leave it out")
        return spec.outputs
    if ways is not None and ways < 2:
        raise BadExperiment(f"--ways: a task has at least 2 classes (found {ways})")
    return ways or spec.outputs


def _cut_inside(initialization: Initialization, method: Method, ways: int) -> Callable[[Meta], Meta]:
    """A fixed head's rows of classes that a task does not have are left out in the program: the file keeps the whole head."""
    net, experiment = initialization.network(ways), initialization.experiment
    if net.shared_head or ways == initialization.spec.outputs or experiment.method.any_ways:
        return lambda meta: meta

    def cut(meta: Meta) -> Meta:
        parts = ({group: first_rows(named, net.head, ways) for group, named in groups.items()} for groups in meta)
        return Meta(*parts)

    return cut


def _meta_of(tensors: Tensors) -> Meta:
    return Meta(*(tree.grouped(tensors, f"{part}/") for part in Meta._fields))


def _support(scaling: Tensors, classes: bool, dtype: torch.dtype, x: Tensor, y: Tensor) -> Batch:
    """As `Initialization.adapt` makes it: class after class."""
    inputs = _inside(scaling, "x", x, dtype)
    weight = inputs.new_ones(inputs.shape[0])
    if not classes:
        return Batch(inputs, _inside(scaling, "y", y, dtype), weight)
    place = torch.arange(y.shape[0], device=y.device)
    order = (y * y.shape[0] + place).argsort()  # keys that differ: no sort needs to be stable
    return Batch(inputs[order], y[order], weight)


def _inside(scaling: Tensors, axis: str, values: Tensor, dtype: torch.dtype) -> Tensor:
    """Columns in the units of the data -> as the network takes them."""
    if not scaling:
        return values.to(dtype)
    return ((values.double() - scaling[f"{axis}_mean"]) / scaling[f"{axis}_std"]).to(dtype)


def _outside(scaling: Tensors, classes: bool, outputs: Tensor) -> Tensor:
    """Outputs of all samples [samples, queries, outputs] -> their mean as a person reads it, float32."""
    if classes:
        return outputs.softmax(-1).mean(0).float()
    if not scaling:
        return outputs.mean(0).float()
    return (outputs.double() * scaling["y_std"] + scaling["y_mean"]).mean(0).float()
