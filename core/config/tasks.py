"""Settings of the task distributions, one frozen model a kind."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from core.data.sizes import RAINBOW
from core.tasks.timetable import Timetable

from .base import setting
from .methods.base import Complaint
from .own_data import Table
from .own_images import Images
from .task_base import ClassificationSettings, RegressionSettings, TaskSettings, queries, shots, train_shots

if TYPE_CHECKING:
    from .experiment import Experiment


class FamilySettings(RegressionSettings):
    noise: float = setting(
        0.0, "Standard deviation of the noise on support and query targets.", title="Noise", ge=0, le=10
    )


class Sinusoid(FamilySettings):
    """y = A sin(x - p), A in [0.1, 5], p in [0, pi], x in [-5, 5] (Finn et al. 2017)."""

    kind: Literal["sinusoid"] = "sinusoid"


class SinusoidLine(FamilySettings):
    """Half sinusoids, half lines a x + b with a, b in [-3, 3]: the family of PLATIPUS."""

    kind: Literal["sinusoid-line"] = "sinusoid-line"
    variant: Literal["torchmeta", "platipus"] = setting(
        "torchmeta",
        "Amplitudes from 0.1 (torchmeta) or from 1 (code derived from PLATIPUS).",
        title="Variant",
        words={"torchmeta": "from 0.1 (torchmeta)", "platipus": "from 1 (PLATIPUS)"},
    )


def only() -> Any:
    sentence = (
        "One family alone: what a start for each family would reach, the bound for a method that has to find out. Where all "
        "families together would put it, the evaluation tasks are the same ones."
    )
    return setting("all", sentence, title="Only", advanced=True)


def phase() -> int | None:
    sentence = (
        "Train on one family after the other, each for so many outer steps, then round again; evaluation sees all. "
        "Empty: all families mixed."
    )
    return setting(None, sentence, title="One after the other", unit="steps", ge=1, advanced=True)  # type: ignore[no-any-return]


class ManyFamilies(FamilySettings):
    """`only` and `phase` choose among the evaluation tasks' families without changing the draws."""

    only_training: ClassVar[frozenset[str]] = frozenset({"train_shots", "only", "phase"})


class FiveModes(ManyFamilies):
    """Sinusoids, lines, quadratics, tanh and absolute values in exact balance (MMAML, Vuorio et al. 2019)."""

    kind: Literal["five-modes"] = "five-modes"
    queries: int = queries(5)
    noise: float = setting(
        0.3, "Standard deviation of the noise on support and query targets.", title="Noise", ge=0, le=10
    )
    only: Literal["all", "sinusoid", "line", "quadratic", "tanh", "absolute"] = only()
    phase: int | None = phase()
    modes: Literal[2, 3, 5] = setting(
        5, "How many of the families: 2 (sinusoid, line), 3 (and quadratic) or 5 (and tanh, absolute).", title="Modes"
    )
    variant: Literal["code", "paper"] = setting(
        "code",
        "Parameter ranges of the released code, or those of the paper (from memory, unverified).",
        title="Ranges",
        words={"code": "released code", "paper": "paper's text"},
    )


class FourFamilies(ManyFamilies):
    """Sinusoids, lines, quadratics and cubics, drawn uniformly (HSML, Yao et al. 2019)."""

    kind: Literal["four-families"] = "four-families"
    only: Literal["all", "sinusoid", "line", "quadratic", "cubic"] = only()
    phase: int | None = phase()


class Polynomial(FamilySettings):
    """Polynomials of degree 0, 1 or 2 on [-2, 2] (MT-net, Lee and Choi 2018)."""

    kind: Literal["polynomial"] = "polynomial"
    shots: int = shots(10)


