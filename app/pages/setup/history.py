"""The states of a draft, so that every edit can be undone. No Qt."""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from core.config import presets

from .sections import Values

_MOST_UNDO = 500


@dataclass(frozen=True)
class Origin:
    """Where the draft began. reference: for `open` ("preset:NAME", a run's id, or a file's path)."""

    label: str
    reference: str
    values: Values


@dataclass(frozen=True)
class State:
    values: Values
    origin: Origin
    seeds: Any = 1


@dataclass
class History:
    """States, one of them shown. An edit of the key that was edited last replaces it until the edit is sealed."""

    states: list[State]
    at: int = 0
    open_key: str = field(default="")

    @property
    def now(self) -> State:
        return self.states[self.at]

    def push(self, state: State, key: str = "") -> None:
        if state == self.now:
            return
        grows = bool(key) and key == self.open_key and self.at > 0
        del self.states[self.at + (0 if grows else 1) :]
        self.states.append(state)
        del self.states[: max(0, len(self.states) - _MOST_UNDO)]
        self.at = len(self.states) - 1
        self.open_key = key

    def move(self, by: int) -> bool:
        self.open_key = ""
        if not 0 <= self.at + by < len(self.states):
            return False
        self.at += by
        return True


def preset_state(name: str) -> State:
    """A preset as the beginning of a draft; its name is left to be made or given."""
    values = presets()[name].experiment.plain() | {"name": ""}
    return State(values, Origin(name, f"preset:{name}", deepcopy(values)))
