"""A set-up in the making: plain values that need not make sense yet, every edit undoable. No Qt."""

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from app.forms.seeds import LAST_SEED, MOST_SEEDS, SEEDS
from app.forms.spec import plain, specs
from app.forms.words import complaint
from app.widgets.words import sentence
from core.config import Experiment, Problem, from_validation, kinds, presets, problems, put, settings_class

from .fitting import refit, task_type_of
from .history import History, Origin, State, preset_state
from .sections import KINDED, Values, assign, cleaned, fields, kind_of, lookup, model_of

START = "sinusoid-maml"


class Draft:
    """What Set up edits."""

    def __init__(self, state: State | None = None) -> None:
        self._history = History([state or preset_state(START)])
        self._differing: tuple[State, dict[str, Any]] | None = None

    # reading

    @property
    def values(self) -> Values:
        """As an experiment file holds them; not to be changed."""
        return self._history.now.values

    @property
    def origin(self) -> Origin:
        return self._history.now.origin

    @property
    def seeds(self) -> Any:
        return self._history.now.seeds

    def kind(self, section: str) -> Any:
        return kind_of(section, self.values)

    def shown(self) -> dict[str, Any]:
        """Every setting of the chosen kinds by dotted key, defaults where nothing was set."""
        found = {spec.key: lookup(self.values, spec.key, spec.default) for spec in fields(self.values)}
        return found | {f"{section}.kind": self.kind(section) for section in KINDED} | {"seeds": self.seeds}

    def get(self, key: str) -> Any:
        return self.shown().get(key)

    def differences(self) -> dict[str, Any]:
        """What each edited setting was where the draft began (or is by default, where that had no such setting)."""
        now = self._history.now
        if self._differing is None or self._differing[0] is not now:
            self._differing = (now, self._differences(self.origin.values))
        return self._differing[1]

    def nearest_preset(self) -> tuple[str, dict[str, Any]]:
        """The preset that it began with, else the one that is nearest; and what differs from it."""
        if self.origin.reference.startswith("preset:"):
            return self.origin.label, self.differences()
        found = {name: self._differences(one.experiment.plain()) for name, one in presets().items()}
        name = min(found, key=lambda name: len(found[name]))
        return name, found[name]

    def _differences(self, values: Values) -> dict[str, Any]:
        before = Draft(State(values, self.origin)).shown()
        defaults = {spec.key: spec.default for spec in fields(self.values)}
        found = {}
        for key, value in self.shown().items():
            was = before.get(key, defaults.get(key))
            if key not in ("name", "seeds") and not _same(value, was):
                found[key] = was
        return found

    def experiment(self) -> Experiment | None:
        """The experiment, where the values make one."""
        try:
            return Experiment.model_validate(self.values)
        except ValidationError:
            return None

    def title(self) -> str:
        """What the run will be called: the given name, the preset's where nothing was edited, else method and tasks."""
        name = lookup(self.values, "name", "")
        if isinstance(name, str) and name.strip():
            return name.strip()
        if self.origin.reference.startswith("preset:") and not self.differences():
            return self.origin.label
        return f"{self.kind('method')} on {self.kind('tasks')}"

    def problems(self) -> list[Problem]:
        """Everything that can be said without touching data, one sentence each."""
        found = [Problem(spec.key, text) for spec in fields(self.values) if (text := self._complaint(spec))]
        found += self._seed_problems()
        said = {problem.field for problem in found}
        try:
            experiment = Experiment.model_validate(self.values)
        except ValidationError as error:
            rest = [self.in_words(problem) for problem in from_validation(error)]
            return found + [
                one for one in rest if not any(one.field == key or one.field.startswith(f"{key}.") for key in said)
            ]
        return found + [self.in_words(problem) for problem in problems(experiment)]

    def in_words(self, problem: Problem) -> Problem:
        """With the name that the field has on the page: the same key has another with each kind."""
        section = problem.field.partition(".")[0]
        return as_sentence(problem, str(self.kind(section)) if section in KINDED else "")

    def _complaint(self, spec: Any) -> str:
        return complaint(spec, lookup(self.values, spec.key, spec.default))

    @property
    def runs(self) -> int:
        """How many Run would start: the number of seeds, 1 where that is wrong."""
        seeds = self.seeds
        return seeds if isinstance(seeds, int) and not isinstance(seeds, bool) and 1 <= seeds <= MOST_SEEDS else 1

    def _seed_problems(self) -> list[Problem]:
        if wrong := complaint(SEEDS, self.seeds):
            return [Problem("seeds", wrong)]
        seed, runs = lookup(self.values, "seed", 0), self.runs
        if not isinstance(seed, int) or not seed <= LAST_SEED < seed + runs - 1:
            return []
        return [
            Problem(
                "seed", f"Seed {seed:,} leaves no room for {runs} seeds; choose one below {LAST_SEED + 2 - runs:,}."
            )
        ]

    # editing

    def set(self, key: str, value: Any) -> None:
        """One setting. Edits of the same key are one step of undo until `seal`."""
        now = self._history.now
        if key == "seeds":
            self._history.push(replace(now, seeds=value), key)
            return
        values = deepcopy(now.values)
        assign(values, key, plain(value))
        self._history.push(replace(now, values=values), key)

    def set_many(self, changes: dict[str, Any]) -> None:
        """Several settings as one step."""
        values = deepcopy(self.values)
        for key, value in changes.items():
            assign(values, key, plain(value))
        self._history.push(replace(self._history.now, values=values))

    def seal(self) -> None:
        """The edit under way is complete; the next one is a step of its own."""
        self._history.open_key = ""

    def choose(self, section: str, kind: str) -> str:
        """Another kind of tasks, network or method; what else had to change is told in a sentence."""
        if kind == self.kind(section):
            return ""
        values = deepcopy(self.values)
        before = task_type_of(values)
        put(values, f"{section}.kind", kind)
        note = ""
        if section == "tasks" and f"maml-{kind}" in presets():
            note = self._fit_to(values, kind)
        elif section == "tasks" and task_type_of(values) != before:
            note = refit(values, kind)
        self._history.push(replace(self._history.now, values=values))
        return note

    def bring(self, tasks: dict[str, Any]) -> str:
        """A person's own data as tasks, one step of undo. tasks: by dotted key, with "tasks.kind". Where they are of another
        kind than before, network and loops become those of the preset for such data; what changed is told in a sentence."""
        kind = tasks["tasks.kind"]
        values = deepcopy(self.values)
        note = "" if kind == self.kind("tasks") else self._fit_to(values, kind)
        values.setdefault("tasks", {})["kind"] = kind
        for key, value in tasks.items():
            assign(values, key, plain(value))
        self._history.push(replace(self._history.now, values=values, origin=self._origin_for(kind, note)))
        return note

    def _origin_for(self, kind: str, note: str) -> Origin:
        """Where all but the data is the preset's, the draft begins with the preset."""
        preset = presets().get(f"maml-{kind}")
        whole = note and preset is not None and preset.experiment.method.kind == self.kind("method")
        return preset_state(f"maml-{kind}").origin if whole else self.origin

    def _fit_to(self, values: Values, kind: str) -> str:
        preset = presets().get(f"maml-{kind}")
        if preset is None:
            return refit(values, kind)
        source = preset.experiment.plain()
        for section in ("tasks", "network", "inner", "subset", "outer", "evaluation"):
            values[section] = source.get(section, {})
        return f"Network, loops and evaluation were set as in {preset.name}."

    def load(self, values: Values, origin: Origin) -> list[str]:
        """A preset, a run or a file; undoable. Returns the keys that no setting has."""
        kept, dropped = cleaned(values)
        self._history.push(State(kept, replace(origin, values=deepcopy(kept))))
        return dropped

    def reset(self) -> None:
        """Back to where the draft began; undoable."""
        self._history.push(replace(self._history.now, values=deepcopy(self.origin.values)))

    @property
    def can_undo(self) -> bool:
        return self._history.at > 0

    @property
    def can_redo(self) -> bool:
        return self._history.at < len(self._history.states) - 1

    def undo(self) -> bool:
        return self._history.move(-1)

    def redo(self) -> bool:
        return self._history.move(1)

    # keeping

    def to_json(self) -> str:
        now = self._history.now
        origin = {"label": now.origin.label, "reference": now.origin.reference, "values": now.origin.values}
        return json.dumps({"version": 1, "values": now.values, "seeds": now.seeds, "origin": origin}, indent=1)


