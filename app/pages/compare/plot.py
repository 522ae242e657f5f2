"""Curves with a dashed grey reference among them."""

import numpy as np
import pyqtgraph as pg
from typing_extensions import override

from app.plots.curve import Curve, CurvePlot
from app.plots.labels import EndLabel
from app.services.theme import dashed

REFERENCE = "random start"
"""Key of the curve that is drawn as the reference."""


class ReferencePlot(CurvePlot):
    @override
    def _draw(self, curve: Curve) -> tuple[np.ndarray, list[np.ndarray]] | None:
        if curve.key != REFERENCE or not np.isfinite(curve.y).any():
            return super()._draw(curve)
        x, y = np.asarray(curve.x, dtype=np.float64), self.scaled(curve.y)
        self._put(pg.PlotCurveItem(x, y, pen=dashed(self.theme.muted, (5, 4), 2), antialias=True, connect="finite"))
        return x, [y]

    @override
    def _end(self, curve: Curve, x: np.ndarray, y: np.ndarray) -> EndLabel:
        end = super()._end(curve, x, y)
        if curve.key == REFERENCE:
            end.item.setColor(self.theme.muted)
        return end
