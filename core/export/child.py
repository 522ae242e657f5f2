"""What the child process does: trace, convert, write, check; a line of JSON for each. Started by core.export.building."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from core.errors import CoreError


def main(text: str) -> None:
    """text: the job as JSON (source, target, part, data_folder, steps, ways). The last line has "done" or "error"."""
    job = json.loads(text)
    if hasattr(os, "nice"):
        os.nice(5)
    from core.export.programs import write_program

    try:
        done = write_program(
            Path(job["source"]), Path(job["target"]), Path(job["part"]), Path(job["data_folder"]),
            lambda words, share: tell(words=words, share=share), steps=job["steps"], ways=job["ways"],
        )  # fmt: skip
    except CoreError as error:
        tell(error=str(error), kind=type(error).__name__)
    else:
        tell(done=done)


def tell(**values: Any) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()
