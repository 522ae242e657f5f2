"""Settings of a person's own pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .base import setting
from .methods.base import Complaint
from .task_base import ClassificationSettings, queries, shots

if TYPE_CHECKING:
    from .experiment import Experiment


class Images(ClassificationSettings):
    """Your own pictures: a folder or an archive with a folder for each class."""

    kind: Literal["images"] = "images"
    path: Path | None = setting(
        None,
        "A folder or an archive (.zip, .tar, .tar.gz, ...) with a folder for each class, nested or not; or a known set as it is "
        "handed out. Empty: no pictures yet.",
        title="Folder or archive",
        holds="pictures",
    )
    side: int = setting(
        32,
        "Pictures are made squares of this side. Twice the side shows more and costs four times the work.",
        title="Side",
        unit="pixels",
        ge=8,
        le=512,
    )
    colour: Literal["auto", "grey", "rgb"] = setting(
        "auto",
        "auto: grey where every picture is grey, else in colour.",
        title="Colour",
        words={"rgb": "in colour"},
    )
    fit: Literal["squeeze", "crop"] = setting(
        "squeeze",
        "How a picture becomes a square. squeeze: all of it, its sides changed. crop: the middle square alone.",
        title="Shape",
        words={"squeeze": "squeezed", "crop": "cropped"},
    )
    split: Literal["auto", "classes", "folders", "files"] = setting(
        "auto",
        "Which classes train, validate and test. classes: 60 / 20 / 20 % of them by a fixed hash of their names. folders: given "
        "folders train, val and test. files: given lists (train.txt, val.csv, ...). auto: as given, else by classes.",
        title="Split",
        words={"classes": "by classes", "folders": "by folders", "files": "by lists"},
    )
    split_seed: int = setting(
        0,
        "Where the split is by classes: which ones are held out follows from their names and this number; another number, "
        "another split.",
        title="Seed of the split",
        ge=0,
        le=2**31 - 1,
        advanced=True,
    )
    level: Literal["deepest", "top"] = setting(
        "deepest",
        "Where folders lie in folders, which one names the class: the deepest, or the one at the top.",
        title="Class folder",
        advanced=True,
        words={"deepest": "the deepest", "top": "the one at the top"},
    )
    shots: int = shots(5, most=100)
    queries: int = queries(10, most=100)

    def words(self, outputs: int) -> str:
        name = "pictures" if self.path is None else self.path.name
        return f"{outputs}-way {self.shots}-shot tasks of {name}"

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        if self.path is None:
            return [
                Complaint(
                    "tasks.path", "is missing; choose a folder or archive with a folder for each class of pictures"
                )
            ]
        return []
