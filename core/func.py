"""torch.func's transforms, without the second that their first call takes otherwise.

torch 2.13 asks its compiler, around every gradient, not to compile the backward pass: the first such question imports
torch._dynamo and with it sympy, FSDP and 800 other modules (1.1 s of processor time and 76 MiB, measured), also where nothing
is ever compiled. As long as nobody has imported the compiler there is nothing to ask, so the question is left out.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch._functorch import eager_transforms
from torch.autograd.graph import _engine_run_backward
from torch.func import grad as grad
from torch.func import vjp as vjp
from torch.func import vmap as vmap

Out = TypeVar("Out")

_ASKING: Any = getattr(eager_transforms, "_autograd_grad", None)


def _gradients(
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    grad_outputs: Sequence[Tensor] | None = None,
    retain_graph: bool = False,
    create_graph: bool = True,
) -> tuple[Tensor, ...]:
    """As torch's function of this name: outputs that depend on nothing are left out, inputs that nothing depends on get 0."""
    if "torch._dynamo" in sys.modules:
        found: tuple[Tensor, ...] = _ASKING(outputs, inputs, grad_outputs, retain_graph, create_graph)
        return found
    weights = [torch.ones_like(out) for out in outputs] if grad_outputs is None else grad_outputs
    pairs = [(out, weight) for out, weight in zip(outputs, weights, strict=True) if out.requires_grad]
    if not pairs:
        return tuple(torch.zeros_like(leaf) for leaf in inputs)
    # what torch.autograd.grad comes to, after importing sympy to compare shapes
    parts = _engine_run_backward(
        tuple(out for out, _ in pairs), tuple(weight for _, weight in pairs), retain_graph, create_graph, tuple(inputs), True,
        accumulate_grad=False,
    )  # fmt: skip
    return tuple(torch.zeros_like(leaf) if part is None else part for part, leaf in zip(parts, inputs, strict=True))


if _ASKING is not None:
    eager_transforms._autograd_grad = _gradients


def last_grad(function: Callable[..., tuple[Tensor, Out]]) -> Callable[..., tuple[Any, Out]]:
    """grad(function, has_aux=True) by its first argument where nobody differentiates the result: what the graph has saved is let go
    of on the way back, and no graph of the gradient is made. (grad keeps both: the peak of five unrolled steps was 1.5 times.)"""

    def gradient(first: Any, *others: Any) -> tuple[Any, Out]:
        transform: Any = vjp  # whose stub knows only the form without aux
        value, pull, aux = transform(lambda moved: function(moved, *others), first, has_aux=True)
        return last(pull, torch.ones_like(value))[0], aux

    return gradient


def last(pull: Callable[..., Any], onto: Any) -> Any:
    """A pullback of vjp, called once and not differentiated."""
    return pull(onto, retain_graph=False, create_graph=False)
