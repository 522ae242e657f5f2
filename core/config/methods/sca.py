"""Settings of SCA."""

from typing import TYPE_CHECKING, Literal

from ..base import setting
from .base import Complaint, MethodSettings, needs_adaptation

if TYPE_CHECKING:
    from ..experiment import Experiment


class Sca(MethodSettings):
    """SCA (Antoniou, Storkey 2019): after the support steps, steps down a learned critic of the query predictions."""

    kind: Literal["sca"] = "sca"
    critic_steps: int = setting(
        1,
        "Steps down the critic's value, behind the inner steps on the support set. 0: no critic, the baseline.",
        title="Critic steps",
        ge=0,
        le=100,
    )
    critic: Literal["dilated", "small"] = setting(
        "dilated",
        "dilated: the paper's dense dilated convolutions, for the number of ways that it was learned with. small: one "
        "hidden layer shared by all classes, for any number of ways (not in the paper).",
        title="Critic",
    )
    task_embedding: bool = setting(
        False,
        "The critic sees the support set as well, through a relation network over its pairs.",
        title="Task embedding",
    )
    parameters: bool = setting(
        False,
        "The critic sees mean and mean square of every adapted tensor as well (the paper's form of this is unverified).",
        title="Parameters",
        advanced=True,
    )
    critic_rate: float | None = setting(
        None, "Step size of the critic's steps at the start. Empty: inner.learning_rate.", title="Critic step size",
        ge=0, le=100,
    )  # fmt: skip
    learn_rates: bool = setting(
        True,
        "Learn a step size for every tensor and step (as MAML++); else they stay as they begin.",
        title="Learned rates",
    )
    rate_of_critic: Literal["own", "shared"] = setting(
        "own",
        "own: the critic's steps have step sizes of their own. shared: they take those of the first support steps, as in "
        "the released code.",
        title="Critic's rates",
        advanced=True,
        words={"own": "its own", "shared": "those of the first steps"},
    )
    norm_per_step: bool = setting(
        True, "Learn the normalization's offsets (and scales) for every step apart (as MAML++).", title="Norm per step",
        advanced=True,
    )  # fmt: skip
    reduce: Literal["mean", "sum"] = setting(
        "mean",
        "Over the query inputs. sum, as in the released code, makes the step grow with their number: adapt later with "
        "as many as in training.",
        title="Critic's total",
    )
    critic_norm: Literal["batch", "none"] = setting(
        "batch",
        "Batch norm in the dilated critic, always by the statistics of the queries at hand (the released code takes "
        "running ones at evaluation).",
        title="Critic's norm",
        advanced=True,
        words={"batch": "batch norm"},
    )
    activation: Literal["relu", "softplus"] = setting(
        "relu", "Nonlinearity of the critic. softplus is smooth; the paper has relu.", title="Critic's activation",
        advanced=True,
        words={"relu": "ReLU"},
    )  # fmt: skip
    outer_loss: Literal["both", "after"] = setting(
        "both",
        "both: the losses before and after the critic, the second weighing more and more, as in the released code. "
        "after: the second alone (the paper's text, unverified).",
        title="Outer loss",
        words={"both": "before and after", "after": "after the critic"},
    )
    epochs: int = setting(
        150, "Into how many epochs the run is divided for the weights of outer_loss = both.", title="Epochs", ge=1,
        le=100_000, advanced=True,
    )  # fmt: skip
    rate_learning_rate: float = setting(
        1e-4,
        "Outer learning rate of the learned step sizes: slower than that of the weights, on which (as in the released code) they "
        "may grow until they diverge.",
        title="Rate of the rates",
        gt=0,
        le=1,
        advanced=True,
    )
    critic_learning_rate: float | None = setting(
        None, "Outer learning rate of the critic. Empty: the common one.", title="Rate of the critic",
        gt=0, le=1, advanced=True,
    )  # fmt: skip

    def group_rates(self) -> dict[str, float]:
        rates = {"rate": self.rate_learning_rate if self.learn_rates else None, "critic": self.critic_learning_rate}
        return {group: rate for group, rate in rates.items() if rate is not None}

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        found = needs_adaptation(experiment, self.kind)
        whole, seen = experiment.inner.steps + self.critic_steps, experiment.inner.evaluation_steps
        if seen != whole:
            without = "leaves the critic out" if seen < whole else "repeats the critic's last step"
            sentence = (
                f"{experiment.inner.steps} support and {self.critic_steps} critic steps are learned, so evaluation with "
                f"{seen} {without}; choose {whole}"
            )
            found.append(Complaint("inner.evaluation_steps", sentence, blocking=False))
        return found
