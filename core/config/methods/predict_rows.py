"""Settings of predicting parameters from activations."""

from typing import TYPE_CHECKING, ClassVar, Literal

from ..base import setting
from .base import Complaint
from .pretraining import Pretrained

if TYPE_CHECKING:
    from ..experiment import Experiment


class PredictFromActivations(Pretrained):
    """Predicting parameters from activations (Qiao et al. 2018): a learned map writes the classifier's rows."""

    default_adapt: ClassVar[tuple[str, ...] | None] = ("head.*",)
    any_ways: ClassVar[bool] = True
    trains_on_more: ClassVar[bool] = True

    kind: Literal["predict-from-activations"] = "predict-from-activations"
    map: Literal["two-layer", "linear"] = setting(
        "two-layer",
        "phi: two layers as in the released code, or a single one. Both begin as the identity.",
        title="Map",
        words={"two-layer": "two layers", "linear": "one layer"},
    )
    mean_share: float = setting(
        0.3,
        "How often a class is shown by the mean of its training shots, else by a single one of them. 0.3 in the released "
        "code; with 1 it learns for many shots alone.",
        title="Share of means",
        ge=0,
        le=1,
    )
    activation: Literal["relu", "none"] = setting(
        "relu", "Between the two layers; none where the body's activations may be negative.", title="Map's activation",
        advanced=True,
        words={"relu": "ReLU"},
    )  # fmt: skip
    scale: bool = setting(
        False,
        "Learn one factor on all class scores, as rows have length 1 and small activations make flat scores (not in the "
        "paper).",
        title="Learned scale",
        advanced=True,
    )
    decay: float = setting(5e-4, "Weight decay of phi.", title="Map's decay", ge=0, le=1, advanced=True)

    def group_decay(self) -> dict[str, float]:
        return {"phi": self.decay}

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        tasks, network = experiment.tasks, experiment.network
        if tasks.task_type == "regression":
            sentence = "predict-from-activations writes one row a class, and regression has no classes; choose a task with classes"
            return [Complaint("method.kind", sentence)]
        found = super().complaints(experiment)
        if experiment.subset.adapt not in (None, ("head.*",)):
            sentence = "predict-from-activations writes the head and moves nothing else; leave it empty"
            found.append(Complaint("subset.adapt", sentence))
        if experiment.subset.freeze:
            sentence = "the pretrained body is frozen already and the head is written anew; leave it empty"
            found.append(Complaint("subset.freeze", sentence))
        if tasks.shots == (tasks.train_shots or tasks.shots) == 1 and self.mean_share > 0:
            sentence = "with 1 training shot the mean is that shot; the paper takes the mean of all, choose 15 or so"
            found.append(Complaint("tasks.train_shots", sentence, blocking=False))
        nonlinear = getattr(network, "activation", "relu")
        negative = nonlinear in ("tanh", "leaky-relu")
        if negative and self.map == "two-layer" and self.activation == "relu":
            sentence = f"{nonlinear} gives negative activations, which this map loses at its start; choose none"
            found.append(Complaint("method.activation", sentence, blocking=False))
        return found
