"""How a command ends: known errors in one line, bugs with a report, interruptions with 130."""

import platform
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from core import __version__
from core.errors import CoreError

from .output import emit, talk

BUG, INPUT, FAILED, INTERRUPTED = 1, 2, 3, 130


def known(error: CoreError, json: bool, values: dict[str, Any] | None = None) -> int:
    """One line on standard error, and with --json the object with its "error"; gives back the exit code."""
    return refuse(str(error), error.exit_code, json, values)


def refuse(sentence: str, code: int, json: bool, values: dict[str, Any] | None = None) -> int:
    line = " ".join(sentence.split())
    if json:
        emit({**(values or {}), "error": line, "exit_code": code})
    talk(f"headstart: {line}")
    return code


def bug(error: BaseException, argv: list[str], json: bool) -> int:
    """A report for the person to send, and where it lies."""
    text = "".join(traceback.format_exception(error))
    return bug_text(f"{type(error).__name__}: {error}", text, argv, json)


def bug_text(what: str, text: str, argv: list[str], json: bool, values: dict[str, Any] | None = None) -> int:
    path = report(text, argv)
    return refuse(f"a bug ({what}); the report lies at {path}", BUG, json, {**(values or {}), "report": str(path)})


def report(text: str, argv: list[str]) -> Path:
    """Written to reports/ in the data folder, or to the temporary folder where that cannot be written."""
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}.txt"
    head = f"headstart {__version__}\nPython {platform.python_version()}\n{platform.platform()}\narguments {argv}\n\n"
    for folder in (_data_folder(argv) / "reports", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / name
            path.write_text(head + text, encoding="utf-8", errors="replace")
        except OSError:
            continue
        return path
    sys.stderr.write(head + text)
    return Path("standard error")


def _data_folder(argv: list[str]) -> Path:
    from core.storage.folders import default_folder

    chosen = [value for name, value in pairwise(argv) if name == "--data-folder"]
    chosen += [word.partition("=")[2] for word in argv if word.startswith("--data-folder=")]
    return default_folder(Path(chosen[-1]) if chosen else None)
