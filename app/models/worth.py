"""Is it worth it? The rows and the sentence, as the windows show them, from what core.analysis.worth says."""

from math import nan
from typing import Any, NamedTuple

from app.widgets.words import capital

from . import words


class WorthRow(NamedTuple):
    """mark: what the difference says, as a sign and a word, so that no colour is needed."""

    title: str
    result: str
    difference: str
    mark: str


class WorthShown(NamedTuple):
    sentence: str
    heads: tuple[str, str, str, str]
    rows: tuple[WorthRow, ...]


def shown(worth: Any, alternatives: Any) -> WorthShown | None:
    """worth, alternatives: as in a card or in `run --json`; None where they are not there, or are another version's."""
    if not isinstance(worth, dict) or not isinstance(alternatives, list) or not alternatives:
        return None
    try:
        metric, several = worth["metric"], [str(each["name"]) for each in worth.get("targets") or ()]
        in_units = bool(several) or worth.get("rmse") is not None
        of = f" of {', '.join(several)}" if several else ""
        head = f"RMSE{of}, and over the std" if in_units else f"{metric}, mean and 95 %"
        minus = "squared error: learned − this" if in_units else "learned − this"
        own = WorthRow("The learned initialization", _result(worth, metric), "", "")
        rows = (own, *(_row(entry, metric) for entry in alternatives))
        return WorthShown(str(worth["sentence"]), ("", head, minus, "learned is"), rows)
    except (KeyError, TypeError, AttributeError):
        return None


def _row(entry: dict[str, Any], metric: str) -> WorthRow:
    says = {True: "✓ better", False: "✗ worse", None: "≈ not clear"}[entry["learned_is_better"]]
    title = str(entry["title"])
    return WorthRow(capital(title), _result(entry, metric), _told(entry["difference"], metric, True), says)


def _result(entry: dict[str, Any], metric: str) -> str:
    """Of numeric targets the error of each in its units, and over the standard deviation."""
    errors = [each["rmse"] for each in entry.get("targets") or ()] or [entry.get("rmse")]
    if None in errors:
        return _told(entry[metric], metric)
    share = entry.get("rmse_over_std")
    over = "" if share is None else f"  ({share:.3f})"
    return f"{', '.join(words.number(error) for error in errors)}{over}"


def _told(value: dict[str, Any], metric: str, signed: bool = False) -> str:
    scale, unit = (100.0, "%") if metric == "accuracy" else (1.0, "")
    mean, half = (nan if value[key] is None else scale * float(value[key]) for key in ("mean", "half_width"))
    return words.plus_minus(mean, half, signed=signed, unit=unit)
