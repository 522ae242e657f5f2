"""Settings of MAML++."""

from typing import TYPE_CHECKING, Literal

from ..base import setting
from .base import Complaint, MethodSettings, needs_adaptation, steps_beyond

if TYPE_CHECKING:
    from ..experiment import Experiment


class MamlPp(MethodSettings):
    """MAML++ (Antoniou, Edwards, Storkey 2019). Its cosine schedule is outer.schedule; each part can be turned off."""

    kind: Literal["maml++"] = "maml++"
    multi_step_share: float = setting(
        0.1,
        "Share of the run in which the query loss after every inner step counts, moving to the last one. 0: the last only.",
        title="Multi-step loss",
        ge=0,
        le=1,
    )
    step_rates: bool = setting(True, "Learn a step size for each tensor and inner step.", title="Learned step sizes")
    rate_learning_rate: float = setting(
        1e-4,
        "Outer learning rate of the step sizes themselves: slower than that of the weights. The released code takes the same, but "
        "step sizes that move as fast as weights may diverge.",
        title="Rate of the rates",
        gt=0,
        le=1,
        advanced=True,
    )
    norm_rows: bool = setting(
        True,
        "Learn a scale and an offset of the normalization for each inner step (where the network has them, and where they "
        "do not adapt).",
        title="Norm by step",
    )
    first_order_share: float = setting(
        0.0,
        "Share of the run that takes the inner gradients as constants before second order begins. The released settings say "
        "0; the paper half (unverified). It steadies and does not save: both orders are computed, one counts.",
        title="First order for",
        ge=0,
        le=1,
        advanced=True,
    )

    def group_rates(self) -> dict[str, float]:
        return {"rate": self.rate_learning_rate}

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        found = [*needs_adaptation(experiment, self.kind), *steps_beyond(experiment, self.kind)]
        if self.first_order_share and experiment.inner.order == "first":
            sentence = "inner.order is first for the whole run, so there is nothing to anneal; choose second"
            found.append(Complaint("method.first_order_share", sentence, blocking=False))
        return found
