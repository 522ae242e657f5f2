"""What happened, what was kept, what to do: for a run that failed, and for one whose loss is no number and that waits."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication

from app.pages.live.shown import Shown
from app.services.report import compose
from app.widgets.buttons import Button
from app.widgets.card import Card
from app.widgets.words import sentence
from core.training.remedies import WHERE_FROM_HERE

_INNER = " A smaller step size of the inner loop can help as well: More (…), Duplicate in Set up."


class FailurePanel(Card):
    """`wanted`: resume, half, clip, kept (the last good checkpoint as an initialization)."""

    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__("The run failed", " ", name="live.failure")
        self.set_state("bad")
        self._report = ""
        self._resume = self._button("Resume from the last checkpoint", "resume", "play")
        self._half = self._button("Begin again with half the outer rate", "half", "play")
        self._clip = self._button("Begin again with clipping", "clip", "play")
        self._kept = self._button("End the run", "kept", "export")
        self._copy = Button("Copy report", "live.failure.copy", icon="copy")
        self._copy.clicked.connect(self._copy_report)
        self.add_row(self._half, self._clip)
        self.add_row(self._resume, self._kept, self._copy)
        self.hide()

    def _button(self, text: str, what: str, icon: str) -> Button:
        made = Button(text, f"live.failure.{what}", icon=icon)
        made.clicked.connect(lambda: self.wanted.emit(what))
        return made

    def show_run(self, shown: Shown) -> None:
        self.setVisible(bool(shown.failure) or shown.diverged is not None)
        if self.isHidden():
            return
        waits = shown.diverged is not None
        problem = shown.diverged.sentence if shown.diverged is not None else shown.failure
        gone = waits or diverged(problem)
        self.set_title(_title(shown, waits=waits, gone=gone))
        kept = shown.kept if gone else max(shown.checkpoints, default=0)
        self.set_text(
            f"{sentence(problem.removesuffix(f'; {WHERE_FROM_HERE}'))}\n{_kept(kept)}{_INNER if gone else ''}"
        )
        self._offer(shown, kept, gone=gone)
        self._report = compose(shown.report) if shown.report else ""
        self._copy.setVisible(bool(shown.report))

    def _offer(self, shown: Shown, kept: int, *, gone: bool) -> None:
        """gone: the loss is no number, so that going on in the same way would come to the same."""
        waits = shown.diverged is not None
        on = f"Go on from step {kept:,}" if shown.can_go_on else "Begin again"
        _say(self._half, f"{on} with half the outer rate")
        _say(self._clip, f"{on} with clipping")
        opens = f"End, and open the best up to step {kept:,}" if waits else "Open the best so far"
        _say(self._kept, opens if kept else "End the run")
        self._resume.setVisible(bool(kept) and not gone)
        self._kept.setVisible(gone and (bool(kept) or waits))
        self._half.setVisible(gone)
        self._clip.setVisible(gone)

    def _copy_report(self) -> None:
        QGuiApplication.clipboard().setText(self._report)


def _say(button: Button, text: str) -> None:
    if button.text() != text:
        button.setText(text)
        button.setAccessibleName(text)


def _title(shown: Shown, *, waits: bool, gone: bool) -> str:
    """Where the loss is no number the sentence says at which step that began: some steps before it was noticed."""
    if waits:
        return "Paused: the loss is not finite"
    return "The run failed: its loss is not finite" if gone else f"The run failed at step {shown.step:,}"


def _kept(step: int) -> str:
    """The run's own sentence says no more of it."""
    if not step:
        return "The curves are kept; there is no checkpoint to go on from."
    return f"Kept: the checkpoint of step {step:,}."


def diverged(sentence: str) -> bool:
    """Whether a loss or a tensor was no number: going on from the checkpoint would come to the same."""
    return any(words in sentence for words in ("became nan", "became inf", "became -inf", "no longer finite"))
