"""The settings of a draft by dotted key: which there are, what they default to, how they are read and written."""

from typing import Any

from app.forms.spec import FieldSpec, specs
from core.config import Experiment, kinds, settings_class
from core.config.base import Settings

KINDED = ("tasks", "network", "method")
PLAIN = ("subset", "inner", "outer", "evaluation", "engine")
Values = dict[str, Any]


def model_of(section: str, values: Values) -> type[Settings] | None:
    """The settings class of a section; for a section with kinds that of the chosen one, None where it is unknown."""
    if section in KINDED:
        return settings_class(section, kind_of(section, values))
    return Experiment.model_fields[section].annotation if section in PLAIN else None


def kind_of(section: str, values: Values) -> str:
    """The chosen kind; that of a fresh experiment where nothing is chosen. What is no word in a file is told as one."""
    part = values.get(section)
    chosen = part.get("kind") if isinstance(part, dict) else None
    return _fresh_kinds()[section] if chosen is None else str(chosen)


def fields(values: Values) -> tuple[FieldSpec, ...]:
    """All fields of all sections, for the kinds that are chosen."""
    found = [spec for spec in specs(Experiment) if spec.name in ("name", "seed")]
    for section in (*KINDED, *PLAIN):
        model = model_of(section, values)
        found += specs(model, section) if model else ()
    return tuple(found)


def lookup(values: Values, key: str, default: Any = None) -> Any:
    at: Any = values
    for part in key.split("."):
        if not isinstance(at, dict) or part not in at:
            return default
        at = at[part]
    return at


def assign(values: Values, key: str, value: Any) -> None:
    """Set a dotted key in place."""
    *parents, last = key.split(".")
    at = values
    for parent in parents:
        if not isinstance(at.get(parent), dict):
            at[parent] = {}
        at = at[parent]
    at[last] = value


def cleaned(values: Values) -> tuple[Values, list[str]]:
    """The values that a form can show, and the keys that were left out because no setting has them."""
    kept: Values = {}
    known = {spec.key for spec in fields(values)}
    for section in KINDED:
        if kind_of(section, values) in kinds(section):
            assign(kept, f"{section}.kind", kind_of(section, values))
            known.add(f"{section}.kind")
    dropped = []
    for key, value in _flat(values):
        if key in known:
            assign(kept, key, value)
        else:
            dropped.append(key)
    return kept, dropped


def _flat(values: Values, prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in values.items():
        found += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, value)]
    return found


def _fresh_kinds() -> dict[str, str]:
    fresh = Experiment()
    return {"tasks": fresh.tasks.kind, "network": fresh.network.kind, "method": fresh.method.kind}
