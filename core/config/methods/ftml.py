"""Settings of FTML."""

from typing import TYPE_CHECKING, Literal

from ..base import setting
from .base import Complaint, MethodSettings, needs_adaptation

if TYPE_CHECKING:
    from ..experiment import Experiment


class Ftml(MethodSettings):
    """FTML (Finn et al. 2019), for tasks that arrive one after another; its baselines by the leader that is followed."""

    kind: Literal["ftml"] = "ftml"
    leader: Literal["meta", "joint"] = setting(
        "meta",
        "Which weights would have been best for the tasks so far: meta, after adaptation to each (FTML); joint, as they are "
        "(FTL): fine-tuned at use, or not at all with inner.evaluation_steps = 0.",
        title="Leader",
        words={"meta": "after adaptation", "joint": "as they are"},
    )
    smoothing: float = setting(
        0.1,
        "Share of each label that is spread over all classes, as in the released code.",
        title="Label smoothing",
        ge=0,
        le=0.9,
    )

    scale: Literal["mean", "sum-by-10"] = setting(
        "mean",
        "Loss of the inner steps. mean: over the examples at hand. sum-by-10: their sum over 10, as in the released code: the same "
        "on training's ten examples, but a step that grows with a task's digits where it is deployed (90 times as long on 900).",
        title="Inner loss",
        advanced=True,
        words={"sum-by-10": "sum over 10"},
    )

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        found = needs_adaptation(experiment, self.kind) if self.leader == "meta" else []
        if self.leader == "joint" and experiment.network.head == "shared":
            sentence = "joint training adapts nothing, so the equal rows of a shared head stay equal; choose fixed"
            found.append(Complaint("network.head", sentence))
        if not hasattr(experiment.tasks, "timetable"):
            sentence = f"{experiment.tasks.kind} is no stream, so all tasks are there at once; choose rainbow-stream"
            found.append(Complaint("tasks.kind", sentence, blocking=False))
        return found
