"""Curves with bands that are always seen whole, and a dashed grey reference among them."""

from collections.abc import Sequence

import numpy as np
from typing_extensions import override

from app.plots.curve import Curve, CurvePlot
from app.plots.labels import EndLabel
from app.services.theme import dashed, faded

REFERENCE = "random start"
"""Key of the curve that is drawn as the reference."""


class ReferencePlot(CurvePlot):
    @override
    def _draw(self, key: str, curve: Curve) -> tuple[np.ndarray, list[np.ndarray]] | None:
        if curve.key != REFERENCE or not np.isfinite(curve.y).any():
            return self._with_band(curve, super()._draw(key, curve))
        x, y = np.asarray(curve.x, dtype=np.float64), self.scaled(curve.y)
        if curve.band is not None:
            self._draw_band(f"{key} band", curve.x, curve.band, faded(self.theme.muted, 30))
        self.line(f"{key} line", x, y, dashed(self.theme.muted, (5, 4), 2), soft=True)
        return self._with_band(curve, (x, [y]))

    def _with_band(
        self, curve: Curve, drawn: tuple[np.ndarray, list[np.ndarray]] | None
    ) -> tuple[np.ndarray, list[np.ndarray]] | None:
        """The edges of a band count for the view: one that fills the plot would say nothing."""
        if drawn is None or curve.band is None:
            return drawn
        return drawn[0], [*drawn[1], *(self.scaled(edge) for edge in curve.band)]

    @override
    def fit(self, x: Sequence[np.ndarray], y: Sequence[np.ndarray], keep: float = 1.0) -> None:
        if any(curve.points for curve in self._curves) and x:  # room for the first point and its number
            left, right = min(part.min() for part in x), max(part.max() for part in x)
            x = [*x, np.array([left - 0.02 * (right - left)])]
        super().fit(x, y, keep)

    @override
    def _end(self, curve: Curve, x: np.ndarray, y: np.ndarray) -> EndLabel:
        end = super()._end(curve, x, y)
        muted = EndLabel(curve.name, end.x, end.y, self.theme.muted, self.theme.font("small"))
        return muted if curve.key == REFERENCE else end
