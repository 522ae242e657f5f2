"""The actions of the run that Live shows, as the palette and Help know them before the page is built. Pause and stop are the
window's own (app.frame.commands): they are about the run in progress, whatever is shown."""

from app.actions import Known


def _known(key: str, title: str, hint: str, icon: str) -> Known:
    return Known(f"live.{key}", title, "live", "Live", hint=hint, icon=icon)


RESUME = _known("resume", "Resume the run shown", "Go on from the last checkpoint.", "play")
INITIALIZATION = _known("initialization", "Initialization of the run shown", "What this run has learned.", "export")
COMPARE = _known("compare", "Compare the run shown", "Put this run beside others.", "compare")
DUPLICATE = _known("duplicate", "Duplicate the run shown", "Set up another run with these settings.", "copy")
TABLE = _known("table", "View the outer loss shown as table", "The numbers of the plot, to be copied.", "table")
KNOWN = (RESUME, INITIALIZATION, COMPARE, DUPLICATE, TABLE)
