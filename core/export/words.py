"""What an export is asked for and how it tells of itself. Imports no torch."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

Report = Callable[[str, float], None]
"""(what is being done, share of the whole 0..1)."""

CARD = "headstart"
"""What the card is called in a program's file."""

LEFT_OUT = "headstart.left_out"
"""What an ONNX file calls the learned tensors that are not in its graph."""

PROGRAMS = (".pt2", ".onnx")
ENDINGS = (".safetensors", ".pt", *PROGRAMS)


def nothing(words: str, share: float) -> None:
    """Nobody listens."""


class Wanted(NamedTuple):
    """component: of a mixture, counted from 1 (.pt); steps, ways: of an adapt-and-predict program, the learned ones where None;
    support: a file with a support set that the network is adapted to before it is written (.pt); readme: write a README beside."""

    component: int | None = None
    steps: int | None = None
    ways: int | None = None
    support: Path | None = None
    readme: bool = False
