"""The actions of an initialization, as the palette and Help know them before the page is built."""

from functools import partial

from app.actions import Known

_known = partial(Known, "initialization", "Initialization")

TRY = _known("try", "Try this initialization")
EXPORT = _known("export", "Export this initialization…")
COPY = _known("copy", "Copy loading code")
VERIFY = _known("verify", "Verify checksum")
KNOWN = (TRY, EXPORT, COPY, VERIFY)
