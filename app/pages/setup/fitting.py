"""What else must change when the tasks become of another type. No Qt."""

from core.config import kinds, presets, put, settings_class

from .sections import Values, kind_of


def refit(values: Values, tasks_kind: str) -> str:
    """Other tasks want another network and inner loop: those of a preset for such tasks. Changes values."""
    values["tasks"] = {"kind": tasks_kind}
    name = _preset_for(tasks_kind)
    if name is None:
        return _fit_network(values)
    source = presets()[name].experiment.plain()
    same = source["tasks"]["kind"] == tasks_kind
    for section in ("network", "inner", "subset", *(["tasks"] if same else [])):
        values[section] = source.get(section, {})
    return f"These tasks are of another type, so network, inner loop and subset were set as in {name}."


def _fit_network(values: Values) -> str:
    task_type = task_type_of(values)
    if task_type in settings_class("network", kind_of("network", values)).fits:  # type: ignore[union-attr]
        return ""
    fitting = next(kind for kind, model in kinds("network").items() if task_type in model.fits)  # type: ignore[attr-defined]
    put(values, "network.kind", fitting)
    return f"The network did not fit these tasks and is now {fitting}."


def _preset_for(tasks_kind: str) -> str | None:
    """The first MAML preset for that kind of tasks, else for tasks of that type."""
    task_type = settings_class("tasks", tasks_kind).task_type  # type: ignore[union-attr]
    maml = [preset for preset in presets().values() if preset.experiment.method.kind == "maml"]
    of_kind = [one for one in maml if one.experiment.tasks.kind == tasks_kind]
    of_type = [one for one in maml if one.experiment.tasks.task_type == task_type]
    whole = [one for one in (*of_kind, *of_type) if not one.experiment.subset.adapt]  # before those that adapt a part
    same = [one for one in whole if one in of_kind]
    return next((one.name for one in [*same, *of_kind, *whole]), None)


def task_type_of(values: Values) -> str | None:
    model = settings_class("tasks", kind_of("tasks", values))
    return None if model is None else model.task_type  # type: ignore[attr-defined]
