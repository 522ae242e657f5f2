"""Which kinds of tasks there are, for menus and cards. Imports no torch: builders are dotted names."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TaskEntry:
    """picture: what a card should draw, "curves", "points" or "pictures"; builder: "module:function" of
    (settings, data_folder, device, dtype) -> TaskSplits."""

    kind: str
    title: str
    sentence: str
    task_type: str
    picture: str
    builder: str


_FAMILIES = "core.tasks.families:build"
_IMAGES = "core.tasks.images"

TASKS: dict[str, TaskEntry] = {
    entry.kind: entry
    for entry in (
        TaskEntry(
            "sinusoid",
            "Sinusoid",
            "Fit a sine wave of unknown amplitude and phase from a few points (MAML's regression example).",
            "regression",
            "curves",
            _FAMILIES,
        ),
        TaskEntry(
            "sinusoid-line",
            "Sinusoid or line",
            "Fit a curve that is a sine wave or a straight line, without being told which.",
            "regression",
            "curves",
            _FAMILIES,
        ),
        TaskEntry(
            "five-modes",
            "Five modes",
            "Sine waves, lines, parabolas, tanh curves and absolute values in exact balance, with noise (MMAML).",
            "regression",
            "curves",
            _FAMILIES,
        ),
        TaskEntry(
            "four-families",
            "Four families",
            "Sine waves, lines, parabolas and cubics, one drawn for each task (HSML).",
            "regression",
            "curves",
            _FAMILIES,
        ),
        TaskEntry(
            "polynomial",
            "Polynomial",
            "Fit a polynomial of degree 0, 1 or 2 on [-2, 2] (MT-net).",
            "regression",
            "curves",
            _FAMILIES,
        ),
        TaskEntry(
            "boundary",
            "Two sides of a boundary",
            "Tell two classes of points apart: by a line, a sine, or a circle of which only the inside was seen (PLATIPUS).",
            "classification",
            "points",
            "core.tasks.boundary:build",
        ),
        TaskEntry(
            "life-expectancy",
            "Life expectancy",
            "Predict a country's life expectancy from a few of its years: 142 countries, each a task (Gapminder).",
            "regression",
            "points",
            "core.tasks.life_expectancy:build",
        ),
        TaskEntry(
            "glyphs",
            "Glyphs",
            "Tell characters of matplotlib's fonts apart, each seen a few times: warped type, not handwriting.",
            "classification",
            "pictures",
            f"{_IMAGES}:build_glyphs",
        ),
        TaskEntry(
            "omniglot",
            "Omniglot",
            "Tell handwritten characters of 50 alphabets apart, each seen a few times; needs the official archives.",
            "classification",
            "pictures",
            f"{_IMAGES}:build_omniglot",
        ),
        TaskEntry(
            "miniimagenet",
            "miniImageNet",
            "Tell photographs of 100 kinds of things apart, each seen a few times; needs the set on your disk.",
            "classification",
            "pictures",
            f"{_IMAGES}:build_miniimagenet",
        ),
        TaskEntry(
            "rainbow-mnist",
            "Rainbow-MNIST",
            "Tell coloured, scaled and turned digits apart: 56 ways to draw them, each a task; needs MNIST's files.",
            "classification",
            "pictures",
            "core.tasks.rainbow:build",
        ),
        TaskEntry(
            "rainbow-stream",
            "Rainbow stream",
            "The tasks of Rainbow-MNIST one after another, digits in small batches, and how soon each is learned.",
            "classification",
            "pictures",
            "core.tasks.rainbow:build_stream",
        ),
        TaskEntry(
            "table",
            "Your table",
            "Predict a column of your own table from a few rows of a task: a task column, inputs, a target.",
            "regression",
            "points",
            "core.tasks.own_tables:build",
        ),
        TaskEntry(
            "images",
            "Your own pictures",
            "Tell classes of your own pictures apart, each seen a few times: a folder or archive with a folder for each class.",
            "classification",
            "pictures",
            "core.tasks.own_images:build",
        ),
    )
}
