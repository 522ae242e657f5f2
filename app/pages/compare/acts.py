"""The actions of Compare, as the palette and Help know them before the page is built."""

from functools import partial

from app.actions import Known

_known = partial(Known, "compare", "Compare")

EXPORT = _known("export", "Export comparison…", hint="Figures and tables of the compared runs.", icon="export")
SAVE_VIEW = _known(
    "save_view", "Save this view of Compare…", hint="Keeps which runs are compared and how they are drawn.", icon="star"
)
CLEAR = _known("clear", "Clear the comparison", hint="Takes all runs out of Compare; nothing is deleted.")
KNOWN = (EXPORT, SAVE_VIEW, CLEAR)
