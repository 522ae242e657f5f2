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

    hard_every: int = setting(
        0,
        "Each so many-th outer step takes hard tasks: their classes are those that ordinary tasks since the last hard step got "
        "right least often, with fresh pictures. 0: never (the released code); 3 with a meta-batch of 4 is the method file's ten "
        "tasks and a hard meta-batch (the paper's numbers are unverified).",
        title="Hard tasks every",
        unit="steps",
        ge=0,
        le=1_000_000,
    )

    def hard_tasks(self) -> int:
        return self.hard_every

    def group_rates(self) -> dict[str, float]:
        rate = self.scale_learning_rate
        return {} if rate is None else {"scale": rate, "shift": rate}

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        found = [*super().complaints(experiment), *needs_adaptation(experiment, self.kind)]
        if self.hard_every == 1:
            sentence = (
                "every step would be hard and none could say which classes fail; choose at least 2, or 0 for none"
            )
            found.append(Complaint("method.hard_every", sentence))
        elif self.hard_every and experiment.tasks.task_type == "regression":
            sentence = "hard tasks are made of classes that fail, and regression has none; choose 0"
            found.append(Complaint("method.hard_every", sentence))
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
