"""Made-up sets of small pictures: each class has a colour of its own, each picture a brightness."""

import io
import pickle
import tarfile
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image


def colour(at: int, picture: int = 0) -> tuple[int, int, int]:
    return (37 * at % 200 + picture, 91 * at % 200 + 40, 53 * at % 200)


def png(at: int = 1, picture: int = 0, size: tuple[int, int] = (12, 10), kind: str = "PNG", mode: str = "RGB") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, colour(at, picture)).convert(mode).save(target, kind)
    return target.getvalue()


def files(classes: int = 8, each: int = 6, base: str = "", prefix: str = "c") -> dict[str, bytes]:
    """Path -> content of a folder for each class."""
    return {f"{base}{prefix}{at:02}/{n}.png": png(at, n) for at in range(classes) for n in range(each)}


def folder(path: Path, content: dict[str, bytes]) -> Path:
    for name, held in content.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(held)
    return path


def zipped(path: Path, content: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, held in content.items():
            archive.writestr(name, held)
    return path


def tarred(path: Path, content: dict[str, bytes], links: dict[str, str] | None = None) -> Path:
    mode = {".tar": "w", ".gz": "w:gz", ".tgz": "w:gz", ".xz": "w:xz", ".bz2": "w:bz2"}[path.suffix]
    with tarfile.open(path, mode) as archive:
        for name, held in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(held)
            archive.addfile(member, io.BytesIO(held))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
    return path


def split_folders(
    parts=("train", "val", "test"), sizes=(3, 2, 2), each: int = 6, label="n0000000{}"
) -> dict[str, bytes]:
    found, at = {}, 0
    for part, size in zip(parts, sizes, strict=True):
        for _ in range(size):
            found |= {f"{part}/{label.format(at)}/{n}.png": png(at, n) for n in range(each)}
            at += 1
    return found


def split_csv(sizes=(3, 2, 2), each: int = 4) -> dict[str, bytes]:
    """miniImageNet's csv form: all pictures in one folder."""
    found: dict[str, bytes] = {}
    at = 0
    for part, size in zip(("train", "val", "test"), sizes, strict=True):
        rows = ["filename,label"]
        for _ in range(size):
            label = f"n0000000{at}"
            for n in range(each):
                found[f"images/{label}0000{n}.png"] = png(at, n)
                rows.append(f"{label}0000{n}.png,{label}")
            at += 1
        found[f"{part}.csv"] = "\n".join(rows).encode()
    return found


def cifar_fs() -> dict[str, bytes]:
    names = [f"thing{at}" for at in range(7)]
    found = {f"cifar100/data/{name}/{name}_{n}.png": png(at, n) for at, name in enumerate(names) for n in range(4)}
    for part, chosen in (("train", names[:3]), ("val", names[3:5]), ("test", names[5:])):
        found[f"cifar100/splits/bertinetto/{part}.txt"] = "\n".join(chosen).encode()
    return found


def cub(species: int = 8) -> dict[str, bytes]:
    names = [f"{at + 1:03}.Bird_{at}" for at in range(species)]
    found = {
        f"CUB_200_2011/images/{name}/{name}_{n}.jpg": png(at, n, kind="JPEG")
        for at, name in enumerate(names)
        for n in range(4)
    }
    found["CUB_200_2011/images.txt"] = b"1 ...\n"
    found["CUB_200_2011/classes.txt"] = "\n".join(f"{at + 1} {name}" for at, name in enumerate(names)).encode()
    return found


def omniglot_parts() -> dict[str, bytes]:
    """Both halves unpacked, three alphabets of two characters."""
    places = {"images_background": ("Latin", "Armenian"), "images_evaluation": ("Keble",)}
    return {
        f"{half}/{alphabet}/character{c:02}/{c:04}_{n:02}.png": png(c, n, size=(105, 105), mode="1")
        for half, alphabets in places.items()
        for alphabet in alphabets
        for c in (1, 2)
        for n in range(1, 5)
    }


def tiered_pickles(sizes=(3, 2, 2), each: int = 4) -> dict[str, bytes]:
    """PNG bytes as arrays, and labels in files of their own."""
    found: dict[str, bytes] = {}
    at = 0
    for part, size in zip(("train", "val", "test"), sizes, strict=True):
        pictures, labels, names = [], [], []
        for place in range(size):
            pictures += [np.frombuffer(png(at, n), np.uint8).copy() for n in range(each)]
            labels += [place] * each
            names.append(f"kind {at}")
            at += 1
        found[f"{part}_images_png.pkl"] = pickle.dumps(pictures, protocol=2)
        held = {"label_specific": np.array(labels), "label_specific_str": names}
        found[f"{part}_labels.pkl"] = pickle.dumps(held, protocol=2)
    return found


def cifar_pickles(each: int = 4) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for at, part in enumerate(("train", "val", "test")):
        labels = [3 * at + k for k in range(3) for _ in range(each)]
        data = np.stack([np.full((32, 32, 3), colour(label), np.uint8) for label in labels])
        found[f"CIFAR_FS_{part}.pickle"] = pickle.dumps({"data": data, "labels": labels}, protocol=2)
    return found


def mini_pickles(each: int = 4) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for at, part in enumerate(("train", "val", "test")):
        names = [f"n0000000{3 * at + k}" for k in range(3)]
        data = np.stack([np.full((84, 84, 3), colour(3 * at + k), np.uint8) for k in range(3) for _ in range(each)])
        rows = {name: list(range(k * each, (k + 1) * each)) for k, name in enumerate(names)}
        found[f"mini-imagenet-cache-{part}.pkl"] = pickle.dumps({"image_data": data, "class_dict": rows}, protocol=2)
    return found
