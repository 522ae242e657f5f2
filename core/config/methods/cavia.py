"""Settings of CAVIA."""

from typing import TYPE_CHECKING, ClassVar, Literal

from ..base import setting
from .base import Complaint, MethodSettings, needs_adaptation

if TYPE_CHECKING:
    from ..experiment import Experiment


class Cavia(MethodSettings):
    """CAVIA (Zintgraf et al. 2019): a small context vector adapts, the network is shared by all tasks."""

    default_adapt: ClassVar[tuple[str, ...] | None] = ()

    kind: Literal["cavia"] = "cavia"
    context: int = setting(5, "Numbers of the context vector.", title="Context size", ge=1, le=10000)
    layer: int | None = setting(
        None,
        "Block whose channels the context scales and shifts. Empty: the third, or the last of fewer. For pictures; numbers have "
        "the context at their input.",
        title="Block",
        ge=1,
        le=6,
        advanced=True,
    )

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        found = [each for each in needs_adaptation(experiment, self.kind) if each.field == "inner.steps"]
        if experiment.subset.adapt is not None:
            sentence = "CAVIA moves its context alone and nothing of the network, so no subset applies; leave it empty"
            found.append(Complaint("subset.adapt", sentence))
        if experiment.network.head == "shared":
            sentence = "CAVIA adapts no head, so the equal rows of a shared one would stay equal; choose fixed"
            found.append(Complaint("network.head", sentence))
        blocks = getattr(experiment.network, "depth", None)
        if blocks is not None and self.layer is not None and self.layer > blocks:
            found.append(Complaint("method.layer", f"the network has {blocks} blocks; choose 1 to {blocks}"))
        return found
