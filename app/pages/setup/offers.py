"""The kinds on offer, from the settings and the registries: cards for tasks, networks and methods."""

from app.widgets.words import capital
from core.config import kinds
from core.config.base import Settings
from core.methods.registry import FAMILIES, METHODS
from core.nets.registry import NETWORKS
from core.tasks.registry import TASKS

from .cards import Choice
from .pictures import method_picture, network_picture
from .task_pictures import tasks_picture


def tasks() -> list[Choice]:
    found = []
    for kind, model in kinds("tasks").items():
        entry = TASKS.get(kind)
        title, sentence = (entry.title, entry.sentence) if entry else (kind, _first_line(model.__doc__))
        found.append(Choice(kind, title, (sentence,), tasks_picture(kind, entry.picture if entry else "curves")))
    return found


def networks() -> list[Choice]:
    found = []
    for kind, model in kinds("network").items():
        entry = NETWORKS.get(kind)
        title, sentence = (entry.title, entry.sentence) if entry else (kind, _first_line(model.__doc__))
        found.append(Choice(kind, title, (sentence,), network_picture(kind)))
    return found


def methods() -> list[Choice]:
    """By family; a method without one goes last."""
    family = {kind: name for name, members in FAMILIES.items() for kind in members}
    order = list(family)
    offered = sorted(kinds("method").items(), key=lambda one: order.index(one[0]) if one[0] in family else len(order))
    return [_method(kind, model, family.get(kind, "")) for kind, model in offered]


def _method(kind: str, model: type[Settings], family: str) -> Choice:
    entry = METHODS.get(kind)
    if entry is None:
        return Choice(kind, kind, (_first_line(model.__doc__),), method_picture(kind), family)
    lines = (
        entry.sentence,
        f"Learns {entry.learns}.",
        f"Adapts {entry.adapts}.",
        f"Costs {entry.costs}.",
        *(("Transductive: it adapts on the inputs of the query set as well.",) if entry.transductive else ()),
        capital(entry.paper),
    )
    return Choice(kind, entry.title, lines, method_picture(kind), family)


def fitting(task_type: str | None) -> list[str]:
    """Kinds of networks that take such tasks; all where the tasks are not known."""
    offered = kinds("network").items()
    return [kind for kind, model in offered if task_type is None or task_type in getattr(model, "fits", (task_type,))]


def task_type(kind: object) -> str | None:
    model = kinds("tasks").get(kind) if isinstance(kind, str) else None
    return getattr(model, "task_type", None)


def _first_line(text: str | None) -> str:
    return (text or "").strip().split("\n", maxsplit=1)[0]
