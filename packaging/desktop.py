"""Put Headstart into the menu of a Linux desktop: `python packaging/desktop.py /path/to/headstart [DATA_HOME]`.

Desktop file, metainfo and icons go where the wheel puts them too (share/...), but below the person's own data folder
and with the full path of the command, which a menu needs where the command is not on its PATH.
"""

import os
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def install(command: Path, share: Path) -> list[Path]:
    """Returns the files that were written."""
    icons = {
        file: share / "icons" / "hicolor" / file.parent.name / "apps" / file.name
        for file in sorted((HERE / "icons").glob("*/*.png"))
    }
    scalable = share / "icons" / "hicolor" / "scalable" / "apps" / "headstart.svg"
    copies = {
        **icons,
        HERE.parent / "resources" / "icons" / "headstart.svg": scalable,
        HERE / "headstart.metainfo.xml": share / "metainfo" / "headstart.metainfo.xml",
    }
    for source, target in copies.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    entry = share / "applications" / "headstart.desktop"
    entry.parent.mkdir(parents=True, exist_ok=True)
    entry.write_text(entry_for(command), encoding="utf-8")
    return [entry, *copies.values()]


def entry_for(command: Path) -> str:
    """The desktop file with the command's full path, quoted as the desktop entry specification asks."""
    text = (HERE / "headstart.desktop").read_text(encoding="utf-8")
    escaped = "".join("\\\\" + sign if sign in '"`$\\' else sign for sign in str(command)).replace("%", "%%")
    return text.replace("Exec=headstart\n", f'Exec="{escaped}"\nTryExec={command}\n')


if __name__ == "__main__":
    own = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    written = install(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else own))
    print(f"Headstart is in the menu now: {written[0]}")
