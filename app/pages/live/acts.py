"""The actions of the run that Live shows, as the palette and Help know them before the page is built. Pause and stop are the
window's own (app.frame.commands): they are about the run in progress, whatever is shown."""

from functools import partial

from app.actions import Known

_known = partial(Known, "live", "Live")

RESUME = _known("resume", "Resume the run shown", hint="Go on from the last checkpoint.", icon="play")
INITIALIZATION = _known(
    "initialization", "Initialization of the run shown", hint="What this run has learned.", icon="export"
)
COMPARE = _known("compare", "Compare the run shown", hint="Put this run beside others.", icon="compare")
DUPLICATE = _known("duplicate", "Duplicate the run shown", hint="Set up another run with these settings.", icon="copy")
TABLE = _known(
    "table", "View the outer loss shown as table", hint="The numbers of the plot, to be copied.", icon="table"
)
KNOWN = (RESUME, INITIALIZATION, COMPARE, DUPLICATE, TABLE)
