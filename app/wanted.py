"""Which pictures `headstart screenshots` takes: the words after its folder. Imports no Qt."""

import re
from dataclasses import dataclass, field

THEMES = ("light", "dark", "contrast")
OPTIONS = "[--only NAME,...] [--themes light,dark,contrast] [--sizes 1100x720,...] [--text 1.0]"
_LEAST, _MOST = 200, 8000  # pixels of a side


@dataclass(frozen=True)
class Wanted:
    """only: beginnings of the pictures' names, empty for all; sizes: (width, height) in pixels; text: its size, 1.0 is normal."""

    only: tuple[str, ...] = ()
    themes: tuple[str, ...] = THEMES[:2]
    sizes: tuple[tuple[int, int], ...] = ((1100, 720), (1600, 1000))
    text: float = 1.0
    rest: tuple[str, ...] = field(default=())
    """Words that are no option."""

    def takes(self, name: str) -> bool:
        """Is the picture of this name wanted?"""
        return not self.only or name.startswith(self.only)

    def takes_any(self, *beginnings: str) -> bool:
        """May a picture be wanted whose name starts with one of these?"""
        return not self.only or any(
            name.startswith(start) or start.startswith(name) for name in self.only for start in beginnings
        )


def read(words: list[str]) -> Wanted:
    """The options among these words. Raises ValueError with a sentence that names what to change."""
    found: dict[str, str] = {}
    rest: list[str] = []
    left = iter(words)
    for word in left:
        if not word.startswith("--"):
            rest.append(word)
            continue
        name, equals, value = word[2:].partition("=")
        if name not in ("only", "themes", "sizes", "text"):
            raise ValueError(f"screenshots has no option {word}: {OPTIONS}")
        found[name] = value if equals else next(left, "")
        if not _names(found[name]):
            raise ValueError(f"--{name} needs a value: {OPTIONS}")
    return Wanted(
        only=_names(found.get("only", "")),
        themes=_themes(found["themes"]) if "themes" in found else Wanted.themes,
        sizes=tuple(_size(text) for text in _names(found["sizes"])) if "sizes" in found else Wanted.sizes,
        text=_text(found.get("text", "1")),
        rest=tuple(rest),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _themes(text: str) -> tuple[str, ...]:
    for name in _names(text):
        if name not in THEMES:
            raise ValueError(f"--themes takes {', '.join(THEMES)}, not {name}")
    return _names(text)


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)x(\d+)", text)
    if found is None or not all(_LEAST <= int(side) <= _MOST for side in found.groups()):
        raise ValueError(f"--sizes takes WIDTHxHEIGHT in pixels, such as 1100x720, not {text}")
    return int(found[1]), int(found[2])


def _text(text: str) -> float:
    try:
        size = float(text)
    except ValueError:
        size = 0.0
    if not 0.5 <= size <= 3:
        raise ValueError(f"--text takes a number from 0.5 to 3, not {text}")
    return size
