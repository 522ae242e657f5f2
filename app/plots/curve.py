"""Curves over the training: smoothed with the raw curve faint behind, the best point, checkpoints."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor
from typing_extensions import override

from app.plots.chart import NOTHING_FINITE, NOTHING_YET, Chart, Line, Table
from app.plots.crosshair import Track
from app.plots.labels import EndLabel
from app.services.theme import Theme, dashed, faded, mixed
from core.analysis.decimate import decimate
from core.analysis.smoothing import smooth

_BUCKETS = 1000  # min and max of each: 2,000 points at most
_SMOOTH_POINTS = 400
_NEAR = 0.35  # lowest over highest value
_STAR = 14  # pixels of the mark at the best point
_FEW = 16
"""Curves with the raw one behind them and smooth edges; of more the raw ones are a fog, and all take long to paint."""

_BANDS = 4
"""Bands that may lie over one another; more of them are fainter, or they hide the lines."""


@dataclass(frozen=True, eq=False)
class Curve:
    """x, y [n]; series: colour and dash; smoothed: noisy, so that smoothing applies; band: (low, high) [n] around it;
    points: draw the points themselves (few); solid: they are the second cue, and the line has no dash, whose gaps would look like
    missing points. key: what tells it from others where names repeat."""

    name: str
    x: np.ndarray
    y: np.ndarray
    series: int = 0
    smoothed: bool = True
    points: bool = False
    solid: bool = False
    band: tuple[np.ndarray, np.ndarray] | None = None
    key: str = ""


class CurvePlot(Chart):
    def __init__(
        self,
        theme: Theme,
        x_label: str = "outer step",
        y_label: str = "loss",
        *,
        name: str = "curves",
        about: str = "Outer loss",
        x_kind: str = "number",
    ) -> None:
        super().__init__(theme, x_label=x_label, y_label=y_label, name=name, about=about, x_kind=x_kind)
        self._curves: list[Curve] = []
        self._smoothing = 0.0
        self._ignore_outliers = False
        self._best: tuple[float, float] | None = None
        self._ticks = np.empty(0)
        self._tracks: list[tuple[str, np.ndarray, np.ndarray]] = []
        self.restyle()

    def set_curves(self, curves: Sequence[Curve]) -> None:
        self._curves = list(curves)
        self.redraw()

    def set_smoothing(self, weight: float) -> None:
        """0 (none) up to below 1."""
        if weight != self._smoothing:
            self._smoothing = weight
            self.redraw()

    def set_ignore_outliers(self, ignore: bool) -> None:
        """Let the view hold 98 % of the values instead of all."""
        if ignore != self._ignore_outliers:
            self._ignore_outliers = ignore
            self.redraw()

    def set_best(self, best: tuple[float, float] | None) -> None:
        """(x, loss) of the best validation. Drawn with the next `set_curves` or `redraw`."""
        self._best = best

    def set_ticks(self, x: Sequence[float]) -> None:
        """Where checkpoints were written. Drawn with the next `set_curves` or `redraw`."""
        self._ticks = np.asarray(x, dtype=np.float64)

    def as_table(self) -> Table:
        header: list[object] = ["curve", self.x_label, self.y_label, "smoothed"]
        rows: Table = [tuple(header)]
        for curve in self._curves:
            x, y = decimate(curve.x, curve.y, _BUCKETS)
            shown = np.interp(x, curve.x, self._smooth(curve)) if len(x) and curve.smoothed else y
            rows += [(curve.name, float(a), float(b), float(c)) for a, b, c in zip(x, y, shown, strict=True)]
        return rows

    @override
    def tracks(self) -> list[Track]:
        """The lines as they are drawn: smoothed, thinned."""
        return [Track(name, x, self.unscaled(y)) for name, x, y in self._tracks]

    @override
    def drawn(self) -> list[Line]:
        """Curves that end at different places: the name of a short one lies where a longer one goes on."""
        ends = {end.x for end in self._ends}
        return [(x, y) for _, x, y in self._tracks] if len(ends) > 1 else []

    def redraw(self) -> None:
        self.begin()
        ends, xs, ys, hidden = [], [], [], 0
        self._tracks = []
        for place, curve in enumerate(self._curves):
            self._draw_behind(f"{place}", curve)
        for place, curve in enumerate(self._curves):
            drawn = self._draw(f"{place}", curve)
            hidden += self._hidden(curve)
            if drawn is None:
                continue
            self._tracks.append((curve.name, drawn[0], drawn[1][0]))
            xs.append(drawn[0])
            # an explosion stays in the smoothed line for as long as its memory is: what lies out is judged by the raw values
            ys += drawn[1][-1:] if self._ignore_outliers else drawn[1]
            ends.append(self._end(curve, drawn[0], drawn[1][0]))
        if xs:
            xs.append(np.zeros(1))  # a training is counted from its first step, and read from 0
        self._draw_marks(ys)
        self.beginning = self._left_of_first()
        if not self.log and _near_zero(ys):
            ys.append(np.zeros(1))
        self.end()
        self.set_ends(ends if len(ends) > 1 else [])
        self.fit(xs, ys, 0.98 if self._ignore_outliers else 1.0)
        self.say(self._words(hidden), nothing=not self._tracks)
        self.describe("; ".join(_sentence(curve) for curve in self._curves))

    def _left_of_first(self) -> float:
        """Pixels that dots and the star need at the left edge."""
        if self._best is not None and self._best[0] <= 0:
            return 0.5 * _STAR + 1
        return 4.0 if any(curve.points for curve in self._curves) else 0.0

    def _words(self, hidden: int) -> str:
        """hidden: values that a logarithmic scale cannot show."""
        if not self._tracks:
            return NOTHING_FINITE if any(len(curve.y) for curve in self._curves) else NOTHING_YET
        return f"{hidden:,} values are not positive and cannot be shown on this scale." if hidden else ""

    def _draw(self, key: str, curve: Curve) -> tuple[np.ndarray, list[np.ndarray]] | None:
        """Put one curve on the canvas; (x, [line, then what else must be seen]) as drawn, None if nothing is there."""
        if not np.isfinite(curve.y).any():
            return None
        color = self.theme.series[curve.series % len(self.theme.series)]
        x, y = self._thinned_raw(curve)
        if not self._is_smoothed(curve):
            few = len(x) <= _SMOOTH_POINTS
            width = 2 if few else 1
            pen = dashed(color, (), width) if curve.solid else self.theme.series_pen(curve.series, width)
            self.line(f"{key} line", x, y, pen, soft=few)
            if curve.points:
                self.dots(f"{key} dots", x, y, size=5, pen=None, brush=color)
            return x, [y]
        thin_x, thin_y = self._thinned(curve)
        few = len(self._curves) <= _FEW
        self.line(f"{key} line", thin_x, thin_y, self.theme.series_pen(curve.series, 2 if few else 1), soft=few)
        return thin_x, [thin_y, y] if few else [thin_y]

    def _draw_behind(self, key: str, curve: Curve) -> None:
        """Band and faint raw curve, below the lines of all curves."""
        color = self.theme.series[curve.series % len(self.theme.series)]
        if curve.band is not None:
            self._draw_band(f"{key} band", curve.x, curve.band, faded(color, 45 if len(self._curves) <= _BANDS else 20))
        if self._is_smoothed(curve) and len(self._curves) <= _FEW and np.isfinite(curve.y).any():
            x, y = self._thinned_raw(curve)
            # mixed, not transparent: an opaque thin line is painted several times as fast
            faint = mixed(color, self.theme.surface, 0.3 if len(self._curves) < 3 else 0.18)
            self.line(f"{key} raw", x, y, pg.mkPen(faint, width=1))

    def _is_smoothed(self, curve: Curve) -> bool:
        return curve.smoothed and self._smoothing > 0 and len(curve.x) > 2

    def _thinned_raw(self, curve: Curve) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest of every bucket, no more buckets than there are pixels."""
        buckets = min(_BUCKETS, max(200, self.canvas.width()))
        return decimate(curve.x, self.scaled(curve.y), buckets)

    def _smooth(self, curve: Curve) -> np.ndarray:
        return smooth(curve.y, self._smoothing)

    def _thinned(self, curve: Curve) -> tuple[np.ndarray, np.ndarray]:
        """The smoothed curve at no more points than a screen shows; its last point is always there."""
        y = self.scaled(self._smooth(curve))
        picks = np.unique(np.linspace(0, len(y) - 1, min(len(y), _SMOOTH_POINTS)).round().astype(int))
        return np.asarray(curve.x, dtype=np.float64)[picks], y[picks]

    def _hidden(self, curve: Curve) -> int:
        return int((np.asarray(curve.y) <= 0).sum()) if self.log else 0

    def _draw_band(self, key: str, x: np.ndarray, limits: tuple[np.ndarray, np.ndarray], color: QColor) -> None:
        low, high = (decimate(x, self.scaled(limit), 250) for limit in limits)
        self.band(key, low, high, color)

    def _draw_marks(self, ys: list[np.ndarray]) -> None:
        if self._best is not None and np.isfinite(self._best[1]):
            y = self.scaled(np.array([self._best[1]]))
            ring = pg.mkPen(self.theme.text, width=1.5)
            self.dots("best", [self._best[0]], y, symbol="star", size=_STAR, pen=ring, brush=self.theme.surface)
            ys.append(y)
        if len(self._ticks):
            pen = pg.mkPen(self.theme.muted, width=1.5)
            self.put("checkpoints", pg.VTickGroup([float(x) for x in self._ticks], yrange=[0, 0.035], pen=pen))

    def _end(self, curve: Curve, x: np.ndarray, y: np.ndarray) -> EndLabel:
        last = int(np.flatnonzero(np.isfinite(y))[-1]) if np.isfinite(y).any() else len(y) - 1
        color = self.theme.series_text(curve.series)
        starred = self._best is not None and self._best[0] >= x[last]
        return EndLabel(curve.name, float(x[last]), float(y[last]), color, self.theme.font("small"), gap=starred)


def _near_zero(ys: Sequence[np.ndarray]) -> bool:
    """Whether an axis that begins below the values may as well begin at 0, where a loss is read from."""
    drawn = np.concatenate([np.empty(0), *(np.ravel(y) for y in ys)])
    drawn = drawn[np.isfinite(drawn)]
    return len(drawn) > 0 and 0 < drawn.min() < _NEAR * drawn.max()


def _sentence(curve: Curve) -> str:
    finite = np.asarray(curve.y)[np.isfinite(curve.y)]
    if not len(finite):
        return f"{curve.name}: no values yet"
    return f"{curve.name}: {len(curve.y)} values from {finite[0]:.3g} to {finite[-1]:.3g}, lowest {finite.min():.3g}"
