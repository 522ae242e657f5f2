"""A result by inner step for several starts, with the step that is looked at and how far training went."""

import numpy as np
import pyqtgraph as pg
from typing_extensions import override

from app.plots.reference import ReferencePlot
from app.services.theme import Theme, dashed


class ByStepPlot(ReferencePlot):
    def __init__(self, theme: Theme, *, name: str, about: str) -> None:
        self._at: int | None = None
        super().__init__(theme, "inner step", "query loss", name=name, about=about, x_kind="whole")

    def set_step(self, step: int | None) -> None:
        if step != self._at:
            self._at = step
            self.redraw()

    @override
    def _draw_marks(self, ys: list[np.ndarray]) -> None:
        super()._draw_marks(ys)
        if self._at is None:
            return
        self.put("step", pg.InfiniteLine(self._at, angle=90, pen=dashed(self.theme.muted, (2, 3))))
        for place, curve in enumerate(self._curves):
            there = np.flatnonzero(np.asarray(curve.x) == self._at)
            value = self.scaled(np.asarray(curve.y)[there])
            if len(there) and np.isfinite(value).all():
                color = self.theme.muted if curve.key == "random start" else self.theme.series[curve.series]
                ring = pg.mkPen(self.theme.surface, width=1.5)
                self.dots(f"{place} at", [float(self._at)], value, size=10, pen=ring, brush=color)
