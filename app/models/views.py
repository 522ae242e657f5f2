"""Saved views of Compare: which runs, beside which baseline, drawn how. They live in the window's settings."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from app.services.settings import Settings

VIEWS = "compare.views"
LONGEST = 80
_MOST = 100


@dataclass(frozen=True)
class View:
    """runs: ids; baseline: an id; spread: None for run by run, else a kind of band; tab: the view in front; look: what else was
    chosen, by the settings' keys."""

    name: str
    runs: tuple[str, ...]
    baseline: str = ""
    spread: str | None = None
    tab: str = "curves"
    look: Mapping[str, Any] = field(default_factory=dict)


def saved(settings: Settings) -> list[View]:
    """The last saved first; what cannot be read is left out."""
    kept = settings.get(VIEWS, [])
    found = [_read(entry) for entry in kept] if isinstance(kept, list) else []
    return [view for view in found if view is not None]


def save(settings: Settings, view: View) -> None:
    """One of the same name is replaced."""
    others = [other for other in saved(settings) if other.name != view.name]
    settings.set(VIEWS, [_plain(one) for one in [view, *others][:_MOST]])


def forget(settings: Settings, name: str) -> None:
    settings.set(VIEWS, [_plain(view) for view in saved(settings) if view.name != name])


def clean(name: str) -> str:
    """One line of at most LONGEST signs."""
    return " ".join(name.split())[:LONGEST].rstrip()


def _plain(view: View) -> dict[str, Any]:
    return {**asdict(view), "runs": list(view.runs), "look": dict(view.look)}


def _read(entry: Any) -> View | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not isinstance(entry.get("runs"), list):
        return None
    look, spread = entry.get("look"), entry.get("spread")
    return View(
        clean(entry["name"]), tuple(str(run) for run in entry["runs"]), str(entry.get("baseline", "")),
        None if spread is None else str(spread), str(entry.get("tab", "curves")), look if isinstance(look, dict) else {},
    )  # fmt: skip
