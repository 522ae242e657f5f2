"""Settings of MTL."""

from typing import TYPE_CHECKING, ClassVar, Literal

from ..base import setting
from .base import Complaint, needs_adaptation
from .pretraining import Pretrained

if TYPE_CHECKING:
    from ..experiment import Experiment


class Mtl(Pretrained):
    """Meta-transfer learning (Sun, Liu, Chua, Schiele 2019): scales and shifts on a pretrained, frozen body."""

    default_adapt: ClassVar[tuple[str, ...] | None] = ("head.*",)
    features_only: ClassVar[bool] = False

    kind: Literal["mtl"] = "mtl"
    scale_learning_rate: float | None = setting(
        None,
        "Outer learning rate of scales and shifts. Empty: the common one (the PyTorch release takes a tenth of it).",
        title="Rate of scales",
        gt=0,
        le=1,
        advanced=True,
    )

    def group_rates(self) -> dict[str, float]:
        rate = self.scale_learning_rate
        return {} if rate is None else {"scale": rate, "shift": rate}

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        found = [*super().complaints(experiment), *needs_adaptation(experiment, self.kind)]
        if getattr(experiment.network, "hidden", None) == ():
            sentence = "there is no body whose layers could be scaled and shifted; choose at least one hidden layer"
            found.append(Complaint("network.hidden", sentence))
        if experiment.subset.adapt not in (None, (), ("head.*",)):
            found.append(
                Complaint(
                    "subset.adapt", "MTL moves the classifier alone inside a task; choose ['head.*'] or leave it empty"
                )
            )
        if experiment.subset.freeze:
            sentence = (
                "the pretrained body is frozen already, and the classifier's start is what MTL learns; leave it empty"
            )
            found.append(Complaint("subset.freeze", sentence))
        return found
