"""Settings of joint training."""

from typing import TYPE_CHECKING, Literal

from .base import Complaint, MethodSettings

if TYPE_CHECKING:
    from ..experiment import Experiment


class Pooled(MethodSettings):
    """Joint training on all tasks together: the baseline, and the first stage of other methods."""

    kind: Literal["pooled"] = "pooled"

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        if experiment.network.head != "shared" or experiment.tasks.task_type != "classification":
            return []
        sentence = (
            "joint training adapts nothing, so the equal rows of a shared head stay equal and nothing can be learned; "
            "choose fixed"
        )
        return [Complaint("network.head", sentence)]
