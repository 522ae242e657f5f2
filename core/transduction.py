"""What makes a result transductive: the answer to one query depends on the other inputs that are asked with it.

Numbers of the two settings must not be ranked against each other, so it stands wherever a result does. Imports no torch.
"""

from collections.abc import Sequence
from typing import Any

from core.config import Experiment
from core.methods.registry import METHODS


def reasons(experiment: Experiment) -> tuple[str, ...]:
    """Sentences; none where every query is answered by itself (inductive)."""
    found = []
    entry = METHODS[experiment.method.kind]
    if entry.transductive:
        found.append(f"{entry.title} adapts on the inputs of the query set as well")
    if getattr(experiment.network, "norm", "none") == "batch":
        found.append("batch norm takes its statistics over all queries of a task")
    return tuple(found)


def fields(experiment: Experiment) -> dict[str, Any]:
    """As cards and `run --json` say it."""
    found = reasons(experiment)
    return {"transductive": bool(found), "transductive_because": list(found)}


def sentence(experiment: Experiment) -> str:
    """For a summary; empty where the result is inductive."""
    found = reasons(experiment)
    return f"Transductive: {'; '.join(found)}. Compare only with runs that do the same." if found else ""


def unlike(runs: Sequence[tuple[str, Experiment]]) -> str:
    """Where (name, experiment) side by side are not of one setting: which look at the queries. Empty where all are alike."""
    looks = {name: bool(reasons(experiment)) for name, experiment in runs}
    if len(set(looks.values())) < 2:
        return ""
    those = ", ".join(name for name, yes in looks.items() if yes)
    verb = "is" if sum(looks.values()) == 1 else "are"
    return (
        f"{those} {verb} transductive, the others are not: a difference between them says nothing of the methods alone."
    )
