"""What is wrong with an experiment: field, sentence, and what to do; pydantic's riddles are translated here alone."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from core.errors import BadExperiment

from .experiment import Experiment
from .kinds import kinds

SECTIONS = ("tasks", "network", "method")


@dataclass(frozen=True)
class Problem:
    """field: dotted key ("inner.steps"); blocking: the run cannot start."""

    field: str
    sentence: str
    blocking: bool = True


def from_validation(error: ValidationError, root: str = "") -> list[Problem]:
    """One problem for each thing that pydantic found."""
    return [_translate(item, root) for item in error.errors()]


def bad_experiment(error: ValidationError) -> BadExperiment:
    """The same as one line for the command line."""
    return BadExperiment(
        "; ".join(f"{p.field}: {p.sentence}" if p.field else p.sentence for p in from_validation(error))
    )


_NUMBERS = {
    "int_parsing": "must be a whole number", "int_type": "must be a whole number", "int_from_float": "must be a whole number",
    "float_parsing": "must be a number", "float_type": "must be a number",
    "bool_parsing": "must be true or false", "bool_type": "must be true or false",
}  # fmt: skip


def _translate(item: Any, root: str) -> Problem:
    path = [str(part) for part in item["loc"]]
    field = _dotted(path, root)
    kind, context, seen = item["type"], item.get("ctx", {}), item.get("input")
    if kind == "extra_forbidden":
        return Problem(field, _unknown_key(field, path))
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        tag = f"{field}.kind" if field else "kind"
        known = ", ".join(kinds(path[-1])) if path and path[-1] in SECTIONS else context.get("expected_tags", "")
        if kind == "union_tag_not_found":
            return Problem(tag, f"is missing; choose one of: {known}")
        return Problem(tag, f"{context.get('tag')!r} is not known; choose one of: {known}")
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return Problem(field, f"must be a table of settings (found {_short(seen)})")
    if kind in _NUMBERS:
        return Problem(field, f"{_NUMBERS[kind]} (found {_short(seen)})")
    if kind == "tuple_type":
        return Problem(field, f'must be a list, such as [40, 40] or ["head.*"] (found {_short(seen)})')
    if kind == "too_long":
        return Problem(field, f"must have at most {context['max_length']} items (found {context['actual_length']})")
    if kind == "too_short":
        least = context["min_length"]
        items = "item" if least == 1 else "items"
        return Problem(field, f"must have at least {least} {items} (found {context['actual_length']})")
    if kind == "missing" and path[-1].isdigit():
        return Problem(_dotted(path[:-1], root), f"lacks its item {int(path[-1]) + 1} (found {_short(seen)})")
    return Problem(field, f"{_plain(item['msg'])} (found {_short(seen)})")


def _dotted(path: list[str], root: str) -> str:
    """Pydantic puts the tag of a union into the path; a person never wrote it there."""
    kept = [part for i, part in enumerate(path) if not (i == 1 and path[0] in SECTIONS)]
    return ".".join(([root] if root else []) + kept)


def _unknown_key(field: str, path: list[str]) -> str:
    """A key of another kind is said to be one; else the nearest key that there is."""
    if len(path) == 3 and path[0] in SECTIONS:
        owners = [kind for kind, model in kinds(path[0]).items() if path[2] in model.model_fields]
        if owners:
            return f"{path[1]} has no such key; it belongs to {', '.join(owners)}"
    near = get_close_matches(field, [key for key in known_keys() if key != field], n=1, cutoff=0.6)
    return "no such key" + (
        f"; did you mean {near[0]}?" if near else "; `headstart tasks`, `methods` and `networks` list the keys"
    )


def known_keys() -> list[str]:
    """All dotted keys of all kinds."""
    keys: set[str] = set()

    def walk(schema: dict[str, Any], prefix: str, definitions: dict[str, Any]) -> None:
        if "$ref" in schema:
            walk(definitions[schema["$ref"].rsplit("/", 1)[-1]], prefix, definitions)
        for option in schema.get("oneOf", []):
            walk(option, prefix, definitions)
        for name, part in schema.get("properties", {}).items():
            keys.add(prefix + name)
            walk(part, f"{prefix}{name}.", definitions)

    schema = Experiment.model_json_schema()
    walk(schema, "", schema.get("$defs", {}))
    return sorted(keys)


def _plain(message: str) -> str:
    return message.replace("Input should be", "must be").replace("Value error, ", "").replace("Input", "value")


def _short(seen: Any) -> str:
    text = repr(seen)
    return text if len(text) <= 60 else text[:57] + "..."


def problems(experiment: Experiment) -> list[Problem]:
    """What can be said without looking at data: settings that do not go together."""
    found: list[Problem] = []
    task_type = experiment.tasks.task_type
    network, method = experiment.network, experiment.method
    if task_type not in network.fits:
        found.append(
            Problem(
                "network.kind", f"{network.kind} takes pictures, but {experiment.tasks.kind} gives numbers; choose mlp"
            )
        )
    if network.head == "shared" and task_type == "regression":
        found.append(
            Problem(
                "network.head", "a shared head copies one row to every class; regression has no classes, choose fixed"
            )
        )
    if getattr(network, "norm", "none") == "running" and not hasattr(method, "pretraining_steps"):
        sentence = f"running statistics are gathered in pretraining, and {method.kind} has none; choose batch or layer"
        found.append(Problem("network.norm", sentence))
    found.extend(
        Problem(*complaint) for part in (experiment.tasks, method) for complaint in part.complaints(experiment)
    )
    train_shots = experiment.tasks.train_shots
    more = method.trains_on_more or method.kind == "reptile"
    if train_shots and train_shots != experiment.tasks.shots and not more:
        found.append(
            Problem("tasks.train_shots", "training and evaluation use different numbers of shots", blocking=False)
        )
    if getattr(experiment.tasks, "train_ways", None) and not method.trains_on_more:
        sentence = f"{method.kind} learns a head for tasks.ways classes; leave it empty"
        found.append(Problem("tasks.train_ways", sentence))
    return found
