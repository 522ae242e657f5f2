"""What the person chose about the window, as one small JSON file in the data folder."""

import json
import math
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSaveFile, Signal

VERSION = 1

DEFAULTS: dict[str, Any] = {
    "theme": "system",  # system, light, dark, contrast
    "text_scale": 1.0,
    "smoothing": 0.9,  # of the outer loss, 0 is none
    "log_loss": False,
    "curve_x": "step",  # step, time, tasks; Compare knows gradients too
    "toured": False,
}


class Settings(QObject):
    """Values by dotted key; anything JSON can hold. A file that cannot be read counts as empty, one that cannot be
    written is given up in silence: a window's look is not worth an error."""

    changed = Signal(str)

    def __init__(self, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = folder / "settings.json" if folder else None
        self._values: dict[str, Any] = _read(self._path)

    def get(self, key: str, default: Any = None) -> Any:
        """The value chosen, else `default`, else the program's own. A value of another kind than the default (a file that was
        edited by hand) counts as not chosen."""
        own = DEFAULTS.get(key) if default is None else default
        chosen = self._values.get(key, own)
        return chosen if own is None or _alike(chosen, own) else own

    def set(self, key: str, value: Any) -> None:
        """Remember and write. None forgets the choice."""
        if self._values.get(key) == value:
            return
        if value is None:
            self._values.pop(key, None)
        else:
            self._values[key] = value
        self._write()
        self.changed.emit(key)

    def _write(self) -> None:
        if self._path is None:
            return
        file = QSaveFile(str(self._path))
        if file.open(QSaveFile.OpenModeFlag.WriteOnly):
            text = json.dumps({"version": VERSION, "values": self._values}, indent=1, ensure_ascii=False)
            file.write(text.encode())
            file.commit()


def _alike(chosen: Any, own: Any) -> bool:
    if isinstance(own, bool) or isinstance(chosen, bool):
        return isinstance(chosen, bool) and isinstance(own, bool)
    if isinstance(own, int | float):
        return isinstance(chosen, int | float) and math.isfinite(chosen)
    return isinstance(chosen, type(own))


def _read(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    values = held.get("values") if isinstance(held, dict) and held.get("version") == VERSION else None
    return values if isinstance(values, dict) else {}
