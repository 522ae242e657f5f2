"""Numbers as people write them: with a decimal point or comma, with thousands marked or not."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_END = r"([eE][+-]?\d+)?"
_PLAIN = {"point": rf"[+-]?(\d+\.?\d*|\.\d+){_END}", "comma": rf"[+-]?(\d+,?\d*|,\d+){_END}"}
_GROUPED = {
    "point": rf"[+-]?\d{{1,3}}([,'’   ]\d{{3}})+(\.\d*)?{_END}",
    "comma": rf"[+-]?\d{{1,3}}([.'’   ]\d{{3}})+(,\d*)?{_END}",
}
_INFINITE = r"(?i)[+-]?(inf|infinity)"
_GROUPS = {"point": "[,'’   ]", "comma": "[.'’   ]"}


def decimal_of(columns: Sequence[Any], separator: str) -> str:
    """ "point" or "comma": what fits more of the cells in all the columns of text. Cells that fit both ways (1,234) decide
    nothing; where there are no others, semicolons between columns speak for the comma."""
    votes = {"point": 0, "comma": 0}
    ambiguous = False
    for column in columns:
        text = column.fillna("").astype("string").str.strip()
        marked = text[text.str.contains("[.,]")]
        if not len(marked):
            continue
        fits = {decimal: _fits(marked, decimal) for decimal in votes}
        votes["point"] += int((fits["point"] & ~fits["comma"]).sum())
        votes["comma"] += int((fits["comma"] & ~fits["point"]).sum())
        ambiguous = ambiguous or bool(
            (fits["point"] & fits["comma"] & marked.str.contains(",").to_numpy(dtype=bool)).any()
        )
    if votes["point"] == votes["comma"]:
        return "comma" if ambiguous and separator in (";", "\t") else "point"
    return "comma" if votes["comma"] > votes["point"] else "point"


def numbers_of(text: Any, decimal: str) -> tuple[NDArray[np.float64], str]:
    """(one number a cell, NaN where it is none; what to know of how they were read)."""
    import pandas as pd

    signed = text.str.replace("−", "-", regex=False)
    grouped = signed.str.fullmatch(_GROUPED[decimal]).to_numpy(dtype=bool)
    fitting = grouped | signed.str.fullmatch(_PLAIN[decimal]).to_numpy(dtype=bool)
    fitting |= signed.str.fullmatch(_INFINITE).to_numpy(dtype=bool)
    if grouped.any():
        signed = signed.where(~grouped, signed.str.replace(_GROUPS[decimal], "", regex=True))
    if decimal == "comma":
        signed = signed.str.replace(",", ".", regex=False)
    numbers = (
        pd.to_numeric(signed.where(fitting, None), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan).copy()
    )
    notes = [
        *(["decimal comma"] if decimal == "comma" and bool(text[fitting].str.contains(",").any()) else []),
        *(["thousands are marked"] if grouped.any() else []),
    ]
    return numbers, ", ".join(notes)


def _fits(text: Any, decimal: str) -> NDArray[np.bool_]:
    plain = text.str.fullmatch(_PLAIN[decimal]).to_numpy(dtype=bool)
    grouped: NDArray[np.bool_] = text.str.fullmatch(_GROUPED[decimal]).to_numpy(dtype=bool)
    found: NDArray[np.bool_] = plain | grouped
    return found
