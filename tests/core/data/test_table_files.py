"""Tables in the forms that programs write: the same numbers come out of all of them."""

import bz2
import codecs
import gzip
import lzma
import string

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.table_columns import columns_of
from core.data.table_file import Reading, read_table
from core.errors import BadFile, MissingData

from .small_tables import HEADER, rats, text, write

ROWS = rats()
WEIGHTS = np.array([float(cells[2]) for cells in ROWS])


def understood(path, **reading):
    return {cells.name: cells for cells in columns_of(read_table(path, Reading(**reading)), Reading(**reading))}


def comma(rows):
    return [[*cells[:2], cells[2].replace(".", ",")] for cells in rows]


TEXTS = {
    "comma": ("t.csv", text(ROWS).encode()),
    "semicolon and decimal comma": ("t.csv", text(comma(ROWS), ";").encode()),
    "tab": ("t.tsv", text(ROWS, "\t").encode()),
    "bar": ("t.txt", text(ROWS, "|").encode()),
    "spaces": ("t.dat", text(ROWS, "  ").encode()),
    "UTF-8 with mark": ("t.csv", codecs.BOM_UTF8 + text(ROWS).encode()),
    "UTF-16": ("t.csv", text(ROWS).encode("utf-16")),
    "UTF-16, the other order": ("t.csv", codecs.BOM_UTF16_BE + text(ROWS).encode("utf-16-be")),
    "UTF-16 without mark": ("t.csv", text(ROWS, "\t").encode("utf-16-le")),
    "lines of Windows": ("t.csv", text(ROWS, end="\r\n").encode()),
    "quoted": ("t.csv", text([[f'"{cell}"' for cell in cells] for cells in ROWS]).encode()),
    "blanks around cells": ("t.csv", text([[f" {cell} " for cell in cells] for cells in ROWS]).encode()),
    "a title above the header": ("t.csv", b"Rats of 2024\n\n" + text(ROWS).encode()),
    "row names of R": ("t.csv", text([[str(at), *cells] for at, cells in enumerate(ROWS)]).encode()),
    "lines without cells": ("t.csv", text(ROWS).replace("\n", "\n,,\n").encode()),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content"), TEXTS.values(), ids=TEXTS)
def test_every_form_of_text_gives_the_same_numbers(tmp_path, name, content):
    columns = understood(write(tmp_path / name, content))
    np.testing.assert_array_equal(columns["weight"].numbers, WEIGHTS)
    assert columns["rat"].text.tolist() == [cells[0] for cells in ROWS]
    assert [columns[name].type for name in HEADER] == ["category", "number", "number"]


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip), (".bz2", bz2), (".xz", lzma)])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_packed_text_is_what_it_unpacks_to(tmp_path, ending, pack, encoding):
    rows = [["rät", *cells[1:]] for cells in ROWS]
    path = write(tmp_path / f"t.csv{ending}", pack.compress(text(rows).encode(encoding)))
    plain = write(tmp_path / "t.csv", text(rows).encode(encoding))
    assert understood(path)["rat"].text.tolist() == understood(plain)["rat"].text.tolist() == ["rät"] * len(ROWS)
    np.testing.assert_array_equal(understood(path)["weight"].numbers, WEIGHTS)


def test_packed_text_that_is_a_bomb_is_refused_before_it_is_unpacked_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("core.data.table_file.MOST_BYTES", 5 * 2**20)
    path = write(tmp_path / "t.csv.gz", gzip.compress(b"a,b\n" + b"0" * 2**25))
    assert path.stat().st_size < 2**20
    with pytest.raises(BadFile, match=r"t\.csv\.gz unpacks to more than .* keep what matters"):
        read_table(path)


@pytest.mark.parametrize(("ending", "module", "package"), [(".xls", "xlrd", "xlrd"), (".ods", "odf", "odfpy")])
def test_without_its_library_a_workbook_is_told_what_to_install(tmp_path, monkeypatch, ending, module, package):
    monkeypatch.setattr("core.data.table_typed.find_spec", lambda name: None if name == module else object())
    with pytest.raises(
        BadFile, match=rf"t\{ending}: reading \{ending} takes the package {package} \(pip install {package}\)"
    ):
        read_table(write(tmp_path / f"t{ending}", b"anything"))


