"""Settings of MAML and Meta-SGD."""

from typing import TYPE_CHECKING, Literal

from ..base import setting
from .base import Complaint, MethodSettings, needs_adaptation

if TYPE_CHECKING:
    from ..experiment import Experiment


class Maml(MethodSettings):
    """MAML (Finn, Abbeel, Levine 2017). First order through inner.order; ANIL and BOIL through the subset."""

    kind: Literal["maml"] = "maml"

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        return needs_adaptation(experiment, self.kind)


class MetaSgd(MethodSettings):
    """Meta-SGD (Li et al. 2017): a learned step size for every adapted entry."""

    kind: Literal["meta-sgd"] = "meta-sgd"
    rate_learning_rate: float = setting(
        1e-4,
        "Outer learning rate of the step sizes themselves: slower than that of the weights, on which (as in the paper) they grow "
        "until they diverge beyond the trained number of steps.",
        title="Rate of the rates",
        gt=0,
        le=1,
        advanced=True,
    )
    random_start: tuple[float, float] | None = setting(
        None,
        "Draw the common initial step size uniformly from this range (the paper's is 0.005 to 0.1, unverified). "
        "Empty: inner.learning_rate.",
        title="Initial range",
        advanced=True,
    )

    def group_rates(self) -> dict[str, float]:
        return {"rate": self.rate_learning_rate}

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        return needs_adaptation(experiment, self.kind)
