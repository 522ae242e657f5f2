"""Settings of the methods, one frozen model a kind. What they learn and adapt is told by core.methods.registry."""

from typing import Annotated, Literal

from pydantic import Field

from .base import Settings, setting


class MethodSettings(Settings):
    pass


class Maml(MethodSettings):
    """MAML (Finn, Abbeel, Levine 2017). First order through inner.order; ANIL and BOIL through the subset."""

    kind: Literal["maml"] = "maml"


class MetaSgd(MethodSettings):
    """Meta-SGD (Li et al. 2017): a learned step size for every adapted entry."""

    kind: Literal["meta-sgd"] = "meta-sgd"
    rate_learning_rate: float | None = setting(
        None,
        "Outer learning rate of the step sizes themselves. Empty: the common one. On the common one they may diverge "
        "beyond the trained number of steps.",
        title="Rate of the rates",
        gt=0,
        le=1,
        advanced=True,
    )
    random_start: tuple[float, float] | None = setting(
        None,
        "Draw the common initial step size uniformly from this range (the paper's is 0.005 to 0.1, unverified). "
        "Empty: inner.learning_rate.",
        title="Initial range",
        advanced=True,
    )


class Reptile(MethodSettings):
    """Reptile (Nichol, Achiam, Schulman 2018): move towards the weights that ordinary training reaches."""

    kind: Literal["reptile"] = "reptile"
    optimizer: Literal["sgd", "adam"] = setting(
        "adam",
        "Inner optimizer; adam has beta1 = 0 as in the released code, its second moments averaged over the tasks of a "
        "meta-batch between outer steps.",
        title="Inner optimizer",
    )
    batch: int | None = setting(
        None, "Examples of an inner minibatch. Empty: the whole support set.", title="Inner batch", ge=1, le=10000
    )


class Pooled(MethodSettings):
    """Joint training on all tasks together: the baseline, and the first stage of other methods."""

    kind: Literal["pooled"] = "pooled"


MethodKind = Annotated[Maml | MetaSgd | Reptile | Pooled, Field(discriminator="kind")]
