"""The one way out for an initialization, whatever the format: window and command line call this."""

import io
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import BadExperiment, BadFile

from .words import ENDINGS, PROGRAMS, Report, Wanted, nothing

if TYPE_CHECKING:
    from core.deploy import Initialization

LONGEST = 220
"""Bytes of a name: file systems take 255, and a README and the file in the making have longer ones."""


def leave(
    source: Path,
    target: Path,
    data_folder: Path,
    wanted: Wanted = Wanted(),
    *,
    report: Report = nothing,
    stop: threading.Event | None = None,
) -> dict[str, Any]:
    """Write `source` (an initialization's file) as what the ending of `target` says, read it back and check it.

    {"file", "bytes", "sha256", "tensors"}; of programs also "steps", "ways", "most_support" and "check"; "readme": the file beside
    it, or None. Raises BadExperiment, BadFile, Interrupted (see `stop` of core.export.building); an existing file is replaced by a
    checked one only.
    """
    from .building import build_program, refuse_place

    refuse(target, wanted)
    refuse_place(target)
    if target.suffix in PROGRAMS:
        told = build_program(
            source, target, data_folder, steps=wanted.steps, ways=wanted.ways, report=report, stop=stop
        )
    elif wanted.support is not None:
        told = _adapted(source, target, wanted)
    else:
        from core.deploy import export

        told = export(source, target, wanted.component)
    readme = None
    if wanted.readme:
        from .readme import write_readme

        readme = str(write_readme(source, target, told))
    return {**told, "readme": readme}


def refuse(target: Path, wanted: Wanted) -> None:
    """What does not belong together, before anything is read."""
    ending = target.suffix
    if (size := len(os.fsencode(target.name))) > LONGEST:
        raise BadFile(f"{target.name[:40]}...: the name takes {size:,} bytes; choose one of at most {LONGEST}")
    if ending not in ENDINGS:
        there = f"{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
        raise BadExperiment(f"{target.name}: nothing is written with this ending; choose a name that ends in {there}")
    if ending not in PROGRAMS:
        if wanted.ways is not None:
            raise BadExperiment(
                f"--ways: {target.name} is no program; leave it out, or choose a name that ends in .pt2 or .onnx"
            )
        if wanted.steps is not None and wanted.support is None:
            raise BadExperiment(
                f"--steps: {target.name} holds no inner steps; leave it out, or choose a name that ends in .pt2 or .onnx"
            )
    if wanted.component is not None and ending in PROGRAMS:
        raise BadExperiment(
            "--component: a program holds all components and their shares; choose one for a name that ends in .pt"
        )
    if wanted.support is not None and ending != ".pt":
        raise BadExperiment(
            f"--support: only a name that ends in .pt takes a network adapted to a support set (found {target.name})"
        )
    if wanted.support is not None and wanted.component is not None:
        raise BadExperiment("--component: the support set chooses the component; leave one of the two out")


def _adapted(source: Path, target: Path, wanted: Wanted) -> dict[str, Any]:
    """The network as it stands after the support set, folded to a plain state_dict."""
    import torch

    from core.deploy import load
    from core.storage.files import atomic_write, sha256_of

    initialization = load(source)
    assert wanted.support is not None
    x, y = support_set(initialization, wanted.support)
    weights = initialization.adapt(x, y, steps=wanted.steps).state_dict()
    buffer = io.BytesIO()
    torch.save(weights, buffer)
    atomic_write(target, buffer.getvalue())
    again = torch.load(target, weights_only=True)
    if any(not torch.equal(again[name], leaf) for name, leaf in weights.items()):
        raise BadFile(f"{target} does not read back as it was written; choose another place")
    return {"file": str(target), "bytes": target.stat().st_size, "sha256": sha256_of(target), "tensors": len(weights)}


def support_set(initialization: "Initialization", path: Path) -> tuple[Any, Any]:
    """(x, y) of a table, a folder of pictures, or an .npz file with arrays x and y. Raises BadFile, BadExperiment."""
    if path.suffix == ".npz":
        return _arrays(path)
    from core.use.reading import read

    found = read(initialization.spec, path, labelled=True)
    return found.x, found.y


def _arrays(path: Path) -> tuple[Any, Any]:
    import zipfile

    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as file:
            return file["x"], file["y"]
    except FileNotFoundError:
        raise BadFile(f"there is no file {path}") from None
    except KeyError:
        raise BadFile(f"{path.name} lacks an array x or y; write it with numpy.savez(file, x=..., y=...)") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise BadFile(
            f"{path.name} is no readable .npz file ({error}); write it with numpy.savez(file, x=..., y=...)"
        ) from None
