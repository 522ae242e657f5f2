import pytest

from app.models.compared import compared
from app.pages.compare.page import ComparePage
from tests.app.pages import empty, make_workspace, theme, varied, varied_folder

__all__ = ["empty", "make_workspace", "theme", "varied", "varied_folder"]


@pytest.fixture
def show(qtbot):
    def build(workspace, *names):
        page = ComparePage(workspace)
        qtbot.addWidget(page)
        page.resize(940, 680)
        page.show()
        known = {run.name: run.id for run in workspace.catalog.runs()}
        page.open(",".join(known[name] for name in names))
        qtbot.waitUntil(lambda: not page.loading and len(page.runs) == len(compared(workspace.settings)))
        return page

    return build
