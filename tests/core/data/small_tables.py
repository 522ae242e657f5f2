"""Small tables as people have them, written by the tests themselves."""

import numpy as np

HEADER = ["rat", "day", "weight"]


def rats(tasks=12, rows=6, seed=0):
    """Lists of cells: rat r1 ..., day 0, 1, ..., weight with two decimals."""
    draws = np.random.default_rng(seed)
    return [
        [f"r{rat + 1}", str(day), f"{100 + 10 * rat + 3 * day + draws.normal():.2f}"]
        for rat in range(tasks)
        for day in range(rows)
    ]


def text(rows, separator=",", header=HEADER, end="\n"):
    return end.join(separator.join(cells) for cells in [header, *rows]) + end


def write(path, content, encoding="utf-8"):
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path
