"""What a new task can be started from: a learned initialization, or the same network freshly initialized."""

from core.config import Experiment
from core.deploy import Initialization
from core.errors import BadExperiment
from core.types import Meta, Method


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
    if (ours.encoding or {}) != (theirs.encoding or {}) or ours.input_names != theirs.input_names:
        raise BadExperiment("it was learned on other columns or pictures; choose one of the same tasks")


def _shape(shape: tuple[int, ...]) -> str:
    return "1 number" if shape == (1,) else f"{shape[0]} numbers" if len(shape) == 1 else " x ".join(map(str, shape))
