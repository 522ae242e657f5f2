"""Where everything lies. Nothing heavy is imported here."""

import os
from pathlib import Path


def default_folder(override: Path | None = None) -> Path:
    """--data-folder, else $HEADSTART_DATA_FOLDER, else the platform's own place."""
    chosen = override or os.environ.get("HEADSTART_DATA_FOLDER")
    if chosen:
        return Path(chosen).expanduser().absolute()
    import appdirs

    return Path(appdirs.user_data_dir("headstart", appauthor=False))
