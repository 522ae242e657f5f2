"""What a setting is called where its dotted key alone is known, as on the axis of a plot."""

from functools import cache

from core.analysis.diff import CHANGES
from core.config import Experiment, kinds
from core.config.words import in_words
from core.training.remedies import Change

from .spec import specs

_ALONE = {
    "tasks.kind": "Tasks", "network.kind": "Network", "method.kind": "Method", "inner.steps": "Inner steps",
    "inner.learning_rate": "Inner step size", "outer.learning_rate": "Outer learning rate", CHANGES: "Changed on the way",
}  # fmt: skip
"""Titles that say enough only in their place in a form."""
_SECTIONS = {
    "tasks": "tasks", "network": "network", "method": "method", "subset": "what adapts", "inner": "inner loop",
    "outer": "outer loop", "evaluation": "evaluation", "engine": "engine",
}  # fmt: skip


def title_of(key: str) -> str:
    """ "inner.steps" -> "Inner steps", "tasks.split" -> "Split"; a key that no setting has stays as it is.

    A section is named where settings of several have that title.
    """
    title = _titles().get(key, "")
    if not title:
        return key
    others = {other.partition(".")[0] for other, found in _titles().items() if found == title}
    return f"{title} ({_SECTIONS[key.partition('.')[0]]})" if "." in key and len(others) > 1 else title


def change_in_words(change: Change) -> str:
    """ "from step 9 on Outer learning rate 0.005"."""
    step, settings = change
    keys = {f"outer.{name}": value for name, value in settings.items()}
    told = ", ".join(f"{title_of(key)} {in_words(key, value)}" for key, value in keys.items())
    return f"from step {step + 1:,} on {told}"


@cache
def _titles() -> dict[str, str]:
    """By dotted key; the first kind that has a key names it."""
    found = {spec.key: spec.title for spec in specs(Experiment) if "." not in spec.key} | _ALONE
    for section, info in Experiment.model_fields.items():
        models = kinds(section).values() if section in ("tasks", "network", "method") else (info.annotation,)
        for model in models:
            if hasattr(model, "model_fields"):
                for spec in specs(model, section):
                    found.setdefault(spec.key, spec.title)
    return found
