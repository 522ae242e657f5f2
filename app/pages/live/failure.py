"""What happened, what was kept, what to do: for a run that failed."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication

from app.pages.live.shown import Shown
from app.services.report import compose
from app.widgets.buttons import Button
from app.widgets.card import Card


class FailurePanel(Card):
    """`wanted`: resume, half, clip, initialization."""

    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__("The run failed", " ", name="live.failure")
        self.set_state("bad")
        self._report = ""
        self._resume = self._button("Resume from the last checkpoint", "resume", "play")
        self._kept = self._button("Open the last good checkpoint", "initialization", "export")
        self._half = self._button("Start again with half the outer rate", "half", "")
        self._clip = self._button("Start again with clipping", "clip", "")
        self._copy = Button("Copy report", "live.failure.copy", icon="copy")
        self._copy.clicked.connect(self._copy_report)
        self.add_row(self._resume, self._kept, self._half, self._clip, self._copy)
        self.hide()

    def _button(self, text: str, what: str, icon: str) -> Button:
        made = Button(text, f"live.failure.{what}", icon=icon)
        made.clicked.connect(lambda: self.wanted.emit(what))
        return made

    def show_run(self, shown: Shown) -> None:
        self.setVisible(bool(shown.failure))
        if not shown.failure:
            return
        self.set_title(f"The run failed at step {shown.step:,}")
        kept = (
            f"Kept: the checkpoint of step {max(shown.checkpoints):,}."
            if shown.checkpoints
            else "No checkpoint was written yet."
        )
        self.set_text(f"{shown.failure}\n{kept}")
        gone = diverged(shown.failure)
        self._resume.setVisible(bool(shown.checkpoints) and not gone)
        self._kept.setVisible(bool(shown.checkpoints) and gone)
        self._half.setVisible(gone)
        self._clip.setVisible(gone)
        self._report = compose(shown.report) if shown.report else ""
        self._copy.setVisible(bool(shown.report))

    def _copy_report(self) -> None:
        QGuiApplication.clipboard().setText(self._report)


def diverged(sentence: str) -> bool:
    """Whether a loss or a tensor was no number: going on from the checkpoint would come to the same."""
    return any(words in sentence for words in ("became nan", "became inf", "became -inf", "finite number"))
