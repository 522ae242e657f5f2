"""The actions of Try it, as the palette and Help know them before the page is built. The page hears their keys itself."""

from functools import partial

from app.actions import Known

_known = partial(Known, "tryit", "Try it", listens=False)

SAMPLE = _known("sample", "Try it: new sample", "R", "Another sampled task.")
FORWARD = _known("forward", "Try it: one step forward", "Right", "One more inner step.")
BACK = _known("back", "Try it: one step back", "Left", "One inner step less.")
PLAY = _known("play", "Try it: play or pause", "Space", "Play the inner steps.")
SAVE = _known("save", "Save predictions…", "", "Predictions after the step that is looked at, as a table.")
KNOWN = (SAMPLE, FORWARD, BACK, PLAY, SAVE)
