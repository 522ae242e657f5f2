"""Settings of HSML."""

from math import prod
from typing import TYPE_CHECKING, Literal

from pydantic import field_validator

from ..base import setting
from .base import Complaint, MethodSettings, needs_adaptation

if TYPE_CHECKING:
    from ..experiment import Experiment


class Hsml(MethodSettings):
    """HSML (Yao et al. 2019): task clusters gate the initialization; growing ones are HSML-D."""

    kind: Literal["hsml"] = "hsml"
    aggregator: Literal["recurrent", "mean"] = setting(
        "recurrent",
        "What sums up a support set: a GRU over its examples (the released code's default), or a mean over them (released with "
        "outer.clip_value = 3).",
        title="Aggregator",
    )
    order: Literal["classes", "blocks"] = setting(
        "classes",
        "In which order a recurrent aggregator reads the support set of a classification. classes: class by class. blocks: one "
        "example of each class, then the next of each, the classes of every block in a fresh random order, as released.",
        title="Reading order",
        advanced=True,
        words={"classes": "by class", "blocks": "by block"},
    )
    clusters: tuple[int, ...] = setting(
        (4, 2),
        "Clusters of the lowest level, then of each level above it; the root is not counted.",
        title="Clusters",
        min_length=1,
        max_length=4,
    )
    width: int = setting(
        40, "Size of a task's embedding (released: 40, pictures 128).", title="Embedding", ge=1, le=1024
    )
    between: int = setting(
        20, "Units between an example and its code (released: 20; 96 for the mean over pictures).", title="Features",
        ge=1, le=1024, advanced=True,
    )  # fmt: skip
    sigma: float = setting(
        2.0, "Softness of the assignment to clusters (released: 2, pictures 10).", title="Softness", gt=0, le=1000
    )
    assign: Literal["linear", "gaussian"] = setting(
        "linear",
        "How a cluster is assigned to those above: by a linear map (released code) or by distance (the paper, unverified).",
        title="Assignment above",
        advanced=True,
    )
    reconstruction: float = setting(
        0.01,
        "Weight of the embedding's reconstruction error in the outer loss. The released code sums classification losses: its "
        "0.01 there is 0.01 * shots / (ways * queries) here.",
        title="Reconstruction",
        ge=0,
        le=100,
    )
    detach_target: bool = setting(
        False,
        "Take what is reconstructed as a constant. The released code does not, so the error also falls by shrinking features.",
        title="Constant target",
        advanced=True,
    )
    gate_offset: float = setting(
        0.0,
        "Offset of the gates at the start: 0 halves the initialization (published), 4 leaves 98 % of it.",
        title="Gate offset",
        ge=-20,
        le=20,
        advanced=True,
    )
    picture_channels: tuple[int, ...] = setting(
        (32, 32),
        "Channels of the blocks that read a picture for the embedding; each halves the side (smaller than the released ones).",
        title="Encoder channels",
        min_length=1,
        max_length=6,
        advanced=True,
    )
    picture_code: int = setting(
        64, "Size of a picture's code inside the embedding.", title="Picture code", ge=1, le=4096, advanced=True
    )
    grow: bool = setting(
        False, "Wake further clusters when tasks become much harder (HSML-D, for streams of tasks).", title="Grow"
    )
    most_clusters: int = setting(
        6, "Most clusters of the lowest level, where they grow.", title="Most clusters", ge=1, le=256, advanced=True
    )
    grow_every: int = setting(
        1000,
        "Outer steps between two looks at the mean score (released: 1,000; pictures 100).",
        title="Look every",
        ge=1,
        le=1_000_000,
        advanced=True,
    )
    grow_after: int = setting(
        8000, "Fewest outer steps between two growths, and before the first.", title="Grow after", ge=0, le=10_000_000,
        advanced=True,
    )  # fmt: skip

    @field_validator("picture_channels")
    @classmethod
    def _no_empty_block(cls, channels: tuple[int, ...]) -> tuple[int, ...]:
        if any(not 1 <= each <= 1024 for each in channels):
            raise ValueError("each block has between 1 and 1,024 channels")
        return channels

    def beyond(self, experiment: "Experiment", shapes: dict[str, tuple[int, ...]]) -> int:
        gates = 2 * self.width * sum(prod(shape) for shape in shapes.values())
        return gates + self.width**2 * (sum(self.clusters) + self.most_clusters)

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        found = needs_adaptation(experiment, self.kind)
        if any(not 1 <= each <= 256 for each in self.clusters):
            found.append(Complaint("method.clusters", "each level has at least one cluster; choose 1 to 256"))
        elif self.grow and self.most_clusters <= self.clusters[0]:
            sentence = f"there is no room to grow from {self.clusters[0]} clusters; choose more than that"
            found.append(Complaint("method.most_clusters", sentence))
        return found
