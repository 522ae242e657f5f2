"""Settings of PLATIPUS."""

from typing import TYPE_CHECKING, Literal

from ..base import setting
from .base import Complaint, MethodSettings, needs_adaptation

if TYPE_CHECKING:
    from ..experiment import Experiment


class Platipus(MethodSettings):
    """PLATIPUS (Finn, Xu, Levine 2018): probabilistic MAML. Several adaptations of the same support set, averaged at use."""

    kind: Literal["platipus"] = "platipus"
    kl_weight: float = setting(
        0.01,
        "Weight of the divergence between posterior and prior, a sum over all weights beside a mean loss. The likelihood's own "
        "weight is 2 s^2 / queries for regression (s: noise of the targets about the adapted curve) and 1 / queries for "
        "classification. Larger: samples agree; smaller: the prior is not trained. Published: 0.1 and 1.5 (unverified).",
        title="KL weight",
        ge=0,
        le=1000,
    )
    samples: int = setting(
        10,
        "Initializations drawn at use; each adapts, and the prediction is their average. Evaluation costs that many times as "
        "much.",
        title="Samples at use",
        ge=1,
        le=1000,
    )
    target_noise: float | None = setting(
        None,
        "Standard deviation of a regression's targets about each sample, where the calibration is judged. Empty: what the KL "
        "weight assumes, the root of KL weight times queries over 2; it should be about the error that is left after adaptation. "
        "0: the samples alone.",
        title="Target noise",
        ge=0,
        le=100,
    )
    initial_std: float = setting(
        0.0183,
        "Standard deviation of every weight before training.",
        title="Initial spread",
        gt=3.4e-4,
        lt=2.7,
        advanced=True,
    )
    initial_gamma: float = setting(
        0.01,
        "Step from the shared mean to the means of prior and posterior before training; both are learned.",
        title="Initial step to the mean",
        ge=-10,
        le=10,
        advanced=True,
    )
    spread_learning_rate: float | None = setting(
        None,
        "Outer learning rate of the spreads, which are learned as logarithms, and of the two steps to the means. Empty: the "
        "common one. Short runs want a larger one.",
        title="Rate of the spreads",
        gt=0,
        le=1,
        advanced=True,
    )
    posterior: Literal["query", "both"] = setting(
        "query",
        "The posterior's mean follows the query set's gradient, or that of support and query set together (unverified; some "
        "versions of the paper write it so).",
        title="Posterior sees",
        advanced=True,
        words={"query": "the queries", "both": "support and queries"},
    )
    kl_warmup: float = setting(
        0.1,
        "Share of the outer steps in which the KL weight grows from 0 (a suggestion of this program). 0: whole from the start.",
        title="KL warm-up",
        ge=0,
        le=1,
        advanced=True,
    )

    def group_rates(self) -> dict[str, float]:
        rate = self.spread_learning_rate
        return {} if rate is None else dict.fromkeys(("log_prior", "log_posterior", "gamma"), rate)

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        found = needs_adaptation(experiment, self.kind)
        if self.kl_weight == 0:
            sentence = (
                "with no weight on the divergence nothing trains the prior that is sampled at use; choose 0.001 or more"
            )
            found.append(Complaint("method.kl_weight", sentence, blocking=False))
        if self.samples == 1:
            sentence = "one sample at use shows no spread; choose 10 samples to see where a task is ambiguous"
            found.append(Complaint("method.samples", sentence, blocking=False))
        return found
