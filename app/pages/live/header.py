"""Name, status and numbers of the run, and what can be done with it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QProgressBar, QVBoxLayout, QWidget

from app.forms.titles import change_in_words
from app.models.words import engine_word
from app.pages.live.shown import Shown
from app.services.theme import Theme
from app.widgets.buttons import Button, IconButton
from app.widgets.status import StatusPill
from app.widgets.text import ElidedLabel, keep_room, label
from app.widgets.words import duration, number, size
from app.widgets.words import rate as per_second
from app.widgets.wrapped import WrappedRow
from core.training.remedies import UNTRIED, changes_of

_LONG_TIME = "58 min 58 s"
_FACTS = ("Step", "Elapsed", "Time left", "Outer steps", "Tasks", "Memory", "Engine")


class Fact(QWidget):
    """A small heading over a value."""

    def __init__(self, title: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(label(title, "caption"))
        self.value: QLabel = label("–", "strong", name=f"live.fact.{title.lower().replace(' ', '_')}")
        column.addWidget(self.value)
        self._title = title

    def keep_room(self, longest: str) -> None:
        """Room for the longest text that is to be expected, lest the facts beside it move."""
        keep_room(self.value, longest)

    def set(self, text: str, hint: str = "") -> None:
        if text != self.value.text():
            self.value.setText(text)
            self.value.setAccessibleName(f"{self._title}: {text}")
        self.value.setToolTip(hint)


class RunHeader(QWidget):
    """`wanted`: pause, go_on, stop, discard, resume, initialization, compare, duplicate, catalog."""

    wanted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.name = ElidedLabel("", "title")
        self.name.setObjectName("live.name")
        self.pill = StatusPill(theme, name="live.status")
        self._facts = {title: Fact(title) for title in _FACTS}
        self._bar = QProgressBar()
        self._bar.setObjectName("live.progress")
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._make_buttons()
        self._lay_out()

    def _make_buttons(self) -> None:
        self.pause = self._button("Pause", "pause", "pause", "Pause the run (Space)")
        self.stop = self._button("Stop and keep", "stop", "stop", "End the run; what is learned is kept (Ctrl+.)")
        self.resume = self._button("Resume", "resume", "play", "Go on from the last checkpoint", role="primary")
        self.initialization = self._button("Initialization", "initialization", "export", "What this run has learned")
        self.compare = self._button("Compare", "compare", "compare", "Put this run beside others")
        self.more = IconButton("dots", "More", "live.more")
        menu = QMenu(self)
        self._discard = menu.addAction("Discard the run", lambda: self.wanted.emit("discard"))
        self._discard.setObjectName("live.discard")
        menu.addAction("Duplicate in Set up", lambda: self.wanted.emit("duplicate"))
        menu.addAction("Show in Catalog", lambda: self.wanted.emit("catalog"))
        self.more.setMenu(menu)
        self.more.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)

    def _button(self, text: str, what: str, icon: str, hint: str, role: str = "") -> Button:
        made = Button(text, f"live.{what}", role=role, icon=icon)
        made.setToolTip(hint)
        made.clicked.connect(lambda: self.wanted.emit("go_on" if made.text() == "Go on" else what))
        return made

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(8)
        first.addWidget(self.name, 1)
        first.addWidget(self.pill)
        first.addSpacing(8)
        for made in (self.resume, self.pause, self.stop, self.initialization, self.compare, self.more):
            first.addWidget(made)
        facts = WrappedRow(gap=20)
        for fact in self._facts.values():
            facts.addWidget(fact)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(first)
        column.addLayout(facts)
        column.addWidget(self._bar)

    def show_run(self, shown: Shown, *, can_resume: bool, has_initialization: bool) -> None:
        self.name.setText(shown.name)
        self.pill.set_status(shown.status)
        self._keep_room(shown)
        self._show_facts(shown)
        self._bar.setValue(round(1000 * shown.step / max(1, shown.total_steps)))
        self._bar.setVisible(shown.live)
        self._bar.setAccessibleName(f"Step {shown.step} of {shown.total_steps}")
        paused, busy = shown.status == "paused", shown.status in ("running", "paused", "starting")
        self.pause.setVisible(busy and shown.diverged is None)
        if paused != (self.pause.text() == "Go on"):
            self.pause.setText("Go on" if paused else "Pause")
            self.pause.set_icon("play" if paused else "pause")
        self.stop.setVisible(busy)
        self._discard.setVisible(busy)
        self.resume.setVisible(can_resume)
        self.initialization.setVisible(has_initialization and not shown.live)
        self.compare.setVisible(not shown.live)

    def set_memory(self, count: int) -> None:
        """Bytes that the run under way takes now."""
        self._facts["Memory"].set(size(count), "Of this program; on a GPU, of the tensors there")

    def take_focus(self) -> None:
        """On what comes first, so that Space pauses a run from the moment that it is looked at."""
        first = next((made for made in (self.resume, self.pause, self.compare) if not made.isHidden()), self.more)
        first.setFocus()

    def _keep_room(self, shown: Shown) -> None:
        total = f"{shown.total_steps:,}"
        longest = {"Step": f"{total} of {total}"}
        if shown.live:
            longest |= {"Elapsed": _LONG_TIME, "Time left": _LONG_TIME, "Outer steps": "8,888 / s"}
            longest |= {"Tasks": "888,888 / s", "Memory": "888.8 MB"}
        for title, fact in self._facts.items():
            fact.keep_room(longest.get(title, ""))

    def _show_facts(self, shown: Shown) -> None:
        rate, batch = shown.rate, shown.experiment.outer.meta_batch
        self._facts["Step"].set(f"{shown.step:,} of {shown.total_steps:,}")
        self._facts["Elapsed"].set(duration(shown.seconds), "Seconds of training; validations and pauses left out")
        self._facts["Time left"].set(duration(shown.left) if shown.live else "–")
        self._facts["Time left"].setVisible(shown.live)
        self._facts["Outer steps"].set(per_second(rate))
        self._facts["Tasks"].set(per_second(None if rate is None else rate * batch))
        self._facts["Memory"].setVisible(shown.live)
        device = shown.device.partition(",")[0]
        words = [engine_word(key, shown.engine[key]) for key in ("mode", "tier") if shown.engine.get(key)]
        self._facts["Engine"].set(", ".join([device, *words]) if device else "–", _how(shown))


def _how(shown: Shown) -> str:
    """The plan in full, and what was tried before it was chosen."""
    plain = {
        key: value for key, value in shown.engine.items() if key not in ("trial", "swaps", "chunks", "changes", UNTRIED)
    }
    lines = [
        f"{shown.device}: "
        + ", ".join(f"{key.replace('_', ' ')} {engine_word(key, value)}" for key, value in plain.items())
    ]
    lines += [
        f"{row['way']}: {number(row['milliseconds_per_task'])} ms a task" for row in shown.engine.get("trial", [])
    ]
    lines += [f"Changed {change_in_words(change)}" for change in changes_of(shown.engine)]
    return "\n".join(lines)
