"""The table of recipes: published beside measured, budget, and a verdict in words."""

from typing import NamedTuple

from .recipe import Published, Recipe, Row
from .results import Entry, Measured, Results


class Line(NamedTuple):
    """One row as people read it. verdict: "reached", "missed", "no published number", "not run" or "failed"."""

    method: str
    after: int
    published: str
    measured: str
    difference: str
    budget: str
    verdict: str
    note: str

    @property
    def outcome(self) -> str:
        """The verdict, and why."""
        return f"{self.verdict}: {self.note}" if self.note else self.verdict


def lines(recipe: Recipe, results: Results) -> list[Line]:
    """A line for every row and published number; one for a row that has none."""
    found = []
    for row in recipe.rows:
        measured = results.get(row.name)
        for number in row.published or (None,):
            found.append(_line(recipe, row, number, measured))
    return found


def _line(recipe: Recipe, row: Row, number: Published | None, measured: Measured | None) -> Line:
    after = number.after if number else recipe.after(row)
    metric = number.metric if number else recipe.metric
    published = _number(number.mean, number.half_width, metric) if number else "none"
    if measured is None:
        return Line(row.name, after, published, "", "", _planned(recipe, row), "not run", "")
    if measured.status == "failed":
        return Line(row.name, after, published, "", "", "", "failed", measured.message)
    entry = _entry(measured, metric, after)
    verdict = _verdict(number, entry)
    note = row.cause if verdict == "missed" else ""
    if verdict == "missed" and measured.reduced:
        note = f"reduced budget. {note}".strip()
    return Line(
        row.name,
        after,
        published,
        _shown(entry, metric),
        _difference(measured, recipe),
        _budget(measured),
        verdict,
        note,
    )


def _entry(measured: Measured, metric: str, after: int) -> Entry | None:
    entries = measured.accuracy if metric == "accuracy" else measured.loss
    return entries[after] if after < len(entries) else None


def _verdict(number: Published | None, entry: Entry | None) -> str:
    """Reached where the interval of the measured number reaches the published one's, or is better."""
    if number is None:
        return "no published number"
    if entry is None or entry.mean is None:
        return "missed"
    slack = (number.half_width or 0) + (entry.half_width or 0)
    short = number.mean - entry.mean if number.metric == "accuracy" else entry.mean - number.mean
    return "reached" if short <= slack else "missed"


def _number(mean: float, half: float | None, metric: str) -> str:
    scale, unit, digits = (100, " %", 1) if metric == "accuracy" else (1, "", 3)
    tail = "" if half is None else f" ± {half * scale:.{digits}f}"
    return f"{mean * scale:.{digits}f}{tail}{unit}"


def _shown(entry: Entry | None, metric: str) -> str:
    if entry is None:
        return ""
    return "not finite" if entry.mean is None else _number(entry.mean, entry.half_width, metric)


def _difference(measured: Measured, recipe: Recipe) -> str:
    found = measured.difference
    if found is None or found.mean is None:
        return ""
    sign = "+" if found.mean > 0 else ""
    return f"{sign}{_number(found.mean, found.half_width, recipe.metric)}".replace("-", "−")


def _budget(measured: Measured) -> str:
    whole = f"{measured.outer_steps:,} outer steps"
    if measured.reduced:
        whole = f"reduced: {measured.outer_steps:,} of {measured.full_steps:,} outer steps"
    return f"{whole}, {measured.seconds:,.0f} s"


def _planned(recipe: Recipe, row: Row) -> str:
    return f"{sum(e.outer.steps for e in recipe.experiments(row)):,} outer steps planned"


def markdown(recipe: Recipe, results: Results) -> str:
    """The recipe as text for the help page and the README: setting, deviations, table, device and date."""
    parts = [f"## {recipe.title}", "", recipe.setting, "", f"*{recipe.paper}*", ""]
    if recipe.unpublished:
        parts += [recipe.unpublished, ""]
    head = ["Method", "After", "Published", "Measured", f"Minus {recipe.reference}", "Verdict"]
    parts += ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    parts += ["| " + " | ".join(_cells(line)) + " |" for line in lines(recipe, results)]
    parts += ["", *[f"- {text}" for text in _remarks(recipe, results)], ""]
    if device := _device(results):
        parts += [f"Measured on {device}.", ""]
    return "\n".join(parts)


def _cells(line: Line) -> list[str]:
    found = [line.method, str(line.after), line.published, line.measured, line.difference, line.outcome]
    return [cell or "–" for cell in found]


def _remarks(recipe: Recipe, results: Results) -> list[str]:
    """Deviations of the recipe, then of its rows; what each row took."""
    own = [f"{row.name}: {text}" for row in recipe.rows for text in row.deviations]
    there = [(row.name, results[row.name]) for row in recipe.rows if row.name in results]
    budgets = "; ".join(f"{name} {_budget(found)}" for name, found in there if found.status == "measured")
    return [*recipe.deviations, *own, *([f"Budgets: {budgets}."] if budgets else [])]


def _device(results: Results) -> str:
    there = [one for one in results.values() if one.status == "measured"]
    if not there:
        return ""
    devices = sorted({one.device for one in there})
    days = sorted({one.date[:10] for one in there})
    span = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return f"{', '.join(devices)}; {span}"