def test_an_opendocument_table_gives_the_same_numbers(tmp_path):
    pytest.importorskip("odf", reason="install odfpy to read .ods")
    frame = pd.DataFrame(ROWS, columns=HEADER).astype({"day": int, "weight": float})
    frame.to_excel(tmp_path / "t.ods", index=False, engine="odf")
    columns = understood(tmp_path / "t.ods")
    np.testing.assert_array_equal(columns["weight"].numbers, WEIGHTS)
    assert [columns[name].type for name in HEADER] == ["category", "number", "number"]


@pytest.mark.parametrize("suffix", [".parquet", ".xlsx"])
def test_parquet_and_excel_give_the_same_numbers(tmp_path, suffix):
    frame = pd.DataFrame(ROWS, columns=HEADER).astype({"day": int, "weight": float})
    frame["seen"] = pd.Timestamp("2024-03-01") + pd.to_timedelta(frame["day"], unit="D")
    frame["male"] = frame["day"] > 2
    path = tmp_path / f"t{suffix}"
    frame.to_parquet(path) if suffix == ".parquet" else frame.to_excel(path, index=False)
    columns = understood(path)
    np.testing.assert_array_equal(columns["weight"].numbers, WEIGHTS)
    assert columns["seen"].type == "date"
    np.testing.assert_array_equal(columns["seen"].numbers - frame["day"], np.full(len(ROWS), 19783.0))
    assert (columns["male"].type, columns["male"].distinct) == ("category", 2)


def test_a_sheet_is_chosen_by_name_and_an_unknown_one_named(tmp_path):
    path = tmp_path / "t.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame({"a": [1, 2], "b": [3, 4]}).to_excel(book, sheet_name="one", index=False)
        pd.DataFrame(ROWS, columns=HEADER).to_excel(book, sheet_name="rats", index=False, startrow=2)
    table = read_table(path, Reading(sheet="rats"))
    assert table.names == tuple(HEADER)
    assert table.place(0) == "row 4"
    with pytest.raises(BadFile, match=r"no sheet two; set tasks\.sheet to one of: one, rats"):
        read_table(path, Reading(sheet="two"))


# numbers


