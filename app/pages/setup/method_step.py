"""Meta-representation: what is learned, and how."""

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from core.config import presets

from . import offers
from .cards import ChoiceCards
from .kind_step import KindStep
from .step import sign
from .view import View


class MethodStep(KindStep):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "method",
            "Meta-representation",
            "What is learned across tasks, so that a few steps fit a new one.",
            ChoiceCards(offers.methods(), "setup.method.kind", narrowest=84, most=4, picture_height=40, short=True),
            parent,
        )
        self.nothing = sign("This method has no settings of its own.", "caption", "setup.method.nothing")
        self.preset = sign("", "muted", "setup.preset.note")
        for part in (self.cards, self.kind, self.nothing, self.preset):
            self.body.addWidget(part)

    @override
    def show_view(self, view: View) -> None:
        self.cards.set_chosen(view.draft.kind("method"))
        self.kind.show_kind(view.shown_values())
        super().show_view(view)
        self.preset.setText(_preset_note(view))
        self.preset.setVisible(bool(self.preset.text()))
        self.nothing.setVisible(self.kind.form is not None and not self.kind.form.rows)


def _preset_note(view: View) -> str:
    """What the preset that it began with says of itself."""
    preset = presets().get(view.draft.origin.label) if view.draft.origin.reference.startswith("preset:") else None
    return f"Preset {preset.name}: {' '.join(preset.note.split())}" if preset else ""
