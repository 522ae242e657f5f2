"""Training: `train(experiment, sink, control, folder, data_folder)`; events in `events`, pause and stop in `control`."""

from typing import TYPE_CHECKING, Any

from .control import Control

if TYPE_CHECKING:
    from .run import train

__all__ = ["Control", "train"]


def __getattr__(name: str) -> Any:
    if name == "train":
        from .run import train

        return train
    raise AttributeError(f"module 'core.training' has no attribute {name!r}")
