"""From a path to a source: a folder, an archive, or a folder of archives."""

from pathlib import Path

from core.data.inspect import ARCHIVES, PICKLES, is_table
from core.data.inspection import LeftOut
from core.errors import BadFile, MissingData

from .archives import list_archive, open_archive
from .decoding import is_picture
from .folders import Folder, list_folder
from .items import Container, Item, Source
from .pickled import pickled_source


def open_source(path: Path) -> Source:
    """Everything that can be listed. Raises MissingData or BadFile."""
    if path.is_dir():
        items, left_out = list_folder(path)
        there = any(is_picture(item.name) for item in items)
        if not there and (found := pickled_source(path, [item.key for item in items])) is not None:
            return found
        archives = [item for item in items if item.name.lower().endswith(ARCHIVES)]
        if archives and not there:
            return _of_archives(path, items, archives, left_out)
        return Source(path, tuple(items), (Folder(path),), tuple(left_out))
    if not path.exists():
        raise MissingData(f"there is no {path}; set tasks.path to the folder or archive of pictures")
    if path.suffix.lower() in PICKLES:
        return _of_pickle(path)
    if not path.name.lower().endswith(ARCHIVES):
        what = "a table" if is_table(path.name) else "neither a folder nor an archive of pictures"
        raise BadFile(f"{path.name} is {what}; pictures come as a folder or an archive ({', '.join(ARCHIVES)})")
    listed, out = list_archive(path)
    return Source(path, listed, (open_archive(path),), out)


def _of_archives(path: Path, items: list[Item], archives: list[Item], left_out: list[LeftOut]) -> Source:
    """What the archives hold, side by side: Omniglot comes as two."""
    containers: list[Container] = [Folder(path)]
    together = [item for item in items if item not in archives]
    for archive in archives:
        listed, out = list_archive(path / archive.key)
        together += [item._replace(place=len(containers)) for item in listed]
        containers.append(open_archive(path / archive.key))
        left_out += out
    return Source(path, tuple(sorted(together)), tuple(containers), tuple(left_out))


def _of_pickle(path: Path) -> Source:
    """One pickle stands for the set that it is a part of."""
    found = pickled_source(path, sorted(file.name for file in path.parent.iterdir() if file.is_file()))
    if found is None:
        raise BadFile(
            f"{path.name} is no part of a set of pictures that is known as pickles (miniImageNet, tieredImageNet, CIFAR-FS); "
            "convert it to pictures in folders"
        )
    return found
