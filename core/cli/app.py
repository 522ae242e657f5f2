"""Every command once, and the one way out of all of them. What a command needs is imported when it runs."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from core import __version__
from core.errors import CoreError

from . import (
    adapting,
    benching,
    catalogs,
    comparing,
    doctoring,
    example,
    files,
    importing,
    inspecting,
    listing,
    reproducing,
    splitting,
    training,
)
from .failures import INPUT, INTERRUPTED, bug, known, refuse
from .options import DataFolder
from .output import Unwritable, data_only, emitted, silence, talk

EPILOG = (
    "Without a command, or with gui, the window opens; screenshots DIR writes every page of it as a PNG. EXPERIMENT is a "
    "preset's name or a .toml file. Exit codes: 0 done, 2 something to change, 3 the run failed on its way, 130 interrupted, "
    "1 a bug."
)

app = typer.Typer(
    name="headstart",
    help="Learn initial parameters: weights from which a network fits a new task in a few gradient steps.",
    epilog=EPILOG,
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (
    training,
    splitting,
    catalogs,
    comparing,
    files,
    importing,
    adapting,
    listing,
    inspecting,
    doctoring,
    benching,
    reproducing,
    example,
):
    module.add_to(app)


def _tell_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"headstart {__version__}\n")
        raise typer.Exit


@app.callback()
def everywhere(
    context: typer.Context,
    data_folder: DataFolder = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_tell_version)
    ] = False,
) -> None:
    """Both are dealt with before a command is looked for."""


def run(argv: list[str] | None = None) -> int:
    """The exit code; nothing flies out of here."""
    arguments = _folder_behind(list(sys.argv[1:] if argv is None else argv)) or ["--help"]
    json = "--json" in arguments
    try:
        with data_only(json), _terminated_as_interrupted():
            return _invoke(arguments, json)
    except BrokenPipeError:
        silence()
        return 0
    except Unwritable as error:
        silence()
        talk(f"headstart: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        return refuse("interrupted", INTERRUPTED, False)


def _invoke(arguments: list[str], json: bool) -> int:
    try:
        ended: Any = typer.main.get_command(app).main(args=arguments, prog_name="headstart", standalone_mode=False)
        if ended == INTERRUPTED and json and not emitted():  # typer makes an exit of its own of a KeyboardInterrupt
            return refuse("interrupted", INTERRUPTED, json)
        return ended if isinstance(ended, int) else 0
    except Unwritable:
        raise
    except CoreError as error:
        return known(error, json)
    except BrokenPipeError:
        raise
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # click and rich turn it into exit code 1, which is a bug's
            raise end.__context__ from None
        return int(end.code or 0)
    except typer.Exit as end:
        return int(end.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return refuse("interrupted", INTERRUPTED, json)
    except Exception as error:
        wrong_use = getattr(error, "format_message", None)  # click's own errors, wherever typer keeps click
        if wrong_use is not None:
            return refuse(f"{wrong_use()} (headstart --help)", INPUT, json)
        return bug(error, arguments, json)


def _folder_behind(arguments: list[str]) -> list[str]:
    """`headstart --data-folder DIR run ...` is `headstart run ... --data-folder DIR`."""
    if len(arguments) > 2 and arguments[0] == "--data-folder":
        return [arguments[2], "--data-folder", arguments[1], *arguments[3:]]
    if len(arguments) > 1 and arguments[0].startswith("--data-folder="):
        return [arguments[1], arguments[0], *arguments[2:]]
    return arguments


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM ends every command as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
