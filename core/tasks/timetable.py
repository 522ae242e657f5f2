"""When the tasks of a stream and their examples arrive: arithmetic on the outer step alone. Imports no torch."""

from typing import NamedTuple


class Moment(NamedTuple):
    """The task that is arriving (counted from 0 in the order of the stream), and how many of its examples are there."""

    round: int
    arrived: int


class Timetable(NamedTuple):
    """Each round `arrival` examples more, then `steps` outer steps, until all `examples` are there. The first `warm` tasks
    are whole at the start, with `warm_steps` outer steps before the first round."""

    rounds: int
    examples: int
    arrival: int
    steps: int
    warm: int = 0
    warm_steps: int = 0

    @property
    def round_steps(self) -> int:
        return -(-self.examples // self.arrival) * self.steps

    @property
    def total(self) -> int:
        """Outer steps of the whole stream; afterwards everything is there and stays."""
        return self._before + (self.rounds - self.warm) * self.round_steps

    @property
    def _before(self) -> int:
        return self.warm_steps if self.warm else 0

    def at(self, step: int) -> Moment:
        """What is there in outer step `step`; the first is 1."""
        past = step - 1 - self._before
        if past < 0:
            return Moment(self.warm - 1, self.examples)
        if step > self.total:
            return Moment(self.rounds - 1, self.examples)
        batches = past % self.round_steps // self.steps + 1
        return Moment(self.warm + past // self.round_steps, min(self.examples, batches * self.arrival))

    def begins(self, step: int) -> int | None:
        """The round whose first outer step that is."""
        past = step - 1 - self._before
        inside = past >= 0 and step <= self.total
        return self.at(step).round if inside and past % self.round_steps == 0 else None

    def ends(self, step: int) -> Moment | None:
        """What was there up to this step, where more arrives (or another task begins) after it."""
        past = step - self._before
        inside = past > 0 and step <= self.total
        return self.at(step) if inside and past % self.steps == 0 else None
