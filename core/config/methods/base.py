"""What every method's settings may say beside their fields."""

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from ..base import Settings

if TYPE_CHECKING:
    from ..experiment import Experiment


class Complaint(NamedTuple):
    """Something that does not go together. field: dotted key; sentence: what, and what to choose; blocking: cannot start."""

    field: str
    sentence: str
    blocking: bool = True


class MethodSettings(Settings):
    """default_adapt: patterns of what adapts where the experiment leaves subset.adapt empty (None: all but
    normalization); frozen_body: the body comes from pretraining and stays as it is;
    any_ways: it writes the rows of the head from a support set, so that any number of classes works at use;
    trains_on_more: its training tasks may have more ways and shots than those at use."""

    any_ways: ClassVar[bool] = False
    trains_on_more: ClassVar[bool] = False
    default_adapt: ClassVar[tuple[str, ...] | None] = None
    frozen_body: ClassVar[bool] = False

    def holds_body(self, experiment: "Experiment") -> bool:
        """Is the body frozen in this experiment?"""
        return self.frozen_body

    def group_rates(self) -> dict[str, float]:
        """Outer learning rate of groups of meta-parameters that do not take the common one."""
        return {}

    def group_clips(self) -> dict[str, float]:
        """Largest norm of a group's gradient; larger ones are scaled down, each group by itself."""
        return {}

    def tensor_clips(self) -> dict[str, float]:
        """As group_clips, but each tensor of the group is scaled down by itself."""
        return {}

    def entry_clips(self) -> dict[str, float]:
        """Largest entry of a group's gradient, before any norm is looked at."""
        return {}

    def group_decay(self) -> dict[str, float]:
        """Weight decay of groups that do not take the common one."""
        return {}

    def instead_of_not_finite(self) -> dict[str, float] | None:
        """Where an outer step's loss or gradient is not finite: times these the tensors of those groups are the gradient and
        the others stay. None: such a step ends the run."""
        return None

    def hard_tasks(self) -> int:
        """Each so many-th outer step takes tasks of classes that failed (the method reports them as "failed"); 0: none."""
        return 0

    def side_by_side(self) -> int:
        """Networks that adapt side by side in one task: so many times the work and the memory of one."""
        return 1

    def beyond(self, experiment: "Experiment", shapes: dict[str, tuple[int, ...]]) -> int:
        """Learned numbers beside the network's of these shapes, where they can be many times more."""
        return 0

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        """What does not go together with this method."""
        return []


def needs_adaptation(experiment: "Experiment", kind: str) -> list[Complaint]:
    """Of methods that learn through the inner loop: at least one step, and something that moves."""
    found = []
    if experiment.inner.steps == 0:
        sentence = f"{kind} learns through at least 1 inner step; for none choose method.kind = 'pooled'"
        found.append(Complaint("inner.steps", sentence))
    if experiment.subset.adapt == ():
        sentence = f"nothing would adapt, so {kind} has nothing to learn through; choose at least one parameter"
        found.append(Complaint("subset.adapt", sentence))
    return found


def steps_beyond(experiment: "Experiment", kind: str) -> list[Complaint]:
    """Of methods that learn numbers for each inner step: evaluation with more steps than were trained."""
    trained, seen = experiment.inner.steps, experiment.inner.evaluation_steps
    if not 0 < trained < seen:
        return []
    sentence = (
        f"{kind} learns numbers for each of {trained} inner steps; later ones repeat the last and may diverge; choose "
        f"{trained}, or train with more"
    )
    return [Complaint("inner.evaluation_steps", sentence, blocking=False)]
