"""Arithmetic and selection on named tensors; flat keys "group/name" for files."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from core.types import Groups, Tensors


def select(tensors: Tensors, names: Iterable[str]) -> Tensors:
    return {name: tensors[name] for name in names}


def without(tensors: Tensors, names: Iterable[str]) -> Tensors:
    dropped = set(names)
    return {name: leaf for name, leaf in tensors.items() if name not in dropped}


def without_group(groups: Groups, name: str) -> Groups:
    return {group: named for group, named in groups.items() if group != name}


def matching(names: Iterable[str], patterns: Iterable[str]) -> tuple[str, ...]:
    """Names that match any shell pattern, in the order of `names`. Never called inside a traced function."""
    wanted = tuple(patterns)
    return tuple(name for name in names if any(fnmatchcase(name, pattern) for pattern in wanted))


def detach(tensors: Tensors) -> Tensors:
    return {name: leaf.detach() for name, leaf in tensors.items()}


def flat(groups: Groups, prefix: str = "") -> Tensors:
    """Two levels to one: {"init": {"head.bias": t}} -> {"init/head.bias": t}."""
    return {f"{prefix}{group}/{name}": leaf for group, named in groups.items() for name, leaf in named.items()}


def grouped(tensors: Tensors, prefix: str = "") -> Groups:
    """The inverse of `flat`; keys that do not start with the prefix are left out."""
    groups: Groups = {}
    for key, leaf in tensors.items():
        if key.startswith(prefix):
            group, name = key[len(prefix) :].split("/", 1)
            groups.setdefault(group, {})[name] = leaf
    return groups
