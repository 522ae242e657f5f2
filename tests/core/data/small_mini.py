"""Made-up sets in the layouts of miniImageNet: 3 + 2 + 2 classes of 4 small pictures, each class of a colour of its own."""

import pickle

import numpy as np
from PIL import Image

CLASSES = {"train": ("n01", "n02", "n03"), "val": ("n04", "n05"), "test": ("n06", "n07")}
EACH = 4


def colour(name, at):
    return np.array([int(name[1:]) * 30, 10 * at, 0], np.uint8)


def save(path, name, at, side=20):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.broadcast_to(colour(name, at), (side, side, 3)).copy()).save(path)


def split_files(folder, *, by_class=False, head="filename,label"):
    for part, names in CLASSES.items():
        rows = [head]
        for name in names:
            for at in range(EACH):
                file = f"{at}.png" if by_class else f"{name}0000{at}.png"
                save(folder / "images" / (name if by_class else "") / file, name, at)
                rows.append(f"{file},{name}" if head.startswith("filename") else f"{name},{file}")
        (folder / f"{part}.csv").write_text("\n".join(rows) + "\n")
    return folder


def split_folders(folder, parts=("train", "val", "test")):
    for part, names in zip(parts, CLASSES.values(), strict=True):
        for name in names:
            for at in range(EACH):
                save(folder / part / name / f"{at}.png", name, at)
    return folder


def content(part, side=20):
    names = CLASSES[part]
    data = np.stack([np.broadcast_to(colour(name, at), (side, side, 3)) for name in names for at in range(EACH)])
    return {"image_data": data, "class_dict": {n: list(range(i * EACH, (i + 1) * EACH)) for i, n in enumerate(names)}}


def pickles(folder, *, protocol=2, names=("train", "val", "test"), side=20):
    folder.mkdir(parents=True, exist_ok=True)
    for part, name in zip(CLASSES, names, strict=True):
        with (folder / f"mini-imagenet-cache-{name}.pkl").open("wb") as file:
            pickle.dump(content(part, side), file, protocol=protocol)
    return folder
