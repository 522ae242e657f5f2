"""Settings of the mixture of initializations."""

from typing import TYPE_CHECKING, Literal

from ..base import setting
from .base import Complaint, MethodSettings, needs_adaptation

if TYPE_CHECKING:
    from ..experiment import Experiment


class Mixture(MethodSettings):
    """EM mixture of initializations (after Jerfel et al. 2019): K starts, each task shared out among them."""

    kind: Literal["mixture"] = "mixture"
    components: int = setting(
        3, "Initializations. Where the mixture grows, the most there can be.", title="Components", ge=1, le=16
    )
    assignment: Literal["soft", "hard"] = setting(
        "soft",
        "soft: all components adapt and learn, each by its responsibility for the task. hard: the most responsible one "
        "alone, with the memory of MAML.",
        title="Assignment",
    )
    prediction: Literal["weighted", "largest"] = setting(
        "weighted",
        "weighted: the mean of all components' predictions by responsibility. largest: the most responsible one's alone "
        "(for curves a mean of wrong guesses fits no family). Hard assignment always takes the largest.",
        title="Prediction",
        words={"weighted": "weighted mean", "largest": "the likeliest alone"},
    )
    score: Literal["auto", "split", "mean-path", "post", "pre", "query-train-only"] = setting(
        "auto",
        "What a component is judged by on the support set. split: adapt on each half, loss on the other. mean-path: mean "
        "loss while adapting. post: loss after adapting (overfits few examples). pre: loss before (regression only). auto: "
        "halves where each can hold every class (or two points), else the mean on the way. query-train-only: while training by "
        "the query set after adapting, at use as auto; who is right is known better, but use is judged by something else.",
        title="Judged by",
        words={
            "split": "split halves",
            "mean-path": "mean loss on the way",
            "post": "loss after",
            "pre": "loss before",
            "query-train-only": "query set while training",
        },
    )
    deviation: float = setting(
        1.0,
        "Standard deviation that regression targets are taken to scatter by: responsibilities are sharper for a smaller "
        "one. Set it to the tasks' noise where they have some. Not used for classes.",
        title="Assumed scatter",
        gt=0,
        le=100,
    )
    prior: Literal["uniform", "counts"] = setting(
        "uniform",
        "uniform: every component is as likely before a task is seen. counts: by the tasks that each has got lately "
        "(the rich get richer).",
        title="Prior",
        words={"counts": "by its tasks"},
    )
    nearby: bool = setting(
        False,
        "Components start near the first one, a hundredth of noise apart, instead of anew each.",
        title="Start near each other",
        advanced=True,
    )
    start_temperature: float = setting(
        10.0,
        "Softness of the responsibilities at the start of training, so that no component takes all. With 1000, and a cooling of "
        "0.6, the starts learn to adapt before they divide the tasks: then they divide by what adapts apart.",
        title="First temperature",
        gt=0,
        advanced=True,
    )
    temperature: float = setting(
        1.0,
        "Softness in the end and at use; 1 is the exact posterior, near 0 is hard.",
        title="Temperature",
        gt=0,
        advanced=True,
    )
    anneal: float = setting(
        0.2,
        "Share of the outer steps over which the temperature falls.",
        title="Cooling",
        ge=0,
        le=1,
        advanced=True,
    )
    decay: float = setting(
        0.99, "What remains of the count of tasks after an outer step.", title="Memory", ge=0, lt=1, advanced=True
    )
    revive_after: int = setting(
        500,
        "A component that got no task for so long is put beside the one that serves its tasks worst. 0: never.",
        title="Revive after",
        unit="steps",
        ge=0,
        advanced=True,
    )
    grow: bool = setting(
        False,
        "Begin with one component; more are born when tasks come that those fit badly.",
        title="Grow",
    )
    spawn: Literal["jump", "prior"] = setting(
        "jump",
        "jump: a component is born where the mean query loss rises from one window of steps to the next. prior: where a "
        "batch is explained better by a fresh copy of the mean of all (Chinese restaurant process, as the paper's; "
        "unverified).",
        title="Born by",
        advanced=True,
        words={"jump": "a jump of the loss", "prior": "a prior"},
    )
    jump: float = setting(
        1.25, "How far the loss of a window must rise, as a factor.", title="Jump", gt=1, le=100, advanced=True
    )
    window: int = setting(50, "Outer steps of a window.", title="Window", unit="steps", ge=1, advanced=True)
    concentration: float = setting(
        1.0, "Weight of a new component against counts of tasks (zeta).", title="Concentration", gt=0, advanced=True
    )
    threshold: float = setting(
        0.5,
        "Mean responsibility of a new component over the meta-batch above which it is born.",
        title="Threshold",
        gt=0,
        lt=1,
        advanced=True,
    )
    cooldown: int = setting(
        500,
        "Outer steps between two births, and before the first.",
        title="Rest between births",
        unit="steps",
        ge=0,
        advanced=True,
    )
    prior_rate: float = setting(
        0.01,
        "How fast the common start, from which a new component begins, follows the mean of the others.",
        title="Prior's rate",
        ge=0,
        le=1,
        advanced=True,
    )

    prior_weight: float = setting(
        1e-4,
        "Where the mixture grows: half of this times the squared distance of every component from the common start is added "
        "to the outer loss. 0: none.",
        title="Pull to the prior",
        ge=0,
        le=100,
        advanced=True,
    )
    prune_share: float = setting(
        0.005,
        "Where the mixture grows: a component whose share of the tasks stays below this is taken out (its tensors stay in the "
        "checkpoint until its place is taken by a new one). 0: never.",
        title="Prune below",
        ge=0,
        lt=1,
        advanced=True,
    )
    prune_after: int = setting(
        2000, "For how many outer steps in a row.", title="Prune after", unit="steps", ge=1, advanced=True
    )

    def side_by_side(self) -> int:
        return self.components + 1 if self.grow else self.components

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        found = needs_adaptation(experiment, self.kind)
        classes = experiment.tasks.task_type == "classification"
        shots = getattr(experiment.tasks, "shots", None)
        if self.components == 1:
            word = "it cannot grow" if self.grow else "this is MAML"
            sentence = f"with one component {word}; choose at least 2, or method.kind = 'maml'"
            found.append(Complaint("method.components", sentence, blocking=False))
        if self.score == "split" and shots == 1:
            sentence = "one example cannot be split in halves; choose mean-path or at least 2 shots"
            found.append(Complaint("method.score", sentence))
        if self.score == "pre" and classes:
            sentence = "labels are shuffled in every task, so the loss before adapting says nothing of a component; choose auto"
            found.append(Complaint("method.score", sentence))
        if self.score == "post" and shots == 1:
            sentence = "every component fits a single example, so responsibilities will be equal; choose mean-path"
            found.append(Complaint("method.score", sentence, blocking=False))
        return found
