"""Which parameters adapt and which are frozen: from patterns to states and back to short patterns. No Qt."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase


class Answer(Enum):
    """The four answers to "learned by the outer loop?" and "moved by the inner loop?"."""

    ADAPTED = "learned and adapted"
    FIXED = "learned, fixed in the inner loop"
    FROZEN = "frozen"
    FRESH = "frozen start, adapted"

    @classmethod
    def of(cls, *, adapted: bool, frozen: bool) -> "Answer":
        if frozen:
            return cls.FRESH if adapted else cls.FROZEN
        return cls.ADAPTED if adapted else cls.FIXED

    @property
    def adapted(self) -> bool:
        return self in (Answer.ADAPTED, Answer.FRESH)

    @property
    def frozen(self) -> bool:
        return self in (Answer.FROZEN, Answer.FRESH)


SHORT = {
    Answer.ADAPTED: "adapted",
    Answer.FIXED: "fixed inside",
    Answer.FROZEN: "frozen",
    Answer.FRESH: "frozen start, adapted",
}
SIGNS = {Answer.ADAPTED: "●", Answer.FIXED: "◐", Answer.FROZEN: "○", Answer.FRESH: "◍"}


@dataclass(frozen=True)
class Pick:
    """A quick choice of what adapts. patterns: None is the rule "all but normalization"."""

    name: str
    title: str
    patterns: tuple[str, ...] | None
    sentence: str


@dataclass(frozen=True)
class Parameters:
    """names: of all parameters, in the network's order; norms: those of normalization; ruled: those that the network
    decides about, so that a pattern may match them or not."""

    names: tuple[str, ...] = ()
    norms: frozenset[str] = frozenset()
    ruled: frozenset[str] = frozenset()


def parameters(shapes: Mapping[str, tuple[int, ...]], ruled: Iterable[str] = ()) -> Parameters:
    """A layer whose weight has one dimension scales its inputs one by one: normalization."""
    flat = {layer(name) for name, shape in shapes.items() if name.endswith(".weight") and len(shape) == 1}
    norms = {name for name in shapes if ".norm." in name or (layer(name) in flat and ".conv." not in name)}
    return Parameters(tuple(shapes), frozenset(norms), frozenset(ruled))


def matching(names: Iterable[str], patterns: Iterable[str]) -> set[str]:
    wanted = tuple(patterns)
    return {name for name in names if any(fnmatchcase(name, pattern) for pattern in wanted)}


def adapted_names(known: Parameters, adapt: Sequence[str] | None) -> set[str]:
    """What the inner loop moves; None is everything but normalization."""
    return set(known.names) - known.norms if adapt is None else matching(known.names, adapt)


def answers(known: Parameters, adapt: Sequence[str] | None, freeze: Sequence[str]) -> dict[str, Answer]:
    moved, held = adapted_names(known, adapt), matching(known.names, freeze)
    return {name: Answer.of(adapted=name in moved, frozen=name in held) for name in known.names}


def patterns(chosen: Iterable[str], names: Sequence[str], either: frozenset[str] = frozenset()) -> list[str]:
    """The shortest list of simple patterns that matches the chosen names and no other, in the order of the names;
    either: names that may be matched or not."""
    wanted = set(chosen) - either
    if wanted and wanted == set(names) - either:
        return ["*"]
    found, left = [], set(wanted)
    while left:
        cover = max(_candidates(names), key=lambda one: _gain(one, names, wanted | either, left))
        gain = _gain(cover, names, wanted | either, left)
        if gain < 2 and not (gain == 1 and cover.endswith(".*") and cover.count(".") == 1):
            break
        found.append(cover)
        left -= matching(names, [cover])
    return found + [name for name in names if name in left]


def adapt_patterns(chosen: Iterable[str], known: Parameters) -> list[str] | None:
    """As `patterns`, but None where the rule "all but normalization" says the same."""
    wanted = set(chosen) - known.ruled
    return None if wanted == adapted_names(known, None) - known.ruled else patterns(wanted, known.names, known.ruled)


def changed(
    known: Parameters, adapt: Sequence[str] | None, freeze: Sequence[str], picked: Iterable[str], answer: Answer
) -> tuple[list[str] | None, list[str]]:
    """New patterns (adapt, freeze) after the picked names got an answer."""
    now = answers(known, adapt, freeze) | dict.fromkeys(picked, answer)
    moved = [name for name, one in now.items() if one.adapted]
    held = [name for name, one in now.items() if one.frozen]
    return adapt_patterns(moved, known), patterns(held, known.names, known.ruled)


def picks(known: Parameters) -> list[Pick]:
    """The quick choices that say something for these parameters."""
    every = [
        Pick("default", "All but norms", None, "Every weight and bias; normalization is learned and fixed inside."),
        Pick("all", "All", ("*",), "Everything, normalization too."),
    ]
    offered = [
        *(every if known.norms else [Pick("default", "All", None, "Every weight and bias.")]),
        Pick("head", "Head", ("head.*",), "The last layer alone (ANIL)."),
        Pick("body", "Body", ("body.*",), "Everything but the last layer (BOIL)."),
        Pick("norm", "Norm scale, shift", _norm_patterns(known), "Scales and offsets of the normalization."),
        Pick("last", "Last block", _last_block(known), "The last block of the body."),
    ]
    return [pick for pick in offered if pick.patterns is None or matching(known.names, pick.patterns)]


def layer(name: str) -> str:
    """The layer of a parameter: "body.0" of "body.0.conv.weight", "head" of "head.bias"."""
    match = re.match(r"[^.]+(?:\.\d+)?", name)
    return match.group(0) if match and match.group(0) != name else name.rsplit(".", 1)[0]


def _norm_patterns(known: Parameters) -> tuple[str, ...]:
    return tuple(patterns(known.norms, known.names))


def _last_block(known: Parameters) -> tuple[str, ...]:
    """From the last layer of the body that is no normalization."""
    layers = list(dict.fromkeys(layer(name) for name in known.names if name.startswith("body.")))
    plain = [
        at
        for at, one in enumerate(layers)
        if any(layer(name) == one and name not in known.norms for name in known.names)
    ]
    return tuple(f"{one}.*" for one in layers[plain[-1] :]) if plain else ()


def _candidates(names: Sequence[str]) -> list[str]:
    """Whole layers and groups, and all tensors of one kind."""
    found: dict[str, None] = {}
    for name in names:
        parts = name.split(".")
        for end in range(1, len(parts)):
            found[".".join(parts[:end]) + ".*"] = None
        for start in range(1, len(parts)):
            found["*." + ".".join(parts[start:])] = None
        if ".norm." in name:
            found["*.norm.*"] = None
    return list(found)


def _gain(pattern: str, names: Sequence[str], allowed: set[str], left: set[str]) -> int:
    """How many of the names that are left a pattern takes; none where it takes one that is not allowed."""
    taken = matching(names, [pattern])
    return len(taken & left) if taken <= allowed else 0
