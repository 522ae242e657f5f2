"""Where a person can go: the pages, by the names under which they find each other."""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QWidget

    from app.actions import Known
    from app.workspace import Workspace


@dataclass(frozen=True)
class Place:
    """icon "" keeps it off the rail; foot: at the rail's lower end."""

    name: str
    title: str
    icon: str
    shortcut: str = ""
    foot: bool = False

    def build(self, workspace: "Workspace") -> "QWidget":
        """Import the page's module and make the page. Raises ModuleNotFoundError where there is no such module."""
        module = import_module(f"app.pages.{self.name}.page")
        page: QWidget = getattr(module, f"{self.name.capitalize()}Page")(workspace)
        return page

    def known(self) -> "Iterable[Known]":
        """The page's actions, without building it."""
        if find_spec(f"app.pages.{self.name}.acts") is None:
            return ()
        return import_module(f"app.pages.{self.name}.acts").KNOWN  # type: ignore[no-any-return]

    def missing(self, error: ModuleNotFoundError) -> bool:
        """Is it the page itself that is not there (and not something that it imports)?"""
        return error.name in (f"app.pages.{self.name}", f"app.pages.{self.name}.page")


PLACES = (
    Place("home", "Home", "home", "Ctrl+1"),
    Place("setup", "Set up", "setup", "Ctrl+2"),
    Place("live", "Live", "live", "Ctrl+3"),
    Place("compare", "Compare", "compare", "Ctrl+4"),
    Place("catalog", "Catalog", "catalog", "Ctrl+5"),
    Place("initialization", "Initialization", ""),
    Place("tryit", "Try it", ""),
    Place("settings", "Settings", "settings", "Ctrl+,", foot=True),
    Place("help", "Help", "help", foot=True),
)


def known_actions() -> "list[Known]":
    """Of all pages."""
    return [known for entry in PLACES for known in entry.known()]


def place(name: str) -> Place:
    """Raises KeyError for a name that no page has."""
    found = {entry.name: entry for entry in PLACES}
    return found[name]
