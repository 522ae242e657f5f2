"""At the end of a run on a person's own data: is it worth it?"""

from app.models.worth import shown
from app.pages.live.panel import Panel
from app.pages.live.shown import Shown
from app.widgets.worth import WorthTable


class WorthPanel(Panel):
    def __init__(self) -> None:
        self.table = WorthTable("live.worth")
        super().__init__("Worth it?", self.table, "live.worth.panel")

    def show_run(self, run: Shown) -> bool:
        """False where alternatives were not measured (yet)."""
        if run.evaluated is None or not run.evaluated.alternatives:
            return False
        from core.analysis.worth import plain, plain_alternatives, worth

        result = run.evaluated
        found = worth(result.curves, result.random_start, result.alternatives, result.target)
        told = shown(plain(found), plain_alternatives(found))
        if told is not None:
            self.table.set_rows(told.sentence, told.heads, told.rows)
        return told is not None
