"""Can a window open here? Asked before Qt is imported, since Qt itself ends the process where it cannot."""

import ctypes
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

DEBIAN = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libOpenGL.so.0": "libopengl0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}


def problems() -> list[str]:
    """A sentence for each thing that keeps a window from opening; empty where it can."""
    if not sys.platform.startswith("linux"):
        return []
    found = [no_display(), missing_packages()]
    return [sentence for sentence in found if sentence]


def no_display() -> str | None:
    if platform() not in ("xcb", "wayland"):
        return None  # offscreen, vnc and their kin bring their own
    if os.environ.get("WAYLAND_DISPLAY"):
        return None
    name = os.environ.get("DISPLAY")
    if not name:
        return "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set)."
    return None if answers(name) else f"The display {name} does not answer."


def missing_packages() -> str | None:
    """The Debian packages of the system libraries that Qt's widgets and the display's plugin do not find."""
    plugin = "libqwayland.so" if platform() == "wayland" else f"libq{platform()}.so"
    files = [qt() / "QtWidgets.abi3.so", qt() / "Qt" / "plugins" / "platforms" / plugin]
    missing = sorted({library for file in files if file.exists() for library in not_found(file)})
    if not missing:
        return None
    packages = dict.fromkeys(DEBIAN.get(library, library) for library in missing)
    return f"System libraries of the window are missing; on Debian or Ubuntu: apt install {' '.join(packages)}"


def platform() -> str:
    """The Qt platform plugin that would serve: as asked for, else by what the session offers."""
    asked = os.environ.get("QT_QPA_PLATFORM", "").split(";")[0].split(":")[0]
    return asked or ("wayland" if os.environ.get("WAYLAND_DISPLAY") else "xcb")


def qt() -> Path:
    spec = find_spec("PySide6")
    if spec is None or not spec.submodule_search_locations:
        return Path()
    return Path(spec.submodule_search_locations[0])


def not_found(file: Path) -> list[str]:
    """Names of the shared libraries that the loader misses for this file, all at once where ldd is there."""
    try:
        ctypes.CDLL(str(file))
        return []
    except OSError as error:
        first = str(error).split(":")[0]
    try:
        answer = subprocess.run(["ldd", str(file)], capture_output=True, text=True, check=False).stdout
    except OSError:
        return [first]
    return [line.split()[0] for line in answer.splitlines() if line.endswith("not found")] or [first]


def answers(name: str) -> bool:
    """Does an X server answer at this display? True where it cannot be asked."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(name.encode(), None))
    failed = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not failed
