"""`make run`: the window; where none can open, why, and the 60-second example in the terminal instead."""

import os
import sys
from pathlib import Path

from app.display import problems

HEADSTART = Path(sys.executable).with_name("headstart")


def main() -> None:
    sentences = problems()
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    if not sentences:
        os.execv(HEADSTART, ["headstart"])
    print("Running the 60-second example in the terminal instead.", file=sys.stderr, flush=True)
    os.execv(HEADSTART, ["headstart", "example", "out"])


if __name__ == "__main__":
    main()
