"""Which parameters move: from the experiment's patterns to names, once, when the method is built."""

from collections.abc import Iterable
from typing import Any

from core.errors import BadExperiment
from core.tree import matching
from core.types import Net, Partition


def resolve(subset: Any, net: Net, *, ruled: Iterable[str] = (), usual: tuple[str, ...] | None = None) -> Partition:
    """Patterns to names. `ruled` names are frozen by the network whatever the patterns say (an unused norm scale);
    `usual` patterns adapt where the subset names none (None: all but normalization).

    Raises BadExperiment for a pattern that matches nothing, so that a misspelt one cannot pass unseen.
    """
    names, held = tuple(net.shapes), set(ruled)
    for key, patterns in (("subset.adapt", subset.adapt or ()), ("subset.freeze", subset.freeze)):
        for pattern in patterns:
            if not matching(names, [pattern]):
                raise BadExperiment(f"{key}: no parameter matches {pattern!r}; there are {', '.join(_layers(names))}")
    wanted = usual if subset.adapt is None else subset.adapt
    chosen = set(names) - set(net.norm) if wanted is None else set(matching(names, wanted))
    frozen = set(matching(names, subset.freeze)) | held
    if subset.adapt and not chosen - held:
        raise BadExperiment(
            f"subset.adapt: {', '.join(sorted(chosen))} cannot adapt in this network (network.scale), so nothing would "
            "adapt; choose more"
        )
    _check(net, chosen)
    return Partition(
        tuple(name for name in names if name in chosen - held), tuple(name for name in names if name in frozen)
    )


def _check(net: Net, adapted: set[str]) -> None:
    if net.shared_head and not set(net.head) <= adapted:
        raise BadExperiment(
            "subset.adapt: a shared head starts with equal rows, so it must adapt; add 'head.*' or choose "
            "network.head = 'fixed'"
        )


def _layers(names: Iterable[str]) -> list[str]:
    """ "body.0.*", "head.*": what a pattern could say."""
    return sorted({f"{name.rsplit('.', 1)[0]}.*" for name in names})
