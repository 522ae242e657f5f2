"""A step whose first choice is a kind, shown as cards, with the settings of that kind below."""

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.forms import Form

from .cards import ChoiceCards
from .step import KindForms, Step


class KindStep(Step):
    """section: of the experiment, "tasks", "network" or "method"; the cards come first in reading order."""

    def __init__(
        self, section: str, title: str, sentence: str, cards: ChoiceCards, parent: QWidget | None = None
    ) -> None:
        super().__init__(section, title, sentence, parent)
        self.section, self.cards = section, cards
        self.cards.chosen.connect(self._choose)
        self.kind = KindForms(section, self, self.cards.last())

    @override
    def shown_forms(self) -> list[Form]:
        return [self.kind.form] if self.kind.form else []

    @override
    def focus(self, key: str) -> bool:
        if key in (f"{self.section}.kind", self.section):
            self.cards.focus()
            return True
        return super().focus(key)

    @override
    def focus_first(self) -> None:
        self.cards.focus()

    def _choose(self, kind: str) -> None:
        self.chosen.emit(self.section, kind)