@pytest.mark.parametrize(
    ("cells", "separator", "numbers"),
    [
        (["1.5", "2", "-3.25e2"], ",", [1.5, 2, -325]),
        (["1,5", "2", "-3,25"], ";", [1.5, 2, -3.25]),
        (['"1,234.5"', '"12,000"', "7"], ",", [1234.5, 12000, 7]),
        (["1.234,5", "12.000", "7,0"], ";", [1234.5, 12000, 7]),
        (["1 234,5", "2 000", "7,25"], ";", [1234.5, 2000, 7.25]),
        (["1'234.5", "2'000", "7.25"], ";", [1234.5, 2000, 7.25]),
        (["1,234", "5,678", "9,012"], ";", [1.234, 5.678, 9.012]),
        (['"1,234"', '"5,678"', "9"], ",", [1234, 5678, 9]),
        (["−1.5", "+2", ".5"], ",", [-1.5, 2, 0.5]),
        (["1.5", "NA", ""], ",", [1.5, np.nan, np.nan]),
        (["1.5", "Inf", "1e999"], ",", [1.5, np.inf, np.inf]),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(tmp_path, cells, separator, numbers):
    rows = [[f"k{at}", cell] for at, cell in enumerate(cells)]
    path = write(tmp_path / "t.csv", text(rows, separator, ["name", "x"]))
    found = understood(path)["x"]
    assert found.type == "number"
    np.testing.assert_array_equal(found.numbers, numbers)


@pytest.mark.parametrize(
    ("cells", "order", "days"),
    [
        (["1970-01-02", "1970-03-01"], "auto", [1, 59]),
        (["1970-01-02 12:00", "1970-03-01 06:00"], "auto", [1.5, 59.25]),
        (["02.01.1970", "13.02.1970"], "auto", [1, 43]),
        (["01/02/1970", "02/13/1970"], "auto", [1, 43]),
        (["01/02/1970", "03/01/1970"], "auto", [31, 2]),  # the day first, and said
        (["01/02/1970", "03/01/1970"], "month-first", [1, 59]),
        (["1970/01/02", "NA"], "auto", [1, np.nan]),
    ],
)
def test_dates_are_days_and_what_is_ambiguous_is_said(tmp_path, cells, order, days):
    path = write(tmp_path / "t.csv", text([["a", cell] for cell in cells], header=["name", "when"]))
    found = understood(path, date_order=order)["when"]
    assert found.type == "date"
    np.testing.assert_allclose(found.numbers, days)
    assert ("day first" in found.note) == (cells[0] == "01/02/1970" and days[0] == 31)


def test_codes_are_categories_where_it_is_said(tmp_path):
    path = write(tmp_path / "t.csv", text(ROWS))
    cells = columns_of(read_table(path), categories=("day",))[1]
    assert (cells.type, cells.distinct) == ("category", 6)


# rows and lines


def test_quoted_line_breaks_keep_the_numbers_of_lines(tmp_path):
    content = 'name,note,x\na,"one\ntwo",1\nb,three,2\nc,four\nd,"five",3\n'
    table = read_table(write(tmp_path / "t.csv", content))
    assert table.lines.tolist() == [2, 4, 6]
    assert [(one.what, one.why) for one in table.left_out] == [("line 5", "has 2 cells where the header has 3")]


def test_repeated_and_empty_names_are_told_apart(tmp_path):
    table = read_table(write(tmp_path / "t.csv", "a,b,b,,b (2)\n1,2,3,4,5\n"))
    assert table.names == ("a", "b", "b (3)", "column 4", "b (2)")
    assert table.repeated == ("b",)


def test_the_last_table_is_read_once_and_again_when_it_changes(tmp_path):
    path = write(tmp_path / "t.csv", text(ROWS))
    first = read_table(path)
    assert read_table(path) is first
    write(path, text(ROWS[:-1]))
    assert len(read_table(path).lines) == len(ROWS) - 1


CELLS = st.text(string.ascii_letters + " ,;|\t\"'\n.äß漢", min_size=1, max_size=8).map(lambda s: "x" + s + "x")


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.tuples(CELLS, CELLS, st.floats(-1e6, 1e6)), min_size=1, max_size=12))
def test_any_table_that_pandas_writes_comes_back(tmp_path_factory, rows):
    """Quotes, separators and line breaks in cells, letters of all scripts."""
    path = tmp_path_factory.mktemp("any") / "t.csv"
    pd.DataFrame(rows, columns=["a", "b", "c"]).to_csv(path, index=False)
    table = read_table(path, Reading(separator="comma"))
    assert table.names == ("a", "b", "c")
    assert [cell.strip() for cell in table.columns[0]] == [
        " ".join([a]).replace("\r\n", "\n").strip() for a, _, _ in rows
    ]
    np.testing.assert_array_equal(columns_of(table)[2].numbers, [c for _, _, c in rows])
    assert not table.left_out


# hostile


def tall(rows):
    return text(rats(20, 6)[:rows])


