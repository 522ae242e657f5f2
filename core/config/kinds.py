"""Which settings class belongs to which kind, read off the unions."""

from typing import get_args

from .base import Settings
from .methods import MethodKind
from .networks import NetworkKind
from .tasks import TaskKind

_UNIONS = {"tasks": TaskKind, "network": NetworkKind, "method": MethodKind}


def kinds(section: str) -> dict[str, type[Settings]]:
    """All kinds of a section ("tasks", "network", "method") with their settings class."""
    union = get_args(_UNIONS[section])[0]
    return {model.model_fields["kind"].default: model for model in get_args(union)}


def settings_class(section: str, kind: object) -> type[Settings] | None:
    """The settings class of a kind; None where there is no such section or kind."""
    return kinds(section).get(kind) if section in _UNIONS and isinstance(kind, str) else None
