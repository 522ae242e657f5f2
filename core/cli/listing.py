"""presets, methods, tasks, networks: what there is to choose from. No torch."""

from typing import Any

import typer

from .options import Json
from .output import emit, number, say, table


def add_to(app: typer.Typer) -> None:
    for command in (presets, methods, tasks, networks):
        app.command(rich_help_panel="Choose")(command)


def presets(json: Json = False) -> None:
    """List the experiments that come with the program.

    --json: a list of name, title, method, tasks, note, steps.
    """
    from core.config import presets as known

    found = [_preset(preset) for preset in known().values()]
    if json:
        return emit(found)
    rows = [[p["name"], p["title"], f"{p['steps']:,}"] for p in found]
    table("", ["preset", "", "outer steps"], rows, right=["outer steps"])
    return say("headstart run PRESET")


def methods(json: Json = False) -> None:
    """List the methods with their settings.

    --json: a list of kind, title, sentence, learns, adapts, costs, paper, transductive, settings.
    """
    from core.methods.registry import METHODS

    found = [
        {
            **_entry(e),
            "learns": e.learns,
            "adapts": e.adapts,
            "costs": e.costs,
            "paper": e.paper,
            "transductive": e.transductive,
            **_settings("method", k),
        }
        for k, e in METHODS.items()
    ]
    if json:
        return emit(found)
    for one in found:
        say(f"{one['kind']}: {one['title']}. {one['paper']}")
        say(f"  learns {one['learns']}; adapts {one['adapts']}; costs {one['costs']}")
        if one["transductive"]:
            say("  transductive: it adapts on the inputs of the query set as well")
        _say_settings("method", one)
    return None


def tasks(json: Json = False) -> None:
    """List the task distributions with their settings.

    --json: a list of kind, title, sentence, type, settings.
    """
    from core.tasks.registry import TASKS

    found = [{**_entry(e), "type": e.task_type, **_settings("tasks", kind)} for kind, e in TASKS.items()]
    return emit(found) if json else _say_all("tasks", found)


def networks(json: Json = False) -> None:
    """List the networks with their settings.

    --json: a list of kind, title, sentence, settings.
    """
    from core.nets.registry import NETWORKS

    found = [{**_entry(entry), **_settings("network", kind)} for kind, entry in NETWORKS.items()]
    return emit(found) if json else _say_all("network", found)


def _preset(preset: Any) -> dict[str, Any]:
    experiment = preset.experiment
    return {
        "name": preset.name,
        "title": preset.title,
        "method": experiment.method.kind,
        "tasks": experiment.tasks.kind,
        "note": " ".join(preset.note.split()),
        "steps": experiment.outer.steps,
    }


def _entry(entry: Any) -> dict[str, Any]:
    return {"kind": entry.kind, "title": entry.title, "sentence": entry.sentence}


def _settings(section: str, kind: str) -> dict[str, Any]:
    """Each setting as the form shows it: key, default, sentence, unit and the JSON schema of what is allowed."""
    from core.config import settings_class

    model = settings_class(section, kind)
    if model is None:
        return {"settings": []}
    schema = model.model_json_schema()["properties"]
    names = [name for name in model.model_fields if name != "kind"]
    return {"settings": [_setting(section, name, dict(schema[name])) for name in names]}


def _setting(section: str, name: str, schema: dict[str, Any]) -> dict[str, Any]:
    head = {"key": f"{section}.{name}", "default": schema.pop("default", None)}
    words = {"title": schema.pop("title", name), "sentence": schema.pop("description", "")}
    extra = {"unit": schema.pop("unit", ""), "advanced": schema.pop("advanced", False)}
    return {**head, **words, **extra, "allowed": schema}


def _say_all(section: str, found: list[dict[str, Any]]) -> None:
    for one in found:
        say(f"{one['kind']}: {one['sentence']}")
        _say_settings(section, one)


def _say_settings(section: str, one: dict[str, Any]) -> None:
    for setting in one["settings"]:
        default = setting["default"]
        shown = number(default) if isinstance(default, float) else "not set" if default is None else default
        say(f"    {setting['key']} = {shown}: {setting['sentence']}")