HOSTILE = {
    "empty": ("t.csv", b"", "is empty"),
    "blank": ("t.csv", b"\n \n\n", "is empty"),
    "header only": ("t.csv", b"rat,day,weight\n", "has a header and no rows"),
    "no header": ("t.csv", b"1,2,3\n4,5,6\n", "holds numbers alone; add a line"),
    "one column": ("t.csv", b"weight\n1\n2\n3\n", "has a single column"),
    "zeros": ("t.csv", b"\0" * 5000, "is empty"),
    "a picture": ("t.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 30, "no text"),
    "open quote": ("t.csv", (tall(10) + 'r9,"3,4\n' + tall(50)).encode(), "line 12 opens a quote that is never closed"),
    "open quote in a long file": ("t.csv", (tall(10) + 'r9,"3,4\n' + tall(100) * 200).encode(), "line 12 has no end"),
    "every line ragged": ("t.csv", b"a,b,c,d,e\n" + b"1,2\n" * 3, "no header|no rows"),
    "no Parquet": ("t.parquet", b"PAR1 and nothing else", "no readable Parquet"),
    "empty Parquet": ("t.parquet", b"", "is empty"),
    "no Excel": ("t.xlsx", text(ROWS).encode(), "no .xlsx file, whatever its name says"),
    "old Excel": ("t.xls", b"\xd0\xcf\x11\xe0", r"pip install xlrd|no readable \.xls file"),
    "OpenDocument": ("t.ods", b"PK", r"pip install odfpy|no \.ods file"),
    "packed badly": ("t.csv.gz", b"\x1f\x8b", "is damaged or not packed as its name says"),
    "packed otherwise": ("t.csv.xz", gzip.compress(text(ROWS).encode()), "is damaged or not packed as its name says"),
    "packed half": ("t.csv.gz", gzip.compress(tall(500).encode())[:-40], "is damaged or not packed as its name says"),
    "packed nothing": ("t.csv.gz", gzip.compress(b""), "is empty"),
    "packed as an archive": ("t.csv.zip", b"PK", "is packed; unpack it"),
    "packed Parquet": ("t.parquet.gz", b"\x1f\x8b", "is packed; unpack it"),
    "half of UTF-16": ("t.csv", text(ROWS).encode("utf-16")[:-1], "is not"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_malformed_file_is_one_sentence(tmp_path, name, content, said):
    with pytest.raises(BadFile, match=said) as caught:
        columns_of(read_table(write(tmp_path / name, content)))
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


def test_an_archive_that_is_no_workbook_is_refused(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(BadFile, match=r"no readable \.xlsx"):
        read_table(tmp_path / "t.xlsx")


def test_a_workbook_that_unpacks_to_too_much_is_refused_unread(tmp_path, monkeypatch):
    pd.DataFrame(ROWS, columns=HEADER).to_excel(tmp_path / "t.xlsx", index=False)
    monkeypatch.setattr("core.data.table_typed.MOST_BYTES", 2000)
    with pytest.raises(BadFile, match=r"t\.xlsx unpacks to .* keep what matters"):
        read_table(tmp_path / "t.xlsx")


def test_a_huge_file_is_refused_by_its_size_alone(tmp_path):
    path = tmp_path / "t.csv"
    with path.open("wb") as file:
        file.truncate(3 << 30)
    with pytest.raises(BadFile, match=r"3.0 GiB, more than 1 GiB"):
        read_table(path)


def test_a_wrong_encoding_names_the_line_and_auto_reads_it(tmp_path):
    path = write(tmp_path / "t.csv", text([["Müller", "1", "2.5"], ["Weiß", "2", "3.5"]]), "latin-1")
    with pytest.raises(BadFile, match=r"is not utf-8 \(line 2\); set tasks.encoding"):
        read_table(path, Reading(encoding="utf-8"))
    assert understood(path)["rat"].text.tolist() == ["Müller", "Weiß"]


def test_nul_bytes_in_a_line_leave_out_that_line(tmp_path):
    content = text(ROWS).encode().replace(b"r2,1", b"r2\0,1")
    table = read_table(write(tmp_path / "t.csv", content))
    assert [(one.what, one.why) for one in table.left_out] == [("line 9", "holds a NUL byte")]
    assert len(table.lines) == len(ROWS) - 1


@pytest.mark.parametrize("name", ["nowhere.csv", "nowhere/at/all.csv"])
def test_a_table_that_is_not_there_is_one_sentence(tmp_path, name):
    with pytest.raises(MissingData, match="no table at"):
        read_table(tmp_path / name)


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(BadFile, match="is a folder"):
        read_table(tmp_path)
