"""Settings of LEO."""

from math import prod
from typing import TYPE_CHECKING, ClassVar, Literal

from ..base import setting
from .base import Complaint
from .pretraining import Pretrained

if TYPE_CHECKING:
    from ..experiment import Experiment


class Leo(Pretrained):
    """LEO (Rusu et al. 2019): descend in a short code that a decoder turns into weights. Classification works on features of a
    pretrained body; regression makes the whole network."""

    any_ways: ClassVar[bool] = True

    kind: Literal["leo"] = "leo"
    pretraining_steps: int = setting(
        0,
        "Minibatches on which the body first learns to tell all training classes apart. Classification needs them, "
        "regression does not. Runs with the same data, network and settings of pretraining share its result.",
        title="Pretraining steps",
        ge=0,
        le=10_000_000,
    )
    latent_steps: int = setting(
        5,
        "Inner steps that move the code; all later ones (inner.steps counts both) fine-tune the weights. "
        "inner.learning_rate is where the learned step size in the code begins.",
        title="Latent steps",
        ge=0,
        le=1000,
    )
    latent: int = setting(
        16, "Numbers of a code: one code a class, in regression one a task.", title="Code size", ge=1, le=1024
    )
    hidden: int = setting(
        32,
        "Units of the three networks' hidden layers in regression (the paper's 32 is unverified); classification has linear "
        "maps.",
        title="Hidden units",
        ge=1,
        le=1024,
        advanced=True,
    )
    tuning_rate: float = setting(
        1e-3, "Where the learned step sizes of fine-tuning begin.", title="Fine-tuning step", gt=0, le=100
    )
    rate_learning_rate: float = setting(
        1e-5,
        "Outer learning rate of all step sizes. In regression 5e-5 let them grow until a run broke after 1,300 steps.",
        title="Rate of the rates",
        gt=0,
        le=1,
        advanced=True,
    )
    kl_weight: float = setting(
        1e-3,
        "Pulls codes towards the standard normal distribution (mean over entries).",
        title="KL weight",
        ge=0,
        le=1000,
    )
    penalty_weight: float = setting(
        1e-6, "Pulls the encoder towards the codes that adaptation reaches.", title="Encoder penalty", ge=0, le=1000,
        advanced=True,
    )  # fmt: skip
    orthogonality: float = setting(
        1e-3, "Keeps the directions apart in which the decoder takes a code's entries.", title="Orthogonality", ge=0, le=1000,
        advanced=True,
    )  # fmt: skip
    map_decay: float = setting(
        1e-8,
        "Times half the squared entries of the three networks.",
        title="Decay of the maps",
        ge=0,
        le=1,
        advanced=True,
    )
    dropout: float = setting(
        0.1, "Share of features left out, anew in every look; classification alone.", title="Dropout", ge=0, lt=1
    )
    scale: Literal["exp", "shifted"] = setting(
        "exp",
        "A code's standard deviation from what the encoder says, u: exp(u), or exp(u) - 1 cut at 0 as in the released code "
        "(its KL weights belong to that one, which is unstable at the start).",
        title="Scale",
        advanced=True,
        words={"exp": "exp(u)", "shifted": "exp(u) − 1"},
    )
    scale_limit: float = setting(
        1.0,
        "Largest u of a decoded weight's standard deviation, exp(u) - 1 + Glorot's scale. The released code has no limit: there "
        "the latent steps can drive u up until exp(u) overflows, and it leaves out the steps that end so.",
        title="Limit of the scale",
        gt=0,
        le=20,
        advanced=True,
    )
    copies: int = setting(
        1,
        "Codes drawn for each class, their rows averaged; the released code draws as many as there are shots.",
        title="Codes a class",
        ge=1,
        le=100,
        advanced=True,
    )
    gradient_clip: float = setting(
        0.1,
        "Largest entry of the meta-gradient, then largest norm of each of its tensors, as in the released code. 0: no "
        "clipping.",
        title="Outer clip",
        ge=0,
        advanced=True,
    )

    skip_not_finite: bool = setting(
        False,
        "A step whose loss or gradient is not finite moves the three networks alone, by 1e-4 of themselves towards 0, as in the "
        "released code; the log says so. Off: such a step ends the run.",
        title="Go on over NaN",
        advanced=True,
    )

    def instead_of_not_finite(self) -> dict[str, float] | None:
        return dict.fromkeys(("encoder", "relation", "decoder"), 1e-4) if self.skip_not_finite else None

    def holds_body(self, experiment: "Experiment") -> bool:
        return experiment.tasks.task_type == "classification"

    def group_rates(self) -> dict[str, float]:
        return {"rate": self.rate_learning_rate}

    def entry_clips(self) -> dict[str, float]:
        return {} if self.gradient_clip == 0 else dict.fromkeys(_GROUPS, self.gradient_clip)

    def tensor_clips(self) -> dict[str, float]:
        return self.entry_clips()

    def beyond(self, experiment: "Experiment", shapes: dict[str, tuple[int, ...]]) -> int:
        made = 0 if self.holds_body(experiment) else sum(prod(shape) for shape in shapes.values())
        return 2 * self.hidden * made

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        classes = experiment.tasks.task_type == "classification"
        found = super().complaints(experiment) if classes else self._in_regression(experiment)
        if experiment.subset.adapt == ():
            sentence = "leo's decoder makes what adapts, and that is nothing here; choose at least one parameter"
            found.append(Complaint("subset.adapt", sentence))
        elif classes and experiment.subset.adapt not in (None, ("head.*",)):
            sentence = "of classes leo makes the rows of the head and nothing else; choose ['head.*'] or leave it empty"
            found.append(Complaint("subset.adapt", sentence))
        if classes and experiment.subset.freeze:
            sentence = "the pretrained body is frozen already and the head is made anew; leave it empty"
            found.append(Complaint("subset.freeze", sentence))
        if experiment.inner.steps < self.latent_steps:
            sentence = (
                f"{self.latent_steps} latent steps do not fit into {experiment.inner.steps} inner steps, and at evaluation "
                "later ones would be latent too; raise inner.steps or lower method.latent_steps"
            )
            found.append(Complaint("method.latent_steps", sentence, blocking=False))
        return found

    def _in_regression(self, experiment: "Experiment") -> list[Complaint]:
        found = []
        if experiment.inner.clip is None:
            sentence = (
                "a single task that runs away ends the run in numbers that are not finite; choose a clip, such as 10"
            )
            found.append(Complaint("inner.clip", sentence, blocking=False))
        if self.pretraining_steps:
            sentence = "in regression leo makes the network anew for each task, so pretraining is lost; choose 0"
            found.append(Complaint("method.pretraining_steps", sentence, blocking=False))
        if self.copies > 1:
            sentence = "in regression there is one code a task; choose 1"
            found.append(Complaint("method.copies", sentence, blocking=False))
        return found


_GROUPS = ("init", "encoder", "relation", "decoder", "rate")
