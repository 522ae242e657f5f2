"""A program is made in a process of its own: tracing takes seconds to minutes, holds Python's lock and cannot be stopped."""

import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from core import errors
from core.errors import BadExperiment, BadFile, CoreError, Interrupted

from .words import Report, nothing

_POLL = 0.1


def build_program(
    source: Path,
    target: Path,
    data_folder: Path,
    *,
    steps: int | None = None,
    ways: int | None = None,
    report: Report = nothing,
    stop: threading.Event | None = None,
) -> dict[str, Any]:
    """As `core.export.programs.write_program`, in a child process; blocks until it is over.

    report: called on this thread. stop: once set the child is ended and nothing is left behind. Raises Interrupted then,
    BadExperiment, BadFile, or CoreError where the child ends without a word (no memory left, killed).
    """
    refuse_place(target)
    part = target.with_name(f".headstart-{secrets.token_hex(8)}{target.suffix}")
    job: dict[str, Any] = {
        "source": str(source),
        "target": str(target),
        "part": str(part),
        "data_folder": str(data_folder),
    }
    job |= {"steps": steps, "ways": ways}
    ended = stop or threading.Event()
    with tempfile.TemporaryFile() as complaints:
        child = _start(job, complaints)
        watch = threading.Thread(target=_end_when, args=(ended, child), daemon=True)
        watch.start()
        try:
            last = _followed(child, report)
        except BaseException:
            _end(child)
            raise
        finally:
            child.wait()
            watch.join()
            with contextlib.suppress(OSError):  # what a killed child has left half-written
                part.unlink()
        if ended.is_set():
            raise Interrupted(f"the export of {target.name} was cancelled; nothing was written")
        return _result(last, child.returncode, complaints)


def refuse_place(target: Path) -> None:
    """Before minutes of work: a folder that is there and takes files. Raises BadFile."""
    from core.storage.files import writable

    if target.is_dir():
        raise BadFile(f"{target} is a folder; name a file in it")
    if not target.parent.is_dir():
        raise BadFile(f"cannot write {target}: there is no folder {target.parent}; make it, or choose another place")
    if not writable(target.parent):
        raise BadFile(f"cannot write to {target.parent}; choose another place")


def _start(job: dict[str, Any], complaints: Any) -> subprocess.Popen[str]:
    import core

    code = "import sys; from core.export.child import main; main(sys.argv[1])"
    home = str(Path(core.__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))}
    return subprocess.Popen(
        [sys.executable, "-P", "-W", "ignore", "-c", code, json.dumps(job)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, env=environment, text=True, start_new_session=True,
    )  # fmt: skip


def _followed(child: subprocess.Popen[str], report: Report) -> dict[str, Any]:
    """The last line that is no progress."""
    last: dict[str, Any] = {}
    assert child.stdout is not None
    with child.stdout as lines:
        for line in lines:
            try:
                told = json.loads(line)
            except ValueError:
                continue  # a library's word
            if "share" in told:
                report(str(told["words"]), float(told["share"]))
            else:
                last = told
    return last


def _end_when(stop: threading.Event, child: subprocess.Popen[str]) -> None:
    while child.poll() is None:
        if stop.wait(_POLL):
            _end(child)
            return


def _end(child: subprocess.Popen[str]) -> None:
    """With all that it has started."""
    import signal

    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()


def _result(last: dict[str, Any], code: int, complaints: Any) -> dict[str, Any]:
    if "done" in last:
        found: dict[str, Any] = last["done"]
        return found
    if "error" in last:
        kind = getattr(errors, str(last.get("kind")), BadExperiment)
        raise (kind if issubclass(kind, CoreError) else CoreError)(last["error"])
    complaints.seek(0)
    lines = [line for line in complaints.read().decode("utf-8", "replace").splitlines() if line.strip()]
    if code < 0:
        raise CoreError(
            "the export's process was ended from outside (no memory left, perhaps); use fewer steps (--steps)"
        )
    raise CoreError(
        f"this program cannot be exported: {lines[-1][:300] if lines else f'exit code {code}'}; export .safetensors, which "
        "core.load adapts, or fewer steps"
    )
