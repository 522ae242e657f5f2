"""Settings of MMAML."""

from typing import TYPE_CHECKING, Literal

from pydantic import field_validator

from ..base import setting
from .base import Complaint, MethodSettings

if TYPE_CHECKING:
    from ..experiment import Experiment


class Mmaml(MethodSettings):
    """MMAML (Vuorio et al. 2019): a code of the support set modulates hidden units before the weights move.

    The paper clamps inner gradients at 10 (regression) or 20 (pictures): inner.clip."""

    kind: Literal["mmaml"] = "mmaml"
    modulation: Literal["film", "sigmoid", "softmax"] = setting(
        "film",
        "film: scale and shift each unit. sigmoid: a gate between 0 and 1 for each unit. softmax: gates that sum to 1 over a "
        "layer.",
        title="Modulation",
        words={"film": "FiLM"},
    )
    layers: Literal["all", "first"] = setting(
        "all",
        "Hidden layers that are modulated. The paper's runs with two modes modulate the first alone.",
        title="Modulated layers",
        words={"first": "the first"},
    )
    order: Literal["sorted", "given"] = setting(
        "sorted",
        "Order in which the encoder reads a regression task's points: by input, so that their order means nothing (the paper, "
        "unverified), or as given (the released code).",
        title="Reading order",
        advanced=True,
        words={"sorted": "by input", "given": "as given"},
    )
    encoder_width: int = setting(
        40, "Units of the recurrent encoder in each direction (regression).", title="Encoder width", ge=1, le=1024
    )
    encoder_layers: int = setting(
        2, "Layers of the recurrent encoder.", title="Encoder layers", ge=1, le=4, advanced=True
    )
    picture_channels: tuple[int, ...] = setting(
        (32, 64, 128, 256),
        "Channels of the blocks of the encoder of pictures; each halves the side.",
        title="Encoder channels",
        min_length=1,
        max_length=6,
        advanced=True,
    )
    picture_code: int = setting(
        128, "Size of a task's code where tasks are pictures.", title="Code size", ge=1, le=4096, advanced=True
    )
    modulation_learning_rate: float | None = setting(
        None,
        "Outer learning rate of encoder and modulation. Empty: the common one, as published.",
        title="Rate of the encoder",
        gt=0,
        le=1,
        advanced=True,
    )
    group_clip: float = setting(
        2.0,
        "Scale the outer gradient of the network and that of encoder and modulation down to this norm, each by itself "
        "(published for regression; pictures have none). 0: no clipping.",
        title="Clip each",
        ge=0,
        advanced=True,
    )

    @field_validator("picture_channels")
    @classmethod
    def _no_empty_block(cls, channels: tuple[int, ...]) -> tuple[int, ...]:
        if any(not 1 <= each <= 1024 for each in channels):
            raise ValueError("each block has between 1 and 1,024 channels")
        return channels

    def group_rates(self) -> dict[str, float]:
        return {} if self.modulation_learning_rate is None else {"modulation": self.modulation_learning_rate}

    def group_clips(self) -> dict[str, float]:
        return {} if self.group_clip == 0 else {"init": self.group_clip, "modulation": self.group_clip}

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        found = []
        if getattr(experiment.network, "hidden", None) == ():
            sentence = "there is no hidden layer to modulate; choose at least one, or method.kind = 'maml'"
            found.append(Complaint("network.hidden", sentence))
        if experiment.inner.steps == 0 or experiment.subset.adapt == ():
            field = "inner.steps" if experiment.inner.steps == 0 else "subset.adapt"
            if experiment.tasks.task_type == "classification":
                sentence = (
                    "the encoder of pictures never sees a label, so without adaptation nothing tells classes apart"
                )
                found.append(Complaint(field, f"{sentence}; choose at least 1 step and one parameter"))
            else:
                sentence = "modulation alone fits a task (the paper's ablation before adaptation)"
                found.append(Complaint(field, sentence, blocking=False))
        return found
