"""The actions of Set up, as the palette and Help know them before the page is built."""

from functools import partial

from app.actions import Known

_known = partial(Known, "setup", "Set up", fresh=True)

RUN = _known("run", "Run this set-up", "Ctrl+Return")
UNDO = _known("undo", "Undo", "Ctrl+Z", "Takes the last edit of the set-up back.", fresh=False)
REDO = _known("redo", "Redo", "Ctrl+Shift+Z", "Brings an edit back that was undone.", fresh=False)
OWN = _known("own", "Add your own pictures or table", "Ctrl+I")
AGAIN = _known("again", "Sample tasks again", "R", "Six other tasks of the set-up.")
OPEN = _known("open", "Open an experiment file", "Ctrl+O")
SAVE = _known("save", "Save as an experiment file", "Ctrl+S")
KNOWN = (RUN, UNDO, REDO, OWN, AGAIN, OPEN, SAVE)
