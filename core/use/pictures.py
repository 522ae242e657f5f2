"""A person's new pictures as a learned initialization takes them: sized, coloured and turned upright as in training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.inspection import LeftOut
from core.data.own_images.decoding import is_picture
from core.data.own_images.folders import Folder
from core.data.own_images.items import Item, Source
from core.data.own_images.layouts import LOOSE, understand
from core.data.own_images.source import open_source
from core.data.own_images.store import Stored, stored
from core.data.pictures import silent
from core.errors import BadExperiment, BadFile, MissingData
from core.types import TaskSpec


@dataclass(frozen=True, eq=False)
class Pictures:
    """x: float32 [pictures, channels, height, width] in 0..1; y: [pictures] positions in class_names, None of a query;
    names: of the files, as a person finds them again; left_out: what gave no picture, and why."""

    x: NDArray[np.float32]
    y: NDArray[np.int64] | None
    class_names: tuple[str, ...]
    names: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def read(spec: TaskSpec, path: Path, *, labelled: bool) -> Pictures:
    """labelled: a folder or archive with a folder for each class; else all pictures below a folder, of an archive, or a single
    one. spec: what the initialization was learned on. Raises MissingData, BadFile or BadExperiment with what to change."""
    path = Path(path).expanduser().absolute()
    source = _opened(path)
    if labelled:
        layout = understand(source, "classes", str(_known(spec).get("level", "deepest")))
        classes, out = layout.classes, layout.left_out
    else:
        found = tuple(item for item in source.items if is_picture(item.name))
        classes, out = {"": found} if found else {}, source.left_out
    if not classes:
        raise BadFile(f"{path} holds no pictures; {_wanted(labelled)}")
    decoded = _decoded(spec, source, classes)
    left_out = (*out, *decoded.left_out)
    if not len(decoded.pixels):
        raise BadFile(f"{path}: no picture can be read; the first, {left_out[0].what}, {left_out[0].why}")
    x = decoded.pixels.astype(np.float32) / np.float32(255)
    if _known(spec).get("ink_is_light"):
        x = 1 - x
    if not labelled:
        return Pictures(x, None, (), decoded.files, left_out)
    return _labelled(path, x, decoded, left_out)


def _labelled(path: Path, x: NDArray[np.float32], decoded: Stored, left_out: tuple[LeftOut, ...]) -> Pictures:
    """Classes without a picture that can be read are none."""
    kept = [(name, int(n)) for name, n in zip(decoded.names, decoded.amount, strict=True) if n]
    if [name for name, _ in kept] == [LOOSE]:
        raise BadExperiment(
            f"{path}: its pictures lie loose, in no folder of a class; put the known pictures of each class in a folder of its own"
        )
    if len(kept) < 2:
        raise BadExperiment(
            f"{path} holds one class ({kept[0][0]}), and a task tells two or more apart; put the known pictures of each class in "
            "a folder of its own"
        )
    y = np.repeat(np.arange(len(kept)), [amount for _, amount in kept])
    return Pictures(x, y, tuple(name for name, _ in kept), decoded.files, left_out)


def _opened(path: Path) -> Source:
    """As open_source; a single picture is a source, too."""
    if path.is_file() and is_picture(path.name):
        about = path.stat()
        return Source(path, (Item(path.name, path.name, about.st_size, about.st_mtime_ns),), (Folder(path.parent),))
    if not path.exists():
        raise MissingData(f"there is no {path}; check the path")
    return open_source(path)


def _decoded(spec: TaskSpec, source: Source, classes: Mapping[str, Sequence[Item]]) -> Stored:
    channels, height, width = spec.input_shape
    if height != width or channels not in (1, 3):
        raise BadExperiment(
            f"pictures are read as squares with 1 or 3 channels, but it was learned on {list(spec.input_shape)}"
        )
    return stored(
        source,
        classes,
        side=height,
        colour="grey" if channels == 1 else "rgb",
        fit="crop" if _known(spec).get("fit") == "crop" else "squeeze",
        cache=None,
        progress=silent,
    )


def _known(spec: TaskSpec) -> dict[str, Any]:
    return spec.encoding if spec.encoding and spec.encoding.get("kind") == "images" else {}


def _wanted(labelled: bool) -> str:
    if labelled:
        return "choose a folder or archive with a folder for each class"
    return "choose a folder or archive of pictures, or a picture"
