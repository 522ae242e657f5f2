"""From a path to what was understood of it: which of the two kinds of own data it is, and who looks at it."""

from importlib import import_module
from pathlib import Path
from typing import Any

from core.errors import BadFile, MissingData

from .digits_report import holds_digits
from .inspection import Inspection
from .pictures import Progress, silent

TABLES = frozenset(
    {".csv", ".tsv", ".tab", ".txt", ".dat", ".data", ".parquet", ".pq", ".xlsx", ".xlsm", ".xls", ".ods"}
)
ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tbz2", ".tar.bz2", ".txz", ".tar.xz")
PICKLES = frozenset({".pkl", ".pickle"})
_PACKED = {".gz", ".bz2", ".xz", ".zip"}
_LOOKED_AT_BY = {
    "images": "core.data.image_report:inspect_images",
    "table": "core.data.table_report:inspect_table",
    "rainbow-mnist": "core.data.digits_report:inspect_digits",
}


def kind_of(path: Path) -> str:
    """ "images" (a folder, an archive, a pickled set), "rainbow-mnist" (a folder with MNIST's files) or "table", by what the file
    system says and the names; nothing is opened. Raises MissingData or BadFile."""
    path = Path(path).expanduser()
    try:
        if path.is_dir():
            return "rainbow-mnist" if holds_digits(path) else "images"
        if not path.exists():
            raise MissingData(f"there is no {path}; check the path")
    except OSError as error:
        raise BadFile(f"cannot look at {path}: {error.strerror}; check the path and its rights") from None
    name = path.name.lower()
    if is_table(name):
        return "table"
    if name.endswith(ARCHIVES) or path.suffix.lower() in PICKLES:
        return "images"
    raise BadFile(f"{path.name} is {_no_data(path)}; choose a folder or an archive ({', '.join(ARCHIVES)}) of pictures "
                  f"with a folder for each class, or a table ({', '.join(sorted(TABLES))})")  # fmt: skip


def is_table(name: str) -> bool:
    """By its ending, packed or not: "trees.csv.gz"."""
    stem, suffix = Path(name.lower()).stem, Path(name.lower()).suffix
    return suffix in TABLES or (suffix in _PACKED and Path(stem).suffix in TABLES)


def inspect(path: Path, *, data_folder: Path | None = None, progress: Progress = silent, **options: Any) -> Inspection:
    """What would be understood of pictures or a table. options: settings of the kind without "tasks." (ways=5).

    data_folder: where decoded pictures are kept, so that a run needs not decode them again; None: nowhere.
    Raises MissingData, BadFile or BadExperiment where there is nothing to understand; what was understood and cannot be
    used comes back with its `problems`.
    """
    path = Path(path).expanduser().absolute()
    kind = kind_of(path)
    module, _, function = _LOOKED_AT_BY[kind].partition(":")
    try:
        look = getattr(import_module(module), function)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise BadFile(f"{path.name}: data of the kind {kind} cannot be inspected in this version") from None
    found: Inspection = look(path, data_folder=data_folder, progress=progress, **options)
    return found


def _no_data(path: Path) -> str:
    from PIL import Image

    Image.init()
    if path.suffix.lower() in Image.registered_extensions():
        return "a single picture"
    return "neither pictures nor a table by its ending"
