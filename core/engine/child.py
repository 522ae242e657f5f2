"""The process that builds a compiled pass beside a run, as the run sees it."""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from core.engine.plan import Plan

if TYPE_CHECKING:
    from core.config import Experiment

_LEFT: list["Child"] = []  # so that nobody warns about them; those that have ended go when the next one starts
ENTRY = "import sys; from core.engine.build import begin; begin(sys.argv[1])"


class Child:
    """A build under way in a process of its own, at the lowest priority unless a run waits for it. It reads from a pipe into
    which nothing is ever written: when this process is gone, the pipe ends, and the build knows that it is alone
    (core.engine.standing)."""

    def __init__(
        self, experiment: "Experiment", plan: Plan, data_folder: Path, target: Path, *, waited_for: bool = False
    ) -> None:  # fmt: skip
        import core
        from core.kernels import library

        _let_go()
        job = {
            "experiment": experiment.plain(),
            "plan": plan.as_dict(),
            "data_folder": str(data_folder),
            "target": str(target),
            "waited_for": waited_for,
        }
        home = str(Path(core.__file__).parent.parent)
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))
        if library.passed_over():  # torch's own compiling would stop at a $CXX that is not there
            environment["CXX"] = library.compiler() or ""
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - outlives this function; a pipe would fill or break
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-W", "ignore", "-c", ENTRY, json.dumps(job)],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._complaints,
                env=environment, start_new_session=True,
            )  # fmt: skip
        except BaseException:
            self._complaints.close()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def poll(self) -> int | None:
        """The exit code, None while it works."""
        return self._process.poll()

    def complaint(self) -> str:
        """The last line that a failed build left."""
        self._complaints.seek(0)
        text = self._complaints.read().decode("utf-8", "replace")
        lines = [line for line in text.splitlines() if line.strip()]
        return lines[-1].removeprefix("RuntimeError: ")[:300] if lines else f"exit code {self._process.returncode}"

    def leave(self) -> None:
        """Let it go on alone: what it builds serves the next launch."""
        self._let_go_of_pipe()
        _LEFT.append(self)

    def end(self) -> None:
        """Stop it, with everything that it has started."""
        if self._process.poll() is None:
            import signal

            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._let_go_of_pipe()
        self._complaints.close()

    def _let_go_of_pipe(self) -> None:
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()


def _let_go() -> None:
    """Of the builds that were left alone: no process stays a zombie of a window that is open for days."""
    for child in [child for child in _LEFT if child.poll() is not None]:
        child.end()
        with suppress(ValueError):  # another thread was first
            _LEFT.remove(child)
