"""Figures fit for a paper, by matplotlib: for `compare --figure`, the example in the terminal and the window's export.

The suffix decides the format: .svg, .pdf or .png. Nothing here touches pyplot, so any thread may draw.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from core.errors import BadFile

from .decimate import decimate
from .labels import LABELS, label
from .palette import RANDOM_START, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

FORMATS = (".svg", ".pdf", ".png")
SIZE = (6.0, 3.8)
"""Inches; a column and a half of most journals."""


LEGENDS = {
    "inside": "inside the plot, above a full one",
    "above": "above the plot",
    "beside": "beside the plot",
    "none": "no legend",
}


@dataclass(frozen=True)
class Line:
    """One curve. x, y: [points]; low, high: edges of its band; index: its place in the palette, None for the next."""

    name: str
    x: Any
    y: Any
    low: Any = None
    high: Any = None
    index: int | None = None


@dataclass(frozen=True)
class Look:
    """What is drawn around the curves. x, y: keys of labels.LABELS; y "accuracy" is drawn in per cent."""

    x: str = "step"
    y: str = "loss"
    title: str = ""
    log: bool = False
    size: tuple[float, float] = SIZE
    dpi: int = 200
    note: str = field(default="")
    """One line under the plot: on which tasks, with which interval."""
    legend: str = "inside"
    """A key of LEGENDS."""


def curves_figure(path: Path, lines: Sequence[Line], look: Look | None = None) -> Path:
    """Curves over the training (outer loss, validation). Returns the path. Raises BadFile for an unknown suffix."""
    chosen = look or Look()
    return written(path, chosen, lambda figure: draw_curves(figure.add_subplot(), lines, chosen))


def adaptation_figure(
    path: Path, lines: Sequence[Line], random_start: Line | None = None, look: Look | None = None
) -> Path:
    """Query loss (or accuracy) by inner step, with the random start dashed in grey. Raises as curves_figure does."""
    chosen = look or Look(x="inner_step", y="query_loss")
    return written(path, chosen, lambda figure: draw_adaptation(figure.add_subplot(), lines, random_start, chosen))


def run_figure(path: Path, catalog: Any, run_id: str) -> Path:
    """One run: its outer loss at the left, its adaptation beside a random start at the right."""
    return compare_figure(path, catalog, [run_id])


def compare_figure(path: Path, catalog: Any, run_ids: Sequence[str], smoothing: float = 0.9) -> Path:
    """Runs of the catalog: outer loss at the left; adaptation on the fixed test tasks (if evaluated) at the right."""
    from .gather import adaptation_lines, loss_lines

    records = [catalog.run(run_id) for run_id in run_ids]
    lines = loss_lines(catalog, records, smoothing)
    adapted = adaptation_lines(catalog, records)
    looks = Look(size=(10.0, 3.8)), Look(x="inner_step", y=adapted.metric, note=adapted.note)

    def draw(figure: "Figure") -> None:
        left, right = figure.subplots(1, 2)
        draw_curves(left, lines, looks[0])
        draw_adaptation(right, adapted.lines, adapted.random_start, looks[1])
        _footnote(figure, adapted.note)

    return written(path, looks[0], draw)


def check_suffix(path: Path) -> None:
    """Raise BadFile where the name's ending is not a format that can be drawn."""
    if path.suffix.lower() not in FORMATS:
        raise BadFile(
            f"{path.name}: a figure ends in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}, "
            f"found {path.suffix or 'no ending'}"
        )


def draw_curves(axes: "Axes", lines: Sequence[Line], look: Look) -> None:
    for place, line in enumerate(lines):
        _plot(axes, line, place, look)
    _finish(axes, look, bool(lines))


def draw_adaptation(axes: "Axes", lines: Sequence[Line], random_start: Line | None, look: Look) -> None:
    from matplotlib.ticker import MaxNLocator

    for place, line in enumerate(lines):
        _plot(axes, line, place, look, marker="o")
    if random_start is not None:
        scale = _scale(look)
        _fill(axes, random_start, RANDOM_START, scale)
        y = np.asarray(random_start.y, dtype=float) * scale
        axes.plot(random_start.x, y, color=RANDOM_START, linestyle=(0, (5, 3)), linewidth=1.4, label=random_start.name)
    _finish(axes, look, bool(lines) or random_start is not None)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _plot(axes: "Axes", line: Line, place: int, look: Look, marker: str = "") -> None:
    drawn, scale = style(place if line.index is None else line.index), _scale(look)
    _fill(axes, line, drawn.colour, scale)
    x, y = decimate(line.x, np.asarray(line.y, dtype=float) * scale)
    stroke = (0, drawn.dash) if drawn.dash else "solid"
    options: dict[str, Any] = {"marker": marker, "markersize": 3.0} if marker else {}
    axes.plot(
        x,
        y,
        color=drawn.colour,
        linestyle=stroke,
        linewidth=1.6 if len(x) < 200 else 1.1,
        label=legend_name(line.name),
        **options,
    )


