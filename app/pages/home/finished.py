"""Explore finished runs: those that ship with the program, put into the catalog at the first wish."""

from collections.abc import Callable

from app.models.compared import compare_these
from app.services.background import Handle, run_in_background
from app.workspace import Workspace

LOOK_AT = "sinusoid"
"""Tasks of the runs that Compare opens with: those of which there are several methods."""


class Finished:
    """`busy`: while they are being copied."""

    def __init__(self, workspace: Workspace, told: Callable[[], None]) -> None:
        """told: called when copying begins and when it ends."""
        self._workspace, self._told = workspace, told
        self._handle: Handle | None = None

    @property
    def busy(self) -> bool:
        return self._handle is not None

    def explore(self) -> None:
        """Copy what is not there yet in the background, then open Compare with them, seeds in groups."""
        if self.busy:
            return
        catalog = self._workspace.catalog

        def copy() -> list[str]:
            from core.storage.finished import import_finished

            return import_finished(catalog)

        self._handle = run_in_background(copy, self._copied, self._failed)
        self._told()

    def _copied(self, runs: list[str]) -> None:
        self._handle = None
        self._told()
        self._workspace.look()
        shown = [run for run in runs if self._workspace.catalog.run(run).tasks == LOOK_AT]
        compare_these(self._workspace.settings, shown)
        self._workspace.navigate.emit("compare", ",".join(shown))

    def _failed(self, sentence: str) -> None:
        self._handle = None
        self._told()
        self._workspace.notify(sentence, "error")
