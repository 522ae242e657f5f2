"""The actions of Compare, as the palette and Help know them before the page is built."""

from app.actions import Known


def _known(key: str, title: str, hint: str, icon: str = "") -> Known:
    return Known(f"compare.{key}", title, "compare", "Compare", hint=hint, icon=icon)


EXPORT = _known("export", "Export comparison…", "Figures and tables of the compared runs.", "export")
SAVE_VIEW = _known(
    "save_view", "Save this view of Compare…", "Keeps which runs are compared and how they are drawn.", "star"
)
CLEAR = _known("clear", "Clear the comparison", "Takes all runs out of Compare; nothing is deleted.")
KNOWN = (EXPORT, SAVE_VIEW, CLEAR)
