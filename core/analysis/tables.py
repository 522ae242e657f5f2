"""A table of texts as CSV, Markdown or LaTeX."""

import csv
import io
from collections.abc import Sequence

_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$", "▲": r"$\uparrow$", "▼": r"$\downarrow$",
    "–": "--", "−": "$-$",
}  # fmt: skip

Rows = Sequence[Sequence[str]]


def to_csv(header: Sequence[str], rows: Rows) -> str:
    """Lines end in a newline; a cell that a spreadsheet would run as a formula gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_inert(cell) for cell in header])
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return out.getvalue()


def to_markdown(header: Sequence[str], rows: Rows) -> str:
    lines = [_bar(header), _bar(["---"] * len(header)), *(_bar(row) for row in rows)]
    return "\n".join(lines) + "\n"


def to_latex(header: Sequence[str], rows: Rows) -> str:
    """A tabular for booktabs."""
    columns = "l" * len(header)
    body = [" & ".join(_escaped(cell) for cell in row) + r" \\" for row in rows]
    head = " & ".join(_escaped(cell) for cell in header) + r" \\"
    parts = [
        r"\begin{tabular}{" + columns + "}",
        r"\toprule",
        head,
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(parts) + "\n"


FORMATS = {".csv": to_csv, ".md": to_markdown, ".tex": to_latex}


def _inert(cell: str) -> str:
    number = cell.replace(".", "", 1).replace("e", "", 1).lstrip("+-").isdigit()
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t") and not number else cell


def _bar(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|").replace("\n", " ") for cell in cells) + " |"


def _escaped(cell: str) -> str:
    return "".join(_LATEX.get(sign, sign) for sign in cell.replace("\n", " "))
