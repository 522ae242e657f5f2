"""Settings of pretraining, for methods that start from a network trained on all training classes at once."""

from typing import TYPE_CHECKING, ClassVar, Literal

from ..base import setting
from .base import Complaint, MethodSettings

if TYPE_CHECKING:
    from ..experiment import Experiment


class Pretrained(MethodSettings):
    """A method whose network is pretrained: these fields come before its own.

    frozen_body: the body keeps what pretraining gave it; features_only: the method reads nothing of the body but its
    features, so that training may run on cached ones.
    """

    frozen_body: ClassVar[bool] = True
    features_only: ClassVar[bool] = True

    pretraining_steps: int = setting(
        2000,
        "Minibatches on which the network first learns to tell all training classes apart, with a head that is then "
        "thrown away. 0: none. Runs with the same data, network and settings of pretraining share its result.",
        title="Pretraining steps",
        ge=0,
        le=10_000_000,
    )
    pretraining_batch: int = setting(64, "Pictures of one minibatch.", title="Pretraining batch", ge=2, le=4096)
    pretraining_optimizer: Literal["adam", "adamw", "sgd"] = setting(
        "adam",
        "Optimizer of pretraining.",
        title="Pretraining optimizer",
        advanced=True,
        words={"adam": "Adam", "adamw": "AdamW", "sgd": "SGD"},
    )
    pretraining_learning_rate: float = setting(
        1e-3, "Learning rate of pretraining at its start.", title="Pretraining rate", gt=0, le=10
    )
    pretraining_schedule: Literal["constant", "linear", "cosine"] = setting(
        "cosine", "How the learning rate of pretraining falls.", title="Pretraining schedule", advanced=True
    )
    pretraining_decay: float = setting(
        0.0, "Weight decay of pretraining.", title="Pretraining decay", ge=0, le=1, advanced=True
    )
    pretraining_seed: int = setting(
        0,
        "All draws of pretraining follow from it: runs with other seeds of their own share the pretrained body.",
        title="Pretraining seed",
        ge=0,
        le=2**31 - 1,
        advanced=True,
    )

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        found, norm = [], getattr(experiment.network, "norm", "none")
        if self.holds_body(experiment) and norm in ("batch", "support"):
            sentence = (
                f"{norm} statistics of a task would change what the frozen body says of a picture, and undo its scales; "
                "choose running, layer or none"
            )
            found.append(Complaint("network.norm", sentence))
        if not self.pretraining_steps:
            sentence = "without pretraining the body stays as random as it began; choose at least some hundred steps"
            found.append(Complaint("method.pretraining_steps", sentence, blocking=norm == "running"))
        elif experiment.tasks.task_type == "regression":
            sentence = (
                "regression has no classes: pretraining is one network for all tasks, which learns little more than "
                "their mean"
            )
            found.append(Complaint("method.pretraining_steps", sentence, blocking=False))
        return found
