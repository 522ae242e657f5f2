"""Settings of iMAML."""

from typing import TYPE_CHECKING, Literal

from ..base import setting
from .base import Complaint, MethodSettings, needs_adaptation

if TYPE_CHECKING:
    from ..experiment import Experiment


class Imaml(MethodSettings):
    """iMAML (Rajeswaran, Finn, Kakade, Levine 2019): the gradient of a solved, proximal inner problem, by conjugate gradient."""

    kind: Literal["imaml"] = "imaml"
    strength: float = setting(
        2.0,
        "How strongly the adapted weights are held near the start. Small: they may go far, and the linear system is harder.",
        title="Pull to the start",
        gt=0,
        le=1e6,
    )
    iterations: int = setting(
        5,
        "Conjugate gradient iterations for each task. 0: the first-order gradient.",
        title="Solver iterations",
        ge=0,
        le=100,
    )
    damping: float = setting(
        0.0,
        "Added to the linear system's diagonal: steadier where the loss curves downwards, less exact. The released code has 1.",
        title="Damping",
        ge=0,
        le=100,
        advanced=True,
    )
    solver: Literal["proximal", "released"] = setting(
        "proximal",
        "proximal: the pull is part of every inner step, as the theory says. released: plain steps, one step on the pull after "
        "the last, and the released code's matrix.",
        title="Inner problem",
        advanced=True,
        words={"proximal": "pulled in every step", "released": "as released"},
    )

    bounded_steps: bool = setting(
        False,
        "Shorten an inner step where the loss curves so strongly along it that it would overshoot: at most to the lowest point "
        "of the parabola that it sees. Costs a Hessian-vector product a step; without it adaptation may diverge as training "
        "makes the loss steeper. Not in the paper.",
        title="Bounded steps",
        advanced=True,
    )

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        found = needs_adaptation(experiment, self.kind)
        inner = experiment.inner
        if inner.learning_rate * self.strength >= 2:
            sentence = (
                f"a step of {inner.learning_rate:g} against a pull of {self.strength:g} overshoots; their product must be "
                "below 2: choose a smaller step size or pull"
            )
            found.append(Complaint("inner.learning_rate", sentence))
        if inner.order == "first" and self.iterations:
            sentence = (
                "iMAML never differentiates through the inner loop, so the order makes no difference; choose "
                "method.iterations = 0 for the first-order gradient"
            )
            found.append(Complaint("inner.order", sentence, blocking=False))
        return found
