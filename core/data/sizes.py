"""Sizes of data sets that settings have to know, too: no numpy."""

from typing import NamedTuple


class RainbowSize(NamedTuple):
    """files: what their names begin with; arriving, held_out: digits of each task; title: what it is called."""

    files: str
    arriving: int
    held_out: int
    title: str


RAINBOW = {
    "small": RainbowSize("t10k", 140, 38, "small Rainbow-MNIST"),
    "full": RainbowSize("train", 900, 171, "Rainbow-MNIST"),
}
