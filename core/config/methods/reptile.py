"""Settings of Reptile."""

from typing import TYPE_CHECKING, Literal

from ..base import setting
from .base import Complaint, MethodSettings, needs_adaptation

if TYPE_CHECKING:
    from ..experiment import Experiment


class Reptile(MethodSettings):
    """Reptile (Nichol, Achiam, Schulman 2018): move towards the weights that ordinary training reaches."""

    kind: Literal["reptile"] = "reptile"
    optimizer: Literal["sgd", "adam"] = setting(
        "adam",
        "Inner optimizer; adam has beta1 = 0 as in the released code, its second moments averaged over the tasks of a "
        "meta-batch between outer steps.",
        title="Inner optimizer",
        words={"sgd": "SGD", "adam": "Adam"},
    )
    batch: int | None = setting(
        None, "Examples of an inner minibatch. Empty: the whole support set.", title="Inner batch", ge=1, le=10000
    )

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        found = needs_adaptation(experiment, self.kind)
        if experiment.inner.order == "second":
            sentence = "Reptile never differentiates through the inner loop; the order makes no difference"
            found.append(Complaint("inner.order", sentence, blocking=False))
        if left_out := _left_still(experiment):
            sentence = (
                f"Reptile learns only what adapts, so {left_out} at the start; the paper adapts all: choose ['*']"
            )
            found.append(Complaint("subset.adapt", sentence, blocking=False))
        return found


def _left_still(experiment: "Experiment") -> str | None:
    """What Reptile would not move, in words."""
    adapt, norm = experiment.subset.adapt, getattr(experiment.network, "norm", "none")
    if adapt is None:
        return None if norm == "none" else "the normalization's scale and offset stay"
    return None if "*" in adapt else "parameters that do not adapt stay"