class Boundary(TaskSettings):
    """Points in the plane on one side of a line or a sine, or inside of a circle that a support set shows from inside alone
    (after PLATIPUS, Finn et al. 2018)."""

    task_type: ClassVar[str] = "classification"
    only_training: ClassVar[frozenset[str]] = frozenset({"train_shots", "only"})

    kind: Literal["boundary"] = "boundary"
    shots: int = setting(
        5, "Half the support points of a task; classes need not be in balance.", title="Shots", ge=1, le=100
    )
    queries: int = setting(25, "Half the query points of a task.", title="Queries", ge=1, le=500)
    train_shots: int | None = train_shots(most=100)
    only: Literal["all", "line", "sine", "circle"] = only()
    variant: Literal["code", "paper"] = setting(
        "code",
        "A circle's size from 0.1 to 2 is its diameter, as in code derived from PLATIPUS', or its radius, as the paper's text is "
        "remembered (both unverified).",
        title="Circle",
        advanced=True,
        words={"code": "released code", "paper": "paper's text"},
    )


class LifeExpectancy(RegressionSettings):
    """A country's life expectancy over the years 1952 to 2007 (Gapminder): a country is a task."""

    kind: Literal["life-expectancy"] = "life-expectancy"
    shots: int = shots(3, most=11)
    queries: int = queries(9, most=11)
    train_shots: int | None = train_shots(most=11)


class Glyphs(ClassificationSettings):
    """Characters of the fonts that matplotlib ships, one face and one fixed random warp a sample: type, not handwriting."""

    kind: Literal["glyphs"] = "glyphs"
    split: Literal["characters"] = setting(
        "characters", "Characters are divided 70 / 10 / 20 by a fixed hash of their outline.", title="Split"
    )


class Omniglot(ClassificationSettings):
    """1,623 handwritten characters of 50 alphabets, 20 drawings each (Lake et al. 2015), from the official archives."""

    kind: Literal["omniglot"] = "omniglot"
    path: Path | None = setting(
        None,
        "Folder that holds images_background and images_evaluation, as archives or unpacked. Empty: the copy "
        "downloaded into the data folder.",
        title="Location",
    )
    split: Literal["vinyals", "alphabets"] = setting(
        "vinyals",
        "vinyals: the split of the literature, 1,028 / 172 / 423 characters, each of four rotations a class of its "
        "own. alphabets: whole alphabets apart (Meta-Dataset's 883 / 81 / 659), no rotations.",
        title="Split",
        words={"vinyals": "literature's (Vinyals)", "alphabets": "alphabets apart"},
    )


class MiniImagenet(ClassificationSettings):
    """Photographs of 100 classes of ImageNet, 600 each (Vinyals et al. 2016), in the split that lies on the disk: 64 / 16 / 20
    classes (Ravi and Larochelle 2017) for the set of the literature."""

    kind: Literal["miniimagenet"] = "miniimagenet"
    path: Path | None = setting(
        None,
        "Folder with train.csv, val.csv, test.csv and pictures, or with folders train, val, test of class folders, or with "
        "mini-imagenet-cache-*.pkl. Empty: downloads/miniimagenet in the data folder.",
        title="Location",
    )
    side: int = setting(
        84,
        "Pictures are squeezed to a square of this side; the literature's is 84.",
        title="Side",
        unit="pixels",
        ge=16,
        le=128,
    )


class RainbowSettings(TaskSettings):
    """What episodes and the stream share: where the digits lie, and how many there are."""

    task_type: ClassVar[str] = "classification"

    path: Path | None = setting(
        None,
        "Folder with MNIST's idx files, plain or .gz. Empty: downloads/mnist in the data folder.",
        title="Location",
    )
    size: Literal["small", "full"] = setting(
        "small",
        "small: the 10,000 digits of MNIST's test file (t10k), 178 a task; not comparable with the paper. full: its "
        "60,000 training digits (train), 1,071 a task.",
        title="Size",
    )


class RainbowMnist(RainbowSettings):
    """56 ways to draw digits (colour, scale, rotation), each a 10-way task with digits of its own (Finn et al. 2019); 40 for
    training, 6 for validation, 10 for test."""

    kind: Literal["rainbow-mnist"] = "rainbow-mnist"
    shots: int = shots(1, most=100)
    queries: int = queries(5, most=100)
    train_shots: int | None = train_shots(most=100)