def _fill(axes: "Axes", line: Line, colour: str, scale: float) -> None:
    if line.low is None or line.high is None:
        return
    low, high = _scaled(line.low, scale), _scaled(line.high, scale)
    axes.fill_between(np.asarray(line.x, dtype=float), low, high, color=colour, alpha=0.18, linewidth=0)


def _scaled(values: ArrayLike, scale: float) -> Any:
    return np.asarray(values, dtype=float) * scale


def _scale(look: Look) -> float:
    return 100.0 if look.y == "accuracy" else 1.0


def _finish(axes: "Axes", look: Look, drawn: bool) -> None:
    axes.set_title(look.title, loc="left", fontsize=10)
    dress(axes, label(look.x), label(look.y))
    if look.log:
        axes.set_yscale("log", nonpositive="mask")
    if drawn:
        better_high = look.y in LABELS and LABELS[look.y].lower_is_better is False
        draw_legend(axes, look, "lower right" if better_high else "upper right")
    else:
        axes.text(0.5, 0.5, "nothing to draw yet", ha="center", va="center", transform=axes.transAxes, color="#777777")


def dress(axes: "Axes", x: str, y: str) -> None:
    """Axes as in the window: words, a light grid, no frame, thousands with commas; in a column's width in smaller type."""
    from matplotlib.ticker import FuncFormatter

    size = type_size(axes)
    axes.set_xlabel(x, fontsize=size)
    axes.set_ylabel(y, fontsize=size)
    axes.tick_params(labelsize=size - 1)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", "\N{MINUS SIGN}")))


_COLUMN = 4.5
"""Inches; what is narrower stands in one column of a paper."""


def type_size(axes: "Axes") -> float:
    """Points of the words beside an axis."""
    width = float(axes.get_figure(root=True).get_size_inches()[0])  # type: ignore[union-attr]
    return 8.0 if width < _COLUMN else 10.0


def draw_legend(axes: "Axes", look: Look, corner: str = "upper right") -> None:
    """corner: where it stands inside a plot of many lines. Where it would cover a curve it stands above the plot."""
    if look.legend == "none":
        return
    options: dict[str, Any] = {
        "frameon": True,
        "framealpha": 0.85,
        "edgecolor": "none",
        "fontsize": min(8.0, type_size(axes) - 1),
        "handlelength": 3,
    }
    if look.legend == "beside":
        options |= {"loc": "center left", "bbox_to_anchor": (1.01, 0.5)}
    else:
        few = len(axes.get_lines()) < 12  # "best" weighs every point of every line
        options |= {"loc": "best" if few else corner}
    if look.legend == "above" or (look.legend == "inside" and _covers(axes, options)):
        options |= {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "borderaxespad": 0.2, "columnspacing": 1.2}
        options["ncols"] = _columns(axes, options)
    axes.legend(**options)


def _covers(axes: "Axes", options: dict[str, Any]) -> bool:
    """Whether a legend inside would lie on a curve."""
    box = _laid_out(axes, options).get_window_extent()
    lines = [line.get_transform().transform_path(line.get_path()) for line in axes.get_lines()]
    return any(path.intersects_bbox(box, filled=False) for path in lines if np.size(path.vertices))


def _columns(axes: "Axes", options: dict[str, Any]) -> int:
    """As many entries beside one another as the plot is wide."""
    legend = _laid_out(axes, options)
    entries = max(1, len(legend.get_texts()))
    return max(1, min(entries, int(axes.get_window_extent().width // (legend.get_window_extent().width + 8))))


def _laid_out(axes: "Axes", options: dict[str, Any]) -> "Legend":
    """A legend at its place, to be measured."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    legend = axes.legend(**options)
    figure.draw_without_rendering()  # finds the best place, too
    return legend


def legend_name(name: str, most: int = 48) -> str:
    """A legend's entry; a leading underscore would hide it, a dollar sign would start a formula."""
    text = name if len(name) <= most else name[: most - 1] + "…"
    return text.replace("$", r"\$").lstrip("_") or "run"


def _footnote(figure: "Figure", text: str) -> None:
    if text:
        wide = int(float(figure.get_size_inches()[0]) * 17)  # signs of this type on an inch
        figure.supxlabel(fill(text, wide), x=0.99, ha="right", fontsize=7, color="#555555")


def written(path: Path, look: Look, draw: "Callable[[Figure], None]") -> Path:
    check_suffix(path)
    import warnings

    import matplotlib
    from matplotlib.figure import Figure

    from core.storage.files import atomic_write

    stored = BytesIO()
    matplotlib.rcParams.update({"svg.fonttype": "none", "pdf.fonttype": 42, "font.family": "DejaVu Sans"})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*Glyph .* missing.*")  # an emoji in a name is drawn as a box
        figure = Figure(figsize=look.size, dpi=look.dpi, layout="constrained")
        draw(figure)
        _footnote(figure, look.note)
        figure.savefig(stored, format=path.suffix.lower()[1:], dpi=look.dpi)
    atomic_write(path, stored.getvalue())
    return path
