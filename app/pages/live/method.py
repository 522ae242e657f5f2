"""What the method shows of itself at the validation that the slider stands at."""

from PySide6.QtCore import Qt

from app.pages.live.panel import Panel
from app.pages.live.shown import Shown
from app.plots.panels import PanelStrip
from app.services.theme import Theme
from app.widgets.text import keep_room, label
from core.methods.registry import METHODS


class MethodPanel(Panel):
    def __init__(self, theme: Theme) -> None:
        self.strip = PanelStrip(theme, name="live.method")
        super().__init__("Method", self.strip, "live.method.panel")
        self._note = label("", "caption", name="live.method.note")
        self.owes = False
        self.add_tool(self._note)

    def show_run(self, shown: Shown, index: int, most_new: int | None = None) -> bool:
        """index: the validation to look at; most_new: charts that may be made in this call, `owes` where that was too few.
        False where the method shows nothing."""
        panels = shown.panels(index)
        self.heading.setText(METHODS[shown.experiment.method.kind].title)
        self.owes = self.strip.set_panels(panels, most_new)
        if panels:
            keep_room(self._note, f"after step {shown.total_steps:,}, the best")
            self._note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._note.setText(_when(shown, index))
        return bool(panels)


def _when(shown: Shown, index: int) -> str:
    if shown.replayed:
        return f"after step {shown.best[0]:,}, the best" if shown.best else "of the last checkpoint"
    seen = shown.validations[min(index, len(shown.validations) - 1)]
    return f"after step {seen.step:,}" if seen.panels else "of the last validation"
