"""A run that has started a build and waits to be killed, and the build: it compiles nothing, but does not end by itself.

python -m tests.core.engine.left_build FOLDER KEY prints the process id of the build.
"""

import subprocess
import sys
import time
from pathlib import Path

from core.engine import build, child, standing

ENTRY = "import sys; from tests.core.engine.left_build import begin; begin(sys.argv[1])"


def begin(text):
    """The real entry point, with stages that only wait; beside it a process stands for the compiler."""

    def endless(job, folder, check):
        compiler = subprocess.Popen(["sleep", "100"])
        (folder.parent / "compiler").write_text(str(compiler.pid))
        while True:
            time.sleep(0.02)

    build._build, standing.LOOK_SECONDS = endless, 0.02
    build.begin(text)


if __name__ == "__main__":
    from core.config import Experiment

    child.ENTRY = ENTRY
    place = Path(sys.argv[1])
    target = place / "cache" / "compiled" / sys.argv[2]
    print(
        child.Child(Experiment(), child.Plan("vectorised", 1, 1, "eager", "cpu", "float32"), place, target).pid,
        flush=True,
    )
    time.sleep(100)
