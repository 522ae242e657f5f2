"""The actions of Set up, as the palette and Help know them before the page is built."""

from app.actions import Known


def _known(key: str, title: str, shortcut: str, hint: str = "", *, fresh: bool = True) -> Known:
    return Known(f"setup.{key}", title, "setup", "Set up", shortcut, hint, fresh=fresh)


RUN = _known("run", "Run this set-up", "Ctrl+Return")
UNDO = _known("undo", "Undo", "Ctrl+Z", "Takes the last edit of the set-up back.", fresh=False)
REDO = _known("redo", "Redo", "Ctrl+Shift+Z", "Brings an edit back that was undone.", fresh=False)
OWN = _known("own", "Add your own pictures or table", "Ctrl+I")
AGAIN = _known("again", "Sample tasks again", "R", "Six other tasks of the set-up.")
OPEN = _known("open", "Open an experiment file", "Ctrl+O")
SAVE = _known("save", "Save as an experiment file", "Ctrl+S")
KNOWN = (RUN, UNDO, REDO, OWN, AGAIN, OPEN, SAVE)
