"""The CUDA graph tier: one pass recorded once, then replayed without Python or launches in between.

It has not run on a GPU yet, so it is used only where engine.tier = "graph" asks for it, and only after it agreed with the eager
gradient on the step at hand. What is not CUDA's own (fixed places for inputs, one recording a shape, results that are not
overwritten by the next replay) is tested on the CPU with a recorder that repeats the work.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from core.engine.compiled import leaves_of, rebuilt
from core.outer import Gradient
from core.types import Aux, Groups, Meta, Noise, Task

Work = Callable[[], tuple[Groups, Aux]]
Recorder = Callable[[Work], tuple[Callable[[], None], tuple[Groups, Aux]]]
"""work -> (replay, the tensors that each replay fills anew)."""
WARM = 3
"""Runs before a recording, on a stream beside the main one, as torch's documentation asks for: libraries set themselves up."""
SHAPES = 2
"""Recordings that are kept, each with its memory: whole chunks, and the smaller last one of a meta-batch."""


def missing(device: str) -> str:
    """Why there can be no graph, as a sentence; empty where nothing speaks against trying."""
    return "" if device == "cuda" else "a CUDA graph needs a GPU"


def on_cuda(work: Work) -> tuple[Callable[[], None], tuple[Groups, Aux]]:
    """Record the work of the current stream."""
    beside: Any = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    beside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(beside):
        for _ in range(WARM):
            work()
    torch.cuda.current_stream().wait_stream(beside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        results = work()
    return graph.replay, results


def graphed(gradient: Gradient, record: Recorder = on_cuda) -> Gradient:
    """The same pass, replayed. A third shape goes through `gradient` itself."""
    recordings: dict[tuple[torch.Size, ...], _Recording] = {}

    def replayed(meta: Meta, tasks: Task, noise: Noise, progress: Tensor) -> tuple[Groups, Aux]:
        arguments = (meta, tasks._replace(about={}), noise, progress)
        key = tuple(leaf.shape for leaf in leaves_of(arguments))
        if key not in recordings:
            if len(recordings) == SHAPES:
                return gradient(meta, tasks, noise, progress)
            recordings[key] = _Recording(gradient, arguments, record)
        return recordings[key](arguments)

    return replayed


class _Recording:
    """Inputs lie in places of their own, which the recorded work reads; what it gives is copied out."""

    def __init__(self, gradient: Gradient, arguments: tuple[Any, ...], record: Recorder) -> None:
        self._places = [leaf.detach().clone() for leaf in leaves_of(arguments)]
        fixed = rebuilt(arguments, iter(self._places))
        self._replay, self._results = record(lambda: gradient(*fixed))

    def __call__(self, arguments: tuple[Any, ...]) -> tuple[Groups, Aux]:
        for place, leaf in zip(self._places, leaves_of(arguments), strict=True):
            place.copy_(leaf)
        self._replay()
        groups, aux = self._results
        return {group: _copies(named) for group, named in groups.items()}, _copies(aux)


def _copies(named: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: leaf.clone() for name, leaf in named.items()}
