"""LSTM and GRU written out as pure functions: names, laws and gradients of torch.nn.LSTM and torch.nn.GRU.

The fused kernels have no batching rule (pytorch #134606) and cuDNN's refuse a second derivative (pytorch #25315); these
cost about the same at the lengths of a support set. Rows of weight 0 hold the state, so padding changes nothing.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from core.nets.free import is_free
from core.types import Tensors

Shapes = dict[str, tuple[int, ...]]
Cell = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(what the input says [..., gates], what the state says [..., gates], state [..., state]) -> next state."""
Step = Callable[..., Tensor]
"""(state, row ..., constant ...) -> next state."""


def lstm_shapes(inputs: int, hidden: int, *, layers: int = 1, bidirectional: bool = False) -> Shapes:
    """As torch.nn.LSTM(inputs, hidden, layers, bidirectional=...) names them."""
    return _shapes(inputs, hidden, 4, layers, bidirectional)


def gru_shapes(inputs: int, hidden: int, *, layers: int = 1, bidirectional: bool = False) -> Shapes:
    return _shapes(inputs, hidden, 3, layers, bidirectional)


def recurrent_start(shapes: Shapes, generator: Generator, dtype: torch.dtype) -> Tensors:
    """torch's own law: uniform within 1 / sqrt(hidden), offsets too."""
    bound = 1 / math.sqrt(next(shape[1] for name, shape in shapes.items() if name.startswith("weight_hh")))
    return {
        name: (torch.rand(shape, generator=generator, dtype=dtype) * 2 - 1) * bound for name, shape in shapes.items()
    }


def lstm(weights: Tensors, x: Tensor, weight: Tensor, *, layers: int = 1, bidirectional: bool = False) -> Tensor:
    """x [time, inputs] and its weights [time] -> outputs of the last layer [time, directions * hidden], from a state of 0."""
    return _stacked(weights, x, weight, layers, bidirectional, _lstm_cell, 2)


def gru(weights: Tensors, x: Tensor, weight: Tensor, *, layers: int = 1, bidirectional: bool = False) -> Tensor:
    """As `lstm`. The last output (of the forward direction) is the final state: rows of weight 0 hold it."""
    return _stacked(weights, x, weight, layers, bidirectional, _gru_cell, 1)


def gru_step(weights: Tensors, x: Tensor, state: Tensor) -> Tensor:
    """One step of one layer: x [inputs], state [hidden] -> state [hidden]."""
    says = F.linear(x, weights["weight_ih_l0"], weights["bias_ih_l0"])
    return _gru_cell(says, F.linear(state, weights["weight_hh_l0"], weights["bias_hh_l0"]), state)


def walked(step: Step, state: Tensor, rows: tuple[Tensor, ...], constants: tuple[Tensor, ...]) -> Tensor:
    """step(state, *one row of each, *constants) -> next state, from the first row to the last: all states [time, *state].

    Where the number of rows is not known yet (a program is being exported, core.export) this is one scan in the graph.
    """
    if is_free(rows[0].shape[0]):
        from torch._higher_order_ops.scan import scan_op

        def scanned(*parts: Tensor) -> tuple[Tensor, Tensor]:
            moved = step(*parts)
            return moved, moved.clone()

        found: Tensor = scan_op(scanned, [state], [leaf.contiguous() for leaf in rows], tuple(constants))[1]
        return found
    states = []
    for t in range(len(rows[0])):
        state = step(state, *(leaf[t] for leaf in rows), *constants)
        states.append(state)
    return torch.stack(states)


def _shapes(inputs: int, hidden: int, gates: int, layers: int, bidirectional: bool) -> Shapes:
    ends = _ends(bidirectional)
    found: Shapes = {}
    for layer in range(layers):
        width = inputs if layer == 0 else hidden * len(ends)
        for end in ends:
            found[f"weight_ih_l{layer}{end}"] = (gates * hidden, width)
            found[f"weight_hh_l{layer}{end}"] = (gates * hidden, hidden)
            found[f"bias_ih_l{layer}{end}"] = (gates * hidden,)
            found[f"bias_hh_l{layer}{end}"] = (gates * hidden,)
    return found


def _ends(bidirectional: bool) -> tuple[str, ...]:
    return ("", "_reverse") if bidirectional else ("",)


def _stacked(
    weights: Tensors, x: Tensor, weight: Tensor, layers: int, bidirectional: bool, cell: Cell, parts: int
) -> Tensor:
    for layer in range(layers):
        x = _layer(weights, layer, x, weight, _ends(bidirectional), cell, parts)
    return x


def _layer(
    weights: Tensors, layer: int, x: Tensor, weight: Tensor, ends: tuple[str, ...], cell: Cell, parts: int
) -> Tensor:
    """Both directions side by side: the second reads the rows backwards. parts: tensors of size hidden in a state."""
    recurrent = tuple(weights[f"{part}_hh_l{layer}{end}"] for end in ends for part in ("weight", "bias"))
    hidden = recurrent[0].shape[1]
    says = [F.linear(x, weights[f"weight_ih_l{layer}{end}"], weights[f"bias_ih_l{layer}{end}"]) for end in ends]
    there = [weight > 0] * len(ends)
    if len(ends) == 2:
        says[1], there[1] = says[1].flip(0), there[1].flip(0)
    inputs, kept = torch.stack(says, 1), torch.stack(there, 1)[..., None]  # [time, directions, ...]
    state = x.new_zeros(len(ends), parts * hidden)

    def step(state: Tensor, says: Tensor, there: Tensor, *recurrent: Tensor) -> Tensor:
        pulls = [F.linear(state[i, :hidden], *recurrent[2 * i : 2 * i + 2]) for i in range(len(ends))]
        return torch.where(there, cell(says, torch.stack(pulls), state), state)

    found = walked(step, state, (inputs, kept), recurrent)[:, :, :hidden]  # [time, directions, hidden]
    return torch.cat([found[:, 0], *(found[:, i].flip(0) for i in range(1, len(ends)))], -1)


def _lstm_cell(says: Tensor, pull: Tensor, state: Tensor) -> Tensor:
    """state [..., 2 * hidden]: output and memory."""
    enter, forget, new, leave = (says + pull).chunk(4, -1)
    memory = forget.sigmoid() * state[..., state.shape[-1] // 2 :] + enter.sigmoid() * new.tanh()
    return torch.cat([leave.sigmoid() * memory.tanh(), memory], -1)


def _gru_cell(says: Tensor, pull: Tensor, state: Tensor) -> Tensor:
    """torch's form: the reset gate acts behind the recurrent map (TensorFlow 1 had it before)."""
    reset, update, new = says.chunk(3, -1)
    pull_reset, pull_update, pull_new = pull.chunk(3, -1)
    share = (update + pull_update).sigmoid()
    fresh = (new + (reset + pull_reset).sigmoid() * pull_new).tanh()
    return (1 - share) * fresh + share * state
