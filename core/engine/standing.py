"""May a build go on? As long as its run holds the other end of standard input, it may. Once that run has ended, however it
ended, it goes on for the next launch: not for ever, and only until another one is left alone after it.

So of all the builds that this user's ended runs have left, one is at work. It is told by a file beside the compiled cache's
secret, which the build left last writes and the others look at.
"""

import os
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

LOOK_SECONDS = 1.0
ALONE_SECONDS = 1200.0
"""Of a build that nobody waits for; alone on two cores one takes 15 to 150 s, at the lowest priority of a busy machine longer."""
OUTLIVED = "its run has ended, and another build was left after it"
TOO_LONG = "its run has ended, and it is not done in time"
NEEDLESS = "its run has ended, and another process builds the same"


class Standing:
    """Of this process. token: the file that names the build that was left alone last."""

    def __init__(self, token: Path) -> None:
        self._token, self._name = token, f"{os.getpid()} {secrets.token_hex(8)}"
        self._lock = threading.Lock()
        self._working = False
        self._left_at: float | None = None

    def waits(self) -> None:
        """Looked at while another process builds the same. Raises SystemExit once nobody waits for this one."""
        if self._left_at is not None:
            raise SystemExit(NEEDLESS)

    def works(self) -> None:
        """From here on this process is the one that builds."""
        with self._lock:
            self.waits()
            self._working = True

    def check(self) -> None:
        """Between two stages of the work. Raises SystemExit where it has to end."""
        if why := self.objection():
            raise SystemExit(why)

    def objection(self) -> str:
        """Why this build has to end; empty while it may go on."""
        with self._lock:  # not between being left and the claim
            if self._left_at is None:
                return ""
            if not self._working:
                return NEEDLESS
            if time.monotonic() - self._left_at > ALONE_SECONDS:
                return TOO_LONG
            return "" if self._newest() else OUTLIVED

    def left(self) -> None:
        """The run has ended: this build is the one left last. One that only waits makes no claim, so that it does not end the
        build it waits for."""
        with self._lock:
            self._left_at = time.monotonic()
            if self._working:
                self._claim()

    def watch(self, end: Callable[[bool], None], standard_input: int = 0) -> None:
        """In a thread: wait for the end of the run, then look every second; end(whether it was at work) is called where this
        build has to end."""

        def look() -> None:
            with suppress(OSError):
                while os.read(standard_input, 4096):
                    pass
            self.left()
            while not self.objection():
                time.sleep(LOOK_SECONDS)
            end(self._working)

        threading.Thread(target=look, name="standing", daemon=True).start()

    def _claim(self) -> None:
        part = self._token.with_name(f".{secrets.token_hex(8)}.part")
        with suppress(OSError):  # where nothing can be written this build does not find its name, and ends
            self._token.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(self._name, encoding="utf-8")
            os.replace(part, self._token)

    def _newest(self) -> bool:
        try:
            return self._token.read_text(encoding="utf-8") == self._name
        except OSError:
            return False
