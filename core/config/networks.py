"""Settings of the networks."""

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from .base import Settings, setting


class NetworkSettings(Settings):
    fits: ClassVar[tuple[str, ...]]

    head: Literal["fixed", "shared"] = setting(
        "fixed",
        "fixed: one learned output row a class. shared: one learned row, copied to every class when a task begins, so "
        "that any number of classes works later.",
        title="Head",
    )
    start: Path | None = setting(
        None,
        "A file whose weights the network begins with: an initialization (.safetensors) or a plain state_dict (.pt) of the same "
        "network. All components of a mixture begin there, a hundredth of noise apart. Empty: fresh weights.",
        title="Begin with",
        holds="file",
        advanced=True,
    )


class Mlp(NetworkSettings):
    """Fully connected layers; parameter names are those of torch.nn.Sequential(Linear, ReLU, ..., Linear)."""

    fits: ClassVar[tuple[str, ...]] = ("regression", "classification")

    kind: Literal["mlp"] = "mlp"
    hidden: tuple[int, ...] = setting((40, 40), "Units of each hidden layer.", title="Hidden layers", max_length=16)
    activation: Literal["relu", "tanh", "softplus", "leaky-relu"] = setting(
        "relu",
        "The nonlinearity between layers.",
        title="Activation",
        words={"relu": "ReLU", "leaky-relu": "leaky ReLU"},
    )
    norm: Literal["none", "layer"] = setting(
        "none", "Normalization behind each hidden layer.", title="Normalization", words={"layer": "layer norm"}
    )
    init: Literal["truncated-normal", "he", "glorot"] = setting(
        "truncated-normal",
        "Initial weights: normal with standard deviation 0.01 cut at two (MAML's regression), He's or Glorot's.",
        title="Initial weights",
        words={"he": "He", "glorot": "Glorot"},
    )

    input_vector: int = setting(
        0,
        "Learned numbers that stand beside every input (`input.vector`, from zero; they adapt unless subset.adapt says "
        "otherwise): MMAML's MAML baseline and PLATIPUS' code have 20 for regression. 0: none.",
        title="Vector beside the input",
        ge=0,
        le=1000,
        advanced=True,
    )

    @field_validator("hidden")
    @classmethod
    def _no_empty_layer(cls, hidden: tuple[int, ...]) -> tuple[int, ...]:
        if any(not 1 <= units <= 100_000 for units in hidden):
            raise ValueError("each layer has between 1 and 100,000 units")
        return hidden


class ConvSettings(NetworkSettings):
    fits: ClassVar[tuple[str, ...]] = ("classification",)

    depth: int = setting(4, "Convolution blocks.", title="Blocks", ge=1, le=6)
    norm: Literal["batch", "support", "running", "none", "layer"] = setting(
        "batch",
        "batch: statistics of whatever batch is at hand, so queries of a task help each other (transductive, as in "
        "MAML). support: statistics of the support set for queries too. running: statistics gathered in pretraining and "
        "held, so that no example touches another. none, or layer (per example). It changes "
        "results: never compare across it.",
        title="Batch norm",
        words={
            "batch": "batch at hand",
            "support": "support set",
            "running": "held from pretraining",
            "layer": "layer norm",
        },
    )
    scale: bool = setting(
        False, "Learn a scale beside the offset of the normalization (MAML has the offset only).", title="Norm scale"
    )
    init: Literal["glorot", "he", "maml-omniglot"] = setting(
        "glorot",
        "Glorot's uniform, He's normal, or maml-omniglot: Glorot's with a standard normal head, as in the released code.",
        title="Initial weights",
        words={"he": "He", "glorot": "Glorot", "maml-omniglot": "MAML's for Omniglot"},
    )


class ConvStrided(ConvSettings):
    """Blocks of 3x3 convolution with stride 2, norm, ReLU; mean over the map; linear (MAML's Omniglot network)."""

    kind: Literal["conv-strided"] = "conv-strided"
    filters: int = setting(64, "Channels of each block.", title="Filters", ge=1, le=512)


class ConvPooled(ConvSettings):
    """Blocks of 3x3 convolution, norm, ReLU, 2x2 max-pool; flattened; linear (MAML's miniImageNet network)."""

    kind: Literal["conv-pooled"] = "conv-pooled"
    filters: int = setting(32, "Channels of each block.", title="Filters", ge=1, le=512)


NetworkKind = Annotated[Mlp | ConvStrided | ConvPooled, Field(discriminator="kind")]
