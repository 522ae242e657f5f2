"""Experiment files, presets and `--set`: text in, `Experiment` out, one line where that fails."""

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as resource_files
from pathlib import Path
from typing import Any, get_args

import tomli_w
from pydantic import ValidationError

from core.errors import BadExperiment

from .experiment import Experiment
from .problems import bad_experiment

PATHS = ("tasks.path", "network.start")
"""Keys that hold a path of a person's own: a relative one is meant from the file or from where the command is typed."""


@dataclass(frozen=True)
class Preset:
    """A complete experiment with its source. `published`: the paper's own setting; note: deviations and what it reaches."""

    name: str
    title: str
    note: str
    experiment: Experiment


def parse(values: dict[str, Any]) -> Experiment:
    """Nested values as the file holds them -> Experiment. Raises BadExperiment with every problem in one line."""
    try:
        return Experiment.model_validate(values)
    except ValidationError as error:
        raise bad_experiment(error) from None


def read(path: Path) -> Experiment:
    """A .toml experiment file. A relative tasks.path or network.start is taken from the file's own folder."""
    return parse(_anchored(_read_toml(path), path.resolve().parent))


def to_text(experiment: Experiment) -> str:
    """The experiment file that repeats it."""
    return tomli_w.dumps(experiment.plain())


def with_settings(experiment: Experiment, settings: list[str]) -> Experiment:
    """Apply `key=value` pairs (dotted keys; values as TOML, bare words as text)."""
    values = experiment.plain()
    for text in settings:
        key, equals, value = text.partition("=")
        if not equals:
            raise BadExperiment(f"--set takes key=value, found {text!r}; for example --set inner.steps=5")
        if not key.strip():
            raise BadExperiment(f"--set takes key=value, found {text!r}; for example --set inner.steps=5")
        put(values, key.strip(), _value(value.strip(), none_is_a_word=_takes_none(values, key.strip())))
    return parse(values)


def put(values: dict[str, Any], key: str, value: Any) -> None:
    """Set a dotted key; a new `kind` keeps what was chosen and what it has, too; the rest is its own."""
    *parents, last = key.split(".")
    at = values
    for parent in parents:
        at = at.setdefault(parent, {})
        if not isinstance(at, dict):
            raise BadExperiment(f"{key}: {parent} is a single value and has no keys below it")
    if last == "kind" and parents and at.get("kind") != value:
        _change_kind(at, parents[0], value)
    if value is None:
        at.pop(last, None)
    else:
        at[last] = value


def _change_kind(at: dict[str, Any], section: str, kind: Any) -> None:
    from .kinds import settings_class

    model = settings_class(section, kind)
    if model is None:
        return  # the unknown kind is reported when the whole is parsed
    for name in set(at) - model.model_fields.keys() | _untouched(section, at) | {"kind"}:
        at.pop(name, None)
    try:
        model.model_validate(at)
    except ValidationError as error:
        for item in error.errors():  # a value of the old kind that the new one does not allow
            at.pop(str(item["loc"][0]), None)


def _untouched(section: str, at: dict[str, Any]) -> set[str]:
    """Settings that stand at the default of their kind: nobody chose them (an mlp without batch norm), so the new kind's
    own defaults take their place."""
    from .kinds import settings_class

    model = settings_class(section, at.get("kind"))
    defaults = model().model_dump(mode="json") if model else {}
    return {name for name, value in at.items() if name in defaults and value == defaults[name]}


def _takes_none(values: dict[str, Any], key: str) -> bool:
    """Is "none" one of the field's choices (network.norm), and not the word for a field that is not set?"""
    from .kinds import settings_class

    section, _, name = key.partition(".")
    at = values.get(section)
    model = settings_class(section, at.get("kind")) if isinstance(at, dict) else None
    field = model.model_fields.get(name) if model else None
    return field is not None and "none" in get_args(field.annotation)


def _value(text: str, *, none_is_a_word: bool = False) -> Any:
    if text == "none" and none_is_a_word:
        return text
    if text in ("", "none", "None", "null"):
        return None
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        pass
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise BadExperiment(
            f"no experiment file at {path}, and no preset of that name; `headstart presets` lists them"
        ) from None
    except IsADirectoryError:
        raise BadExperiment(f"{path} is a folder; name a .toml experiment file in it") from None
    except UnicodeDecodeError:
        raise BadExperiment(f"{path} holds bytes that are no text; name a .toml experiment file") from None
    except OSError as error:
        raise BadExperiment(f"cannot read {path}: {error.strerror or error}") from None
    except tomllib.TOMLDecodeError as error:
        raise BadExperiment(f"{path} is not a TOML file: {error}") from None


def _anchored(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    for key in PATHS:
        section, _, name = key.partition(".")
        at = values.get(section)
        if isinstance(at, dict) and isinstance(at.get(name), str):
            path = Path(at[name]).expanduser()
            at[name] = str(path if path.is_absolute() else folder / path)
    return values


@cache
def presets() -> dict[str, Preset]:
    """All presets that ship with the program, by name, in the order of the file names."""
    folder = resource_files("resources") / "presets"
    names = sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return {name: _preset(name) for name in names}


def _preset(name: str) -> Preset:
    values = _merged(name)
    about = values.pop("preset")
    return Preset(name, about["title"], about["note"].strip(), parse({"name": name, **values}))


def _merged(name: str) -> dict[str, Any]:
    """A preset's values over those of the preset that it is derived from."""
    values = tomllib.loads((resource_files("resources") / "presets" / f"{name}.toml").read_text(encoding="utf-8"))
    base = values["preset"].pop("based_on", None)
    if base is None:
        return values
    merged = _merged(base)
    merged.pop("preset")
    return _deep(merged, values)


def _deep(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            if "kind" in value and value["kind"] != merged[key].get("kind"):
                merged[key] = value
            else:
                merged[key] = _deep(merged[key], value)
        else:
            merged[key] = value
    return merged


def find(reference: str) -> Experiment:
    """A preset's name or the path of an experiment file."""
    known = presets()
    if reference in known:
        return known[reference].experiment
    return read(Path(reference).expanduser())