def from_json(text: str) -> Draft:
    """What `to_json` kept. Raises ValueError where it is not that."""
    held = json.loads(text)
    try:
        if held["version"] != 1:
            raise ValueError(f"draft of version {held['version']}")
        values, _ = cleaned(held["values"])
        origin_values, _ = cleaned(held["origin"]["values"])
        origin = Origin(str(held["origin"]["label"]), str(held["origin"]["reference"]), origin_values)
        return Draft(State(values, origin, held["seeds"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a draft: {error!r}") from None


def _same(one: Any, other: Any) -> bool:
    return bool(plain(one) == plain(other)) and isinstance(one, bool) == isinstance(other, bool)


def as_sentence(problem: Problem, kind: str = "") -> Problem:
    """A whole sentence also by itself, in the list of problems: "is missing" gets the name of its field. kind: of its section,
    where that has kinds."""
    verb = problem.sentence.partition(" ")[0]
    subject = f"{_name(problem.field, kind)} " if problem.field and verb in _VERBS else ""
    return replace(problem, sentence=sentence(subject + problem.sentence))


_VERBS = ("is", "names", "has", "needs", "must", "takes", "holds")
"""What a complaint begins with that is written to follow the name of its field."""


def _name(field: str, kind: str) -> str:
    """ "tasks.path" of "table" -> "Table"; without a kind that has it, of the first one."""
    section, _, name = field.rpartition(".")
    models = (
        [settings_class(section, one) for one in (kind, *kinds(section)) if one in kinds(section)]
        if section in KINDED
        else [model_of(section, {})]
    )
    found = (spec.title for model in models if model for spec in specs(model) if spec.name == name)
    return next(found, name.replace("_", " "))
