"""The online protocol on any method: what is suffered when a task comes, how soon it is learned, and the regret.

Round t begins with meta-parameters w_t. Suffered is f_t(U_t(w_t)): the held-out loss after adapting w_t to the whole of task t,
before anything was trained on it. After each arrival the present w is adapted to what there is of the task and judged on the
same held-out examples; nothing is written back. When the round ends, w_{t+1} is the method's own answer to "which w would have
been best up to now", so the regret is sum_k f_k(U_k(w_k)) - sum_k f_k(U_k(w_{t+1})) over the rounds so far (Finn et al.
2019, with the leader itself as the comparator in place of the exact minimum, which no network gives).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from core.types import Meta, Stream, Task

from .events import PanelData

Measure = Callable[[Meta, Task], tuple[float, float | None]]
"""(meta-parameters, one task) -> (loss, accuracy or None) on its query set after the adaptation of evaluation."""


class Round(NamedTuple):
    """One task of the stream. suffered: the loss before training on it; arrived, loss, accuracy: after each arrival;
    regret: over all rounds up to this, once it has ended."""

    number: int
    name: str
    suffered: float
    arrived: tuple[int, ...] = ()
    loss: tuple[float, ...] = ()
    accuracy: tuple[float, ...] = ()
    regret: float | None = None

    def examples_to(self, threshold: float) -> int | None:
        """How many had arrived when the threshold was first reached; None where it never was."""
        scores = [score >= threshold for score in self.accuracy] or [score <= threshold for score in self.loss]
        return next((count for count, good in zip(self.arrived, scores, strict=True) if good), None)


class Online:
    """The record of a run over its stream; `looked` is the outer step after which it was last looked at."""

    def __init__(self, stream: Stream, measure: Measure, stored: dict[str, Any] | None = None) -> None:
        self._stream, self._measure = stream, measure
        self.looked: int = stored["looked"] if stored else -1
        self.rounds = stored_rounds(stored)

    def due(self, step: int) -> bool:
        """Whether an arrival (or a round) ended with outer step `step`, or a round begins after it."""
        moment = self._stream.ends(step) is not None or self._stream.begins(step + 1) is not None
        return moment and self.looked < step

    def look(self, step: int, meta: Meta, following: Meta) -> str:
        """Judge `meta` on what was there up to `step`, and `following` on the task that comes next.

        Gives back one sentence where a round ended. Raises whatever stops a measurement; then nothing is recorded.
        """
        rounds, said = list(self.rounds), ""
        if (moment := self._stream.ends(step)) is not None and rounds:
            number, arrived = moment
            rounds[-1] = self._judged(rounds[-1], meta, number, arrived)
            if arrived == self._stream.examples:
                rounds[-1] = rounds[-1]._replace(regret=self._regret(rounds, meta))
                said = self._sentence(rounds[-1])
        if (begun := self._stream.begins(step + 1)) is not None:
            suffered, _ = self._measure(following, self._stream.probe(begun, self._stream.examples))
            rounds.append(Round(begun, self._stream.names[begun], suffered))
        self.rounds, self.looked = rounds, step
        return said

    def plain(self) -> dict[str, Any]:
        """As a checkpoint keeps it."""
        return {"looked": self.looked, "rounds": [each._asdict() for each in self.rounds]}

    def panels(self) -> tuple[PanelData, ...]:
        return round_panels(self._stream, self.rounds)

    def _judged(self, each: Round, meta: Meta, number: int, arrived: int) -> Round:
        loss, accuracy = self._measure(meta, self._stream.probe(number, arrived))
        more = () if accuracy is None else (accuracy,)
        return each._replace(
            arrived=(*each.arrived, arrived), loss=(*each.loss, loss), accuracy=(*each.accuracy, *more)
        )

    def _regret(self, rounds: list[Round], leader: Meta) -> float:
        """Costs one adaptation for every round so far."""
        whole = self._stream.examples
        hindsight = sum(self._measure(leader, self._stream.probe(each.number, whole))[0] for each in rounds)
        return sum(each.suffered for each in rounds) - hindsight

    def _sentence(self, each: Round) -> str:
        needed, whole = each.examples_to(self._stream.threshold), self._stream.examples
        goal = f"{self._stream.threshold:g} " + (
            f"after {needed} examples" if needed else f"not within {whole} examples"
        )
        end = f"accuracy {each.accuracy[-1]:.3f}" if each.accuracy else f"loss {each.loss[-1]:.4g}"
        return f"round {each.number + 1} ({each.name}): {goal}; {end} in the end; regret {each.regret:.3f}"


def round_panels(stream: Stream, rounds: list[Round]) -> tuple[PanelData, ...]:
    """Lines by round, of the rounds that have ended."""
    ended = [each for each in rounds if each.regret is not None]
    if not ended:
        return ()
    x = np.array([each.number + 1.0 for each in ended])
    least, most = stream.threshold, stream.examples
    needed = [each.examples_to(least) or most for each in ended]
    accuracy = [each.accuracy or each.loss for each in ended]
    what = "Held-out accuracy" if ended[0].accuracy else "Held-out loss"
    missed = sum(each.examples_to(least) is None for each in ended)
    after = (f"after {ended[0].arrived[0]}", f"after all {most}")
    return (
        _lines(
            f"Examples to {least:g} by round",
            f"Falling means that earlier tasks help. {missed} of {len(ended)} rounds never got there and count as {most}.",
            [needed], ("examples",), x,
        ),
        _lines(
            f"{what} by round", "Of each round's task, after the first arrival and after the last.",
            [[scores[0] for scores in accuracy], [scores[-1] for scores in accuracy]], after, x,
        ),
        _lines(
            "Regret by round",
            "Summed loss of what was played less that of the present initialization in hindsight; flat is good.",
            [[each.regret for each in ended]], ("regret",), x,
        ),
    )  # fmt: skip


def stored_rounds(stored: dict[str, Any] | None) -> list[Round]:
    """The rounds out of a checkpoint's card."""
    return [Round(**_with_tuples(each)) for each in stored["rounds"]] if stored else []


def _with_tuples(stored: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()}


def _lines(title: str, note: str, values: list[Any], rows: tuple[str, ...], x: Any) -> PanelData:
    return PanelData("lines", title, note, np.array(values, dtype=np.float64), rows, (), x)
