"""Questions that several pages ask: where to write a file, and what to call it."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def ask_path(parent: QWidget, title: str, name: str, kinds: str) -> Path | None:
    """Where to write; the chosen kind's ending is added where none was typed."""
    text, kind = QFileDialog.getSaveFileName(parent, title, str(Path.home() / name), kinds)
    if not text:
        return None
    path = Path(text)
    return path if path.suffix else path.with_suffix(_ending(kind) or Path(name).suffix)


def file_name(name: str) -> str:
    """A name that every file system takes."""
    kept = "".join(sign if sign.isalnum() or sign in "-_. " else "-" for sign in name).strip(" .")
    return kept[:80] or "run"


def _ending(kind: str) -> str:
    return kind.partition("*")[2].rstrip(")").split(" ")[0]
