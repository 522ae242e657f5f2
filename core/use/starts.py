"""What a new task can be started from: a learned initialization, or the same network freshly initialized."""

from typing import Any

from core.config import Experiment
from core.data.table_encoding import encoding_from
from core.deploy import Initialization
from core.errors import BadExperiment
from core.types import Meta, Method, TaskSpec


class RandomStart(Initialization):
    """The network of an initialization without what was learned, and plain gradient descent by the same recipe: the dashed
    reference of every curve."""

    def __init__(self, learned: Initialization) -> None:
        self.meta, self.card = learned.meta, learned.card
        self.experiment, self.spec, self.steps = learned.experiment, learned.spec, learned.steps

    @property
    def transductive(self) -> bool:
        return False

    def for_ways(self, ways: int, experiment: Experiment | None = None) -> tuple[Method, Meta]:
        from core.training.assembly import fresh_start, methods_for

        asked = experiment or self.experiment
        net = self.network(ways)
        baseline = methods_for(asked, self.spec, net)[1]
        return baseline, fresh_start(asked, baseline, net, self.meta)


def same_task(learned: Initialization, other: Initialization) -> None:
    """Raises BadExperiment where another initialization cannot be asked the same question."""
    ours, theirs = learned.spec, other.spec
    if (ours.task_type, ours.input_shape) != (theirs.task_type, theirs.input_shape):
        raise BadExperiment(
            f"it takes {theirs.task_type} on {_shape(theirs.input_shape)}, this one {ours.task_type} on "
            f"{_shape(ours.input_shape)}; choose one of the same tasks"
        )
    if ours.task_type == "regression" and ours.outputs != theirs.outputs:
        raise BadExperiment(
            f"it predicts {theirs.outputs} numbers, this one {ours.outputs}; choose one of the same tasks"
        )
    if _read_as(ours) != _read_as(theirs):
        raise BadExperiment(f"it was learned on {_other(ours, theirs)}; choose one of the same tasks")


def _read_as(spec: TaskSpec) -> tuple[Any, ...]:
    """What turns a person's rows or pictures into a question. Not what training saw (ranges, means, which tasks): that depends
    on the split, and each initialization scales by its own."""
    kept = spec.encoding or {}
    if kept.get("kind") == "table":
        table = encoding_from(kept, "the initialization's card")
        columns = tuple((column.name, column.type, column.categories) for column in table.inputs)
        return columns, table.targets, table.classes
    return spec.input_names, kept.get("kind"), kept.get("fit"), bool(kept.get("ink_is_light"))


def _other(ours: TaskSpec, theirs: TaskSpec) -> str:
    if {(ours.encoding or {}).get("kind"), (theirs.encoding or {}).get("kind")} != {"table"}:
        return "other columns or pictures"
    (mine, my_targets, _), (its, its_targets, _) = _read_as(ours), _read_as(theirs)
    if my_targets != its_targets:
        return f"the target {', '.join(its_targets)} and this one on {', '.join(my_targets)}"
    if [column[:2] for column in mine] != [column[:2] for column in its]:
        return (
            f"the columns {', '.join(name for name, *_ in its)} and this one on {', '.join(name for name, *_ in mine)}"
        )
    return "other categories of the same columns"


def _shape(shape: tuple[int, ...]) -> str:
    return "1 number" if shape == (1,) else f"{shape[0]} numbers" if len(shape) == 1 else " x ".join(map(str, shape))
