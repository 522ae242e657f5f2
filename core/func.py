"""torch.func's transforms, without the second that their first call takes otherwise; and `grad` and `vjp` by autograd's graph
alone, for passes that work on one task after the other (`by_graph`).

torch 2.13 asks its compiler, around every gradient, not to compile the backward pass: the first such question imports
torch._dynamo and with it sympy, FSDP and 800 other modules (1.1 s of processor time and 76 MiB, measured), also where nothing
is ever compiled. As long as nobody has imported the compiler there is nothing to ask, so the question is left out.
"""

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch._functorch import eager_transforms
from torch.autograd.graph import _engine_run_backward
from torch.func import vmap as vmap
from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten

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


class _Thread(threading.local):
    """graph: inside `by_graph`; depth: gradients that are being taken around this moment."""

    graph = False
    depth = 0


_here = _Thread()


@contextmanager
def by_graph() -> Iterator[None]:
    """On this thread, until its end and outside of vmap, gradients are taken by one autograd graph, nested ones too, instead of a
    functorch level each: the same operations without the levels' cost (an autograd.Function in a gradient of a gradient took
    1,087 us by levels and 85 us by graph), and nothing is kept for a gradient that nobody takes."""
    before, _here.graph = _here.graph, True
    try:
        yield
    finally:
        _here.graph = before


def taken_by_graph() -> bool:
    """Inside of `by_graph`, and not of vmap or a gradient by levels."""
    return _here.graph and not by_levels()


def by_levels() -> bool:
    """Is this inside of vmap, or of a gradient of torch.func?"""
    return torch._C._functorch.peek_interpreter_stack() is not None


def grad(function: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """torch.func.grad; by graph where it is by the first argument alone."""
    by_level = torch.func.grad(function, argnums, has_aux)

    def gradient(first: Any, *others: Any) -> Any:
        if argnums != 0 or not taken_by_graph():
            return by_level(first, *others)
        _, pull, aux = _pulled(lambda moved: function(moved, *others), (first,), has_aux)
        found = pull(None)[0]
        return (found, aux) if has_aux else found

    return gradient


def vjp(function: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """torch.func.vjp, whose stub knows only one of its two forms. The pullback may be called once."""
    if not taken_by_graph():
        transform: Any = torch.func.vjp
        return transform(function, *primals, has_aux=has_aux)
    value, pull, aux = _pulled(function, primals, has_aux)
    return (value, pull, aux) if has_aux else (value, pull)


def _pulled(
    function: Callable[..., Any], primals: tuple[Any, ...], has_aux: bool
) -> tuple[Any, Callable[..., Any], Any]:
    """(value, pullback, aux) with one graph. A gradient that is taken inside another one keeps a graph for it; the outermost
    one gives tensors without."""
    kept = _here.depth > 0 and torch.is_grad_enabled()
    leaves, structure = tree_flatten(primals)
    _here.depth += 1
    try:
        with torch.enable_grad():
            inputs = [
                leaf.view_as(leaf) if kept and leaf.requires_grad else leaf.detach().requires_grad_() for leaf in leaves
            ]
            result = function(*tree_unflatten(inputs, structure))
    finally:
        _here.depth -= 1
    outputs, aux = result if has_aux else (result, None)
    flat = tree_flatten(outputs)[0]

    def pull(onto: Any, retain_graph: bool = True, create_graph: bool = True) -> Any:
        weights = None if onto is None else tree_flatten(onto)[0]
        with torch.set_grad_enabled(kept):
            parts = _gradients(
                flat, inputs, weights, retain_graph=kept and retain_graph, create_graph=kept and create_graph
            )
        return tree_unflatten(list(parts), structure)

    if not kept:
        outputs, aux = tree_map(_plain, outputs), tree_map(_plain, aux)
    return outputs, pull, aux


def _plain(leaf: Any) -> Any:
    return leaf.detach() if isinstance(leaf, Tensor) else leaf


def last_grad(function: Callable[..., tuple[Tensor, Out]]) -> Callable[..., tuple[Any, Out]]:
    """grad(function, has_aux=True) by its first argument where nobody differentiates the result: what the graph has saved is let go
    of on the way back, and no graph of the gradient is made. (grad keeps both: the peak of five unrolled steps was 1.5 times.)"""

    def gradient(first: Any, *others: Any) -> tuple[Any, Out]:
        value, pull, aux = vjp(lambda moved: function(moved, *others), first, has_aux=True)
        return last(pull, torch.ones_like(value))[0], aux

    return gradient


def last(pull: Callable[..., Any], onto: Any) -> Any:
    """A pullback of vjp, called once and not differentiated."""
    return pull(onto, retain_graph=False, create_graph=False)
