import pytest

from core.storage.catalog import Catalog
from tests.app.pages import empty, make_workspace, theme, varied, varied_folder

__all__ = ["empty", "make_workspace", "theme", "trained_folder", "varied", "varied_folder"]


@pytest.fixture(scope="session")
def trained_folder(tmp_path_factory):
    """A data folder with one run that was really trained, for a few steps."""
    from core.config import Experiment
    from core.runs import enqueue, execute

    folder = tmp_path_factory.mktemp("trained") / "data"
    settings = {
        "outer": {"steps": 4},
        "evaluation": {"tasks": 8, "validation_tasks": 4},
        "network": {"kind": "mlp", "hidden": [8]},
    }
    with Catalog.open(folder) as catalog:
        run = enqueue(catalog, Experiment.model_validate({"name": "really trained", **settings}))
        execute(catalog, run.id)
    return folder
