"""The help pages by name: their order, their text, and what is generated into them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from app.actions import Action
from app.forms import FieldSpec, specs, to_text
from app.forms.seeds import SEEDS
from core.config import Experiment, kinds
from core.errors import CoreError

SETTINGS, KEYBOARD, REPRODUCED = "settings", "keyboard", "reproduced"
_WRITTEN = (
    "what", "first-steps", "tasks", "networks", "methods", "what-adapts", "loops", "live", "compare", "catalog",
    "try-it", "worth", "exported-files", "window", "command-line",
)  # fmt: skip
_OF_PAGES = {
    "home": "first-steps", "setup": "first-steps", "live": "live", "compare": "compare", "catalog": "catalog",
    "initialization": "exported-files", "tryit": "try-it", "settings": "window", "help": "what",
}  # fmt: skip
_OF_SECTIONS = {
    "tasks": "tasks", "network": "networks", "method": "methods", "subset": "what-adapts", "inner": "loops",
    "outer": "loops", "evaluation": "loops", "engine": "loops", "budget": "loops", "review": "first-steps",
}  # fmt: skip


@dataclass(frozen=True)
class Topic:
    name: str
    title: str
    text: str


def topics(actions: Iterable[Action] = (), data_folder: Path | None = None) -> list[Topic]:
    """All pages in their order. actions: for the page of shortcuts; data_folder: whose own measurements stand before
    those that ship."""
    written = [_topic(name, _text(name)) for name in _WRITTEN]
    reproduced = _topic(REPRODUCED, reproduced_text(data_folder))
    return [*written, reproduced, _topic(SETTINGS, settings_text()), _topic(KEYBOARD, keyboard_text(actions))]


def find(argument: str) -> tuple[str, str]:
    """What the window asks for -> (page, what to mark there or "": a dotted key, "Tasks: table/tasks.path", or a title).

    "inner.steps", "tasks.path@table", "inner", "catalog", "field:...", "method.kind.maml"."""
    asked = argument.removeprefix("field:")
    section, _, kind = asked.partition(".kind.")
    if section in _OF_SECTIONS and kind:
        return _OF_SECTIONS[section], _titles(section).get(kind, "")
    if asked in (SETTINGS, KEYBOARD, REPRODUCED, *_WRITTEN) and asked not in _OF_PAGES:
        return asked, ""
    key, _, kind = asked.partition("@")
    if key in fields():
        return SETTINGS, f"{_heading(key.partition('.')[0], kind)}/{key}" if _is_own(key, kind) else key
    if asked in _OF_SECTIONS:
        return _OF_SECTIONS[asked], ""
    section, _, rest = asked.partition(".")
    if rest and section in _OF_SECTIONS:
        return _OF_SECTIONS[section], ""
    return _OF_PAGES.get(asked, _WRITTEN[0]), ""


def _titles(section: str) -> dict[str, str]:
    """Of each kind of tasks, networks or methods."""
    from core.methods.registry import METHODS
    from core.nets.registry import NETWORKS
    from core.tasks.registry import TASKS

    registry = {"method": METHODS, "network": NETWORKS, "tasks": TASKS}.get(section, {})
    return {kind: entry.title for kind, entry in registry.items()}


def _topic(name: str, text: str) -> Topic:
    return Topic(name, text.splitlines()[0].lstrip("# "), text)


@cache
def _text(name: str) -> str:
    text = (files("resources") / "help" / f"{name}.md").read_text(encoding="utf-8")
    for mark, make in _GENERATED.items():
        if f"{{{mark}}}" in text:
            text = text.replace(f"{{{mark}}}", make())
    return text


def _methods() -> str:
    from core.methods.registry import METHODS

    parts = [
        f"## {entry.title}\n\n{entry.sentence}\n\nLearns {entry.learns}. Adapts {entry.adapts}. Costs: {entry.costs}.\n\n"
        f"{'**Transductive**: it adapts on the inputs of the query set as well. ' if entry.transductive else ''}"
        f"*{entry.paper}*\n"
        for entry in METHODS.values()
    ]
    return "\n".join(parts)


def _tasks() -> str:
    from core.tasks.registry import TASKS

    rows = (f"| **{entry.title}** | {entry.task_type} | {entry.sentence} |" for entry in TASKS.values())
    return "\n".join(["| Tasks | Type | What one task is |", "| --- | --- | --- |", *rows])


def _networks() -> str:
    from core.nets.registry import NETWORKS

    rows = (f"| **{entry.title}** | {entry.sentence} |" for entry in NETWORKS.values())
    return "\n".join(["| Network | What it is |", "| --- | --- |", *rows])


_GENERATED: dict[str, Callable[[], str]] = {"methods": _methods, "tasks": _tasks, "networks": _networks}


@cache
def fields() -> dict[str, FieldSpec]:
    """Every setting by its dotted key, of all kinds; the first kind that has a key speaks for it."""
    found: dict[str, FieldSpec] = {}
    for section in _sections():
        for spec in section[2]:
            found.setdefault(spec.key, spec)
    return found


def _heading(section: str, kind: str) -> str:
    return f"{section.capitalize()}: {kind}"


def _is_own(key: str, kind: str) -> bool:
    """Whether the kind means something else by the setting than the first that has it."""
    found = {heading: specs for _, heading, specs in _sections()}.get(_heading(key.partition(".")[0], kind), ())
    return any(spec.key == key and spec != fields()[key] for spec in found)


@cache
def _sections() -> tuple[tuple[str, str, tuple[FieldSpec, ...]], ...]:
    """(section, heading, fields): one for every plain section, one for every kind of the others."""
    made = [
        ("run", "Run", tuple(spec for spec in specs(Experiment) if "." not in spec.key)),
        ("seeds", "Set up alone", (SEEDS,)),
    ]
    for name, info in Experiment.model_fields.items():
        if name in ("tasks", "network", "method"):
            for kind, model in kinds(name).items():
                made.append((name, _heading(name, kind), specs(model, name)))
        elif isinstance(info.annotation, type) and hasattr(info.annotation, "model_fields"):
            made.append((name, name.capitalize(), specs(info.annotation, name)))
    return tuple(made)


@cache
def settings_text() -> str:
    """Every setting with its sentence, bounds and default, read off the settings themselves."""
    parts = [
        "# Every setting\n",
        "What an experiment file may hold, and what `--set` takes. A setting that several kinds share stands with the first, "
        "and again where another kind means something else by it or has another default.\n",
    ]
    told: set[str] = set()
    for _, heading, found in _sections():
        fresh = [spec for spec in found if spec.key not in told or spec != fields()[spec.key]]
        told.update(spec.key for spec in fresh)
        if fresh:
            parts.append(f"## {heading}\n")
            parts += [_field(spec) for spec in fresh]
    return "\n".join(parts)


def _field(spec: FieldSpec) -> str:
    allowed = _allowed(spec)
    default = to_text(spec, spec.default) or spec.empty
    unit = f" {spec.unit}" if spec.unit and to_text(spec, spec.default) else ""
    tail = f" {allowed}." if allowed else ""
    return f"**{spec.title}** `{spec.key}`\n\n{spec.sentence}{tail} Default: {default}{unit}.\n"


def _allowed(spec: FieldSpec) -> str:
    if spec.options:
        return "One of " + ", ".join(
            _choice(option, said) for option, said in zip(spec.options, spec.said, strict=True)
        )
    low = None if spec.low is None else f"{'above' if spec.low_open else 'from'} {spec.low:g}"
    high = None if spec.high is None else f"{'below' if spec.high_open else 'to'} {spec.high:,.10g}"
    return " ".join(part for part in (low, high) if part).capitalize()


def _choice(option: object, said: str) -> str:
    """The word of the form, and the key of the file where that is another one."""
    return f"`{option}`" if said == str(option) else f"{said} (`{option}`)"


def reproduced_text(data_folder: Path | None) -> str:
    """Every recipe with what was measured, here or before the program shipped."""
    from core.recipes import markdown, read_results, recipes

    parts = [
        "# Published results, measured again\n",
        "Recipes take the setting of a paper and measure it anew, as runs in the catalog: `headstart reproduce NAME`. A number "
        "is *reached* where its interval meets the published one or is better, else *missed*; a row that takes fewer outer "
        "steps than the paper says *reduced*; one that was never measured says *not run*. Differences are paired by test task.\n",
    ]
    for recipe in recipes().values():
        try:
            parts.append(markdown(recipe, read_results(recipe.name, data_folder)))
        except CoreError as error:
            parts.append(f"## {recipe.title}\n\n{error}\n")
    return "\n".join(parts)


def keyboard_text(actions: Iterable[Action]) -> str:
    """Every action with its shortcut, by section."""
    parts = ["# Keyboard\n", "`Ctrl+K` opens a list of all actions; type a few letters of one.\n"]
    sections: dict[str, list[Action]] = {}
    for action in actions:
        if action.shortcut:
            sections.setdefault(action.section, []).append(action)
    for section, found in sections.items():
        parts += [f"## {section}\n", "| Key | Does |", "| --- | --- |"]
        parts += [f"| `{action.shortcut_text}` | {_does(action)} |" for action in found]
        parts.append("")
    return "\n".join(parts)


def _does(action: Action) -> str:
    return f"{action.title}. {action.hint}" if action.hint else action.title
