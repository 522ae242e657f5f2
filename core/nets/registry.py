"""The networks by kind. Imports no torch: Set up shows these before torch is there."""

from typing import NamedTuple


class NetworkEntry(NamedTuple):
    kind: str
    title: str
    sentence: str


NETWORKS: dict[str, NetworkEntry] = {
    entry.kind: entry
    for entry in (
        NetworkEntry(
            "mlp", "Fully connected", "Linear layers with a nonlinearity between: for numbers, or flattened pictures."
        ),
        NetworkEntry(
            "conv-strided",
            "Four blocks, strided",
            "3x3 convolutions with stride 2, mean over the map: MAML's network for Omniglot. Small and quick.",
        ),
        NetworkEntry(
            "conv-pooled",
            "Four blocks, max-pool",
            "3x3 convolutions with 2x2 max-pool, flattened: MAML's network for miniImageNet. Stronger and slower.",
        ),
    )
}
