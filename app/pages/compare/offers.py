"""What can be written of what Compare shows now: figures, numbers, tables. Writing is done off the GUI thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.plots.curve import Curve
from app.plots.parallel import Strand, Upright
from app.plots.reference import REFERENCE
from app.plots.scatter import Point
from app.plots.table import Table, as_csv
from core.analysis.figures import Line, Look, adaptation_figure, curves_figure
from core.analysis.tables import FORMATS as TABLES
from core.analysis.trait_figures import Dot, Rail, parallel_figure, scatter_figure

Texts = tuple[list[str], list[list[str]]]


@dataclass(frozen=True)
class Shape:
    """What is asked of a figure. size: inches; legend: a key of core.analysis.figures.LEGENDS."""

    size: tuple[float, float]
    legend: str = "inside"


@dataclass(frozen=True)
class Drawn:
    """A plot as it stands: its curves, the words of its axes (keys of core.analysis.labels), scale and note."""

    curves: Sequence[Curve]
    x: str
    y: str
    log: bool
    note: str
    smoothing: float = 0.0


@dataclass(frozen=True)
class Scattered:
    """The scatter as it stands; x, y: the axes' words; words: of the places across, where there are no numbers."""

    points: Sequence[Point]
    x: str
    y: str
    words: tuple[str, ...]
    log_x: bool
    log_y: bool
    note: str


@dataclass(frozen=True)
class Parallel:
    uprights: Sequence[Upright]
    strands: Sequence[Strand]


@dataclass(frozen=True)
class Offer:
    """kind: figure, numbers or table; write: called with the path and the shape (which only figures read)."""

    key: str
    title: str
    kind: str
    file_name: str
    write: Callable[[Path, Shape], Path]


@dataclass(frozen=True)
class Shown:
    """All views as they stand. numbers: of the plot in front, which is called `front`."""

    curves: Drawn
    adaptation: Drawn
    scatter: Scattered
    parallel: Parallel
    front: str
    numbers: Table
    results: Texts
    settings: Texts


def offers(shown: Shown) -> list[Offer]:
    return [
        _figure("curves", "Figure: curves", lambda path, shape: curves(path, shown.curves, shape)),
        _figure("adaptation", "Figure: adaptation", lambda path, shape: curves(path, shown.adaptation, shape)),
        _figure("scatter", "Figure: scatter", lambda path, shape: scatter(path, shown.scatter, shape)),
        _figure("parallel", "Figure: parallel axes", lambda path, shape: parallel(path, shown.parallel, shape)),
        Offer(
            "numbers", f"Numbers that are drawn ({shown.front})", "numbers", shown.front,
            lambda path, shape: text(path, as_csv(shown.numbers)),
        ),
        Offer(
            "results", "Table: results beside the baseline", "table", "results",
            lambda path, shape: table(path, shown.results),
        ),
        Offer(
            "settings", "Table: only what differs", "table", "settings",
            lambda path, shape: table(path, shown.settings),
        ),
    ]  # fmt: skip


def _figure(key: str, title: str, write: Callable[[Path, Shape], Path]) -> Offer:
    return Offer(key, title, "figure", key, write)


def curves(path: Path, drawn: Drawn, shape: Shape) -> Path:
    """By matplotlib, from the curves that the plot shows."""
    from core.analysis.smoothing import smooth

    look = Look(drawn.x, drawn.y, log=drawn.log, size=shape.size, dpi=300, note=drawn.note, legend=shape.legend)
    scale = 0.01 if drawn.y == "accuracy" else 1.0  # plots hold per cent, figures take shares
    lines = [
        _line(curve, scale, lambda y: smooth(y, drawn.smoothing)) for curve in drawn.curves if curve.key != REFERENCE
    ]
    reference = next((_line(c, scale, lambda y: y) for c in drawn.curves if c.key == REFERENCE), None)
    if drawn.x == "inner_step":
        return adaptation_figure(path, lines, reference, look)
    return curves_figure(path, lines, look)


def _line(curve: Curve, scale: float, smoothed: Callable[..., object]) -> Line:
    y = smoothed(curve.y) if curve.smoothed else curve.y
    low, high = (None, None) if curve.band is None else (scale * curve.band[0], scale * curve.band[1])
    return Line(curve.name, curve.x, scale * y, low, high, curve.series)  # type: ignore[operator]


def scatter(path: Path, drawn: Scattered, shape: Shape) -> Path:
    look = Look(drawn.x, drawn.y, log=drawn.log_y, size=shape.size, dpi=300, note=drawn.note, legend=shape.legend)
    dots = [Dot(p.name, p.x, p.y, p.low, p.high, p.series) for p in drawn.points]
    return scatter_figure(path, dots, look, drawn.words, log_x=drawn.log_x)


def parallel(path: Path, drawn: Parallel, shape: Shape) -> Path:
    rails = [Rail(upright.title, upright.scaled(), upright.ticks()) for upright in drawn.uprights]
    lines = [(strand.name, strand.series) for strand in drawn.strands]
    return parallel_figure(path, rails, lines, Look(size=shape.size, dpi=300, legend=shape.legend))


def table(path: Path, content: Texts) -> Path:
    write = TABLES.get(path.suffix.lower(), TABLES[".csv"])
    return text(path, write(*content))


def text(path: Path, content: str) -> Path:
    from core.storage.files import atomic_write

    atomic_write(path, content.encode())
    return path
