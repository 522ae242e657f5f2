"""Text tables as records: which encoding and separator a file has, and on which line each record begins.

The standard library's csv reader tokenizes, as it alone says where a record with quoted line breaks begins.
"""

import codecs
import csv
import lzma
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from core.errors import BadFile

SEPARATORS = {"tab": "\t", "semicolon": ";", "comma": ",", "bar": "|", "space": " "}
PACKED = {".gz": "gzip", ".bz2": "bz2", ".xz": "lzma"}
"""Endings of packed text ("trees.csv.gz"), and the module that unpacks it."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ENCODINGS = {"utf-8": ("utf-8-sig",), "utf-16": ("utf-16", "utf-16-le"), "latin-1": ("cp1252", "latin-1")}
_NAMES = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "cp1252": "Latin-1", "latin-1": "Latin-1"}
_SAMPLE_BYTES, _SAMPLE_RECORDS = 1 << 18, 300


@dataclass(frozen=True)
class Form:
    """How a text table is written. encoding: as Python calls it; separator: one sign; width: cells of most records."""

    encoding: str
    separator: str
    width: int

    @property
    def words(self) -> str:
        names = {sign: name for name, sign in SEPARATORS.items()}
        encoding = _NAMES.get(self.encoding, "UTF-16" if "16" in self.encoding else self.encoding)
        return f"{encoding} text, separated by {names.get(self.separator, self.separator)}"


def opened(path: Path, encoding: str | None = None) -> IO[Any]:
    """The bytes of a text table, or with an encoding its text as it stands; unpacked where its name says that it is packed."""
    newline = "" if encoding else None
    mode = "rt" if encoding else "rb"
    if path.suffix.lower() in PACKED:
        packer = import_module(PACKED[path.suffix.lower()])
        packed: IO[Any] = packer.open(path, mode, encoding=encoding, newline=newline)
        return packed
    return path.open(mode, encoding=encoding, newline=newline)


def unpacked_size(path: Path, most: int) -> int:
    """Bytes of a packed text table. Raises BadFile where it is damaged, or as soon as it is more than `most`."""
    size = 0
    try:
        with opened(path) as file:
            while block := file.read(1 << 20):
                size += len(block)
                if size > most:
                    raise BadFile(f"{path.name} unpacks to more than {most / 2**30:.0f} GiB; keep what matters")
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise BadFile(f"{path.name} is damaged or not packed as its name says ({error}); pack it again") from None
    return size


def form_of(path: Path, encoding: str = "auto", separator: str = "auto", fewest: int = 2) -> Form:
    """Reads the beginning for the separator and the whole for the encoding. Raises BadFile, of fewer columns than `fewest` too."""
    with opened(path) as file:
        head = file.read(_SAMPLE_BYTES)
    if not head.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise BadFile(f"{path.name} is empty; choose a table with a header and rows")
    found = _encoding(path, head, encoding)
    signs = SEPARATORS.values() if separator == "auto" else (SEPARATORS[separator],)
    sample = _whole_lines(head, found)
    sign, width = max(((sign, *_fit(sample, sign)) for sign in signs), key=lambda fit: fit[1])[::2]
    if width < fewest:
        other = "" if separator == "auto" else f" separated by {separator}"
        raise BadFile(
            f"{path.name} has a single column{other}, but a task column, an input and a target are needed; "
            "if columns are told apart by another sign, set tasks.separator"
        )
    return Form(found, sign, width)


def records(path: Path, form: Form) -> Iterator[tuple[int, list[str]]]:
    """(the line that it begins on, its cells) of every record that is not blank. Raises BadFile."""
    try:
        with opened(path, form.encoding) as file:
            yield from _tokens(file, form.separator, path.name)
    except UnicodeError:
        raise BadFile(f"{path.name} is not {form.encoding} all through; save it as UTF-8") from None
    except OSError as error:
        raise BadFile(f"{path} cannot be read ({error.strerror})") from None


def _tokens(lines: Iterable[str], separator: str, name: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=separator == " ")
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise BadFile(f"{name}: a cell of line {line} has no end; close the quote that it opens") from None
        if any(cell.strip() for cell in record):
            yield line, record


def _encoding(path: Path, head: bytes, wanted: str) -> str:
    if wanted == "auto":
        return _guessed(path, head)
    for encoding in _ENCODINGS[wanted]:
        if encoding == "utf-16" and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            continue
        if (wrong := _undecodable(path, encoding)) is None:
            return encoding
    raise BadFile(f"{path.name} is not {wanted}{wrong}; set tasks.encoding to auto, utf-8, utf-16 or latin-1")


def _guessed(path: Path, head: bytes) -> str:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            if (wrong := _undecodable(path, encoding)) is not None:
                raise BadFile(f"{path.name} begins as {encoding.upper()} and is not{wrong}; save it again as UTF-8")
            return encoding
    nul = head.count(0) / len(head)
    if nul > 0.2:  # every second byte of Latin letters in UTF-16
        sides = [head[start::2].count(0) for start in (0, 1)]
        encoding = "utf-16-be" if sides[0] > sides[1] else "utf-16-le"
        if min(sides) * 10 > max(sides) or _undecodable(path, encoding) is not None:
            raise BadFile(f"{path.name} holds bytes that are no text; choose a CSV, TSV, Parquet or .xlsx file")
        return encoding
    control = sum(head.count(byte) for byte in (*range(1, 9), *range(14, 32))) / len(head)
    if control > 0.02:
        raise BadFile(f"{path.name} holds bytes that are no text; choose a CSV, TSV, Parquet or .xlsx file")
    return next(e for e in ("utf-8", "cp1252", "latin-1") if _undecodable(path, e) is None)


def _undecodable(path: Path, encoding: str) -> str | None:
    """Where the file is not of that encoding, in words; None where it is."""
    if "16" in encoding:
        return _undecodable_whole(path, encoding)
    with opened(path) as file:
        for line, content in enumerate(file, 1):
            try:
                content.decode(encoding)
            except UnicodeError:
                return f" (line {line})"
    return None


def _undecodable_whole(path: Path, encoding: str) -> str | None:
    """Of an encoding whose lines cannot be told apart as bytes."""
    try:
        with opened(path, encoding) as file:
            for _ in file:
                pass
    except UnicodeError:
        return ""
    return None


def _whole_lines(head: bytes, encoding: str) -> list[str]:
    """The sample decoded, without a line or a letter that was cut off."""
    text = head.decode(encoding, errors="ignore")
    lines = text.splitlines(keepends=True)
    return lines if len(head) < _SAMPLE_BYTES or len(lines) < 3 else lines[:-1]


def _fit(lines: list[str], separator: str) -> tuple[float, int]:
    """(how well, cells of most records): the share of records of the commonest width; half as good where the header is of
    another width (it may lack the name of R's row names)."""
    widths = []
    try:
        for _, record in _tokens(lines, separator, ""):
            widths.append(len(record))
            if len(widths) == _SAMPLE_RECORDS:
                break
    except BadFile:
        pass
    if not widths:
        return 0.0, 1
    width, count = Counter(widths[1:] or widths).most_common(1)[0]
    if width < 2:
        return 0.0, 1
    share = (count + (widths[0] in (width, width - 1))) / len(widths)
    return (share if widths[0] in (width, width - 1) else share / 2), width