class RainbowStream(RainbowSettings):
    """The tasks of Rainbow-MNIST one after another, their digits in small batches: the online protocol of Finn et al. 2019.
    Any method can be trained and measured on it."""

    only_training: ClassVar[frozenset[str]] = frozenset(
        {"shots", "queries", "arrival", "steps", "warm", "warm_steps", "memory", "fresh", "threshold"}
    )
    train_shots: ClassVar[None] = None

    kind: Literal["rainbow-stream"] = "rainbow-stream"
    rounds: int = setting(56, "Tasks of the stream: the first so many in its order.", title="Rounds", ge=1, le=56)
    examples: int | None = setting(
        None,
        "Digits of a task that arrive in all. Empty: 140 of the small set, 900 of the full one.",
        title="Digits a task",
        ge=10,
        le=900,
    )
    arrival: int = setting(
        20,
        "Digits that arrive at a time (20 is inferred from the released data, unverified).",
        title="Arrival",
        ge=2,
        le=900,
    )
    steps: int = setting(50, "Outer steps after each arrival.", title="Steps an arrival", ge=1, le=100_000)
    shots: int = setting(
        1,
        "Digits of the minibatch that is adapted to in training, a tenth of them: 1 is 10 in all.",
        title="Minibatch, support",
        ge=1,
        le=10,
        advanced=True,
    )
    queries: int = setting(
        1,
        "Digits of the minibatch that is judged on in training, a tenth of them: 1 is 10 in all.",
        title="Minibatch, query",
        ge=1,
        le=10,
        advanced=True,
    )
    memory: Literal["all", "current"] = setting(
        "all",
        "all: train on every task that has arrived. current: on the present one alone.",
        title="Memory",
        words={"all": "all tasks", "current": "the current one"},
    )
    fresh: bool = setting(
        False,
        "Begin every round from a fresh initialization; with memory current this is training from scratch.",
        title="Fresh start",
    )
    warm: int = setting(
        0,
        "Tasks that are there, whole, before the first round (the released run has 20).",
        title="Warm tasks",
        ge=0,
        le=55,
        advanced=True,
    )
    warm_steps: int = setting(
        1000,
        "Outer steps on the warm tasks before the first round.",
        title="Warm steps",
        ge=1,
        le=1_000_000,
        advanced=True,
    )
    order: int = setting(1, "The order of the tasks follows from it.", title="Order", ge=0, le=2**31 - 1)
    threshold: float = setting(
        0.9, "The held-out accuracy that counts as learned.", title="Threshold", gt=0, le=1, advanced=True
    )

    def words(self, outputs: int) -> str:
        return f"a stream of {self.rounds} Rainbow-MNIST tasks, {self.arrival} examples at a time"

    def timetable(self) -> Timetable:
        """When what arrives."""
        there = RAINBOW[self.size].arriving
        return Timetable(
            self.rounds, min(self.examples or there, there), self.arrival, self.steps, self.warm, self.warm_steps
        )

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        if self.warm >= self.rounds:
            return [
                Complaint(
                    "tasks.warm", f"all {self.rounds} tasks are there at the start; choose fewer than tasks.rounds"
                )
            ]
        total, steps = self.timetable().total, experiment.outer.steps
        if steps == total:
            return []
        what = "its last rounds never come" if steps < total else "the steps after it train on all that came"
        return [
            Complaint(
                "outer.steps", f"the stream takes {total:,} outer steps, so {what}; choose {total}", blocking=False
            )
        ]


TaskKind = Annotated[
    Sinusoid
    | SinusoidLine
    | FiveModes
    | FourFamilies
    | Polynomial
    | Boundary
    | LifeExpectancy
    | Glyphs
    | Omniglot
    | MiniImagenet
    | RainbowMnist
    | RainbowStream
    | Table
    | Images,
    Field(discriminator="kind"),
]
