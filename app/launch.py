"""The entry point: the window or the command line. Imports neither Qt nor torch itself."""

import os
import sys
from pathlib import Path

from app.wanted import OPTIONS, Wanted, read

WINDOW = ("gui", "screenshots")
USAGE = {
    "gui": "headstart gui [--data-folder DIR]\n\nOpen the program (the same as headstart without a command).",
    "screenshots": f"headstart screenshots DIR [--data-folder DIR] {OPTIONS}\n\nEvery page as a PNG in light and dark, of each "
    "method with a run what it shows of itself (live-method-...), what takes a click (queue, import-table, ...), and the pages "
    "before anything was trained (empty-home, ...). --only takes beginnings of these names; --text is the size of the text, "
    "1.3 is Very large. Without --data-folder a few short runs are trained first, in a temporary folder.",
}


def main(argv: list[str] | None = None) -> int:
    """argv: without the program's name. Returns the exit code: 2 where the window cannot open."""
    # waiting threads of OpenMP spin by default and take the window's core; read once, when torch is loaded
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    arguments = list(sys.argv[1:] if argv is None else argv)
    folder, rest, fault = _without_folder(arguments)
    if rest and rest[0] not in WINDOW:
        from core.cli import main as command_line

        return command_line(arguments)
    if fault:
        return _refuse(fault)
    return _window(rest, folder)


def _window(rest: list[str], folder: Path | None) -> int:
    name = rest[0] if rest else "gui"
    if any(word in ("--help", "-h") for word in rest):
        print(USAGE[name])
        return 0
    try:
        wanted = read(rest[1:]) if name == "screenshots" else Wanted(rest=tuple(rest[1:]))
    except ValueError as error:
        return _refuse(str(error))
    expected = 1 if name == "screenshots" else 0
    if len(wanted.rest) != expected and rest:
        usage = USAGE[name].splitlines()[0]
        return _refuse(f"{name} takes {'one folder' if expected else 'nothing more'}: {usage}")
    if name == "screenshots":
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if fault := unable():
        return _refuse(fault)
    if name == "screenshots":
        from app.screenshots import take

        return take(Path(wanted.rest[0]), folder, wanted)
    from app.main import run

    return run(folder)


def unable() -> str | None:
    """Why no window can open here, in one line with what to install; None where it can."""
    from app.display import problems

    found = problems()
    if not found:
        try:
            import PySide6.QtWidgets  # noqa: F401
        except ImportError as error:
            found = [
                f"The window's libraries cannot be loaded ({error}); on Debian or Ubuntu: apt install libegl1 libgl1 "
                "libxkbcommon0 libxkbcommon-x11-0 libxcb-cursor0 libdbus-1-3 libfontconfig1."
            ]
    if not found:
        return None
    return " ".join([*found, "`headstart --help` lists what works without a window."])


def _without_folder(arguments: list[str]) -> tuple[Path | None, list[str], str]:
    """(folder, the other arguments, what is wrong)."""
    rest: list[str] = []
    folder: Path | None = None
    words = iter(arguments)
    for word in words:
        if word == "--data-folder":
            value = next(words, "")
            if not value:
                return None, rest, "--data-folder needs a folder: headstart --data-folder DIR"
            folder = Path(value).expanduser()
        elif word.startswith("--data-folder="):
            folder = Path(word.partition("=")[2]).expanduser()
        else:
            rest.append(word)
    return folder, rest, ""


def _refuse(sentence: str) -> int:
    print(f"headstart: {sentence}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
