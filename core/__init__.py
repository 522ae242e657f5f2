"""Headstart's core: meta-learning methods, the engine that runs them, and the catalog. No Qt here.

The three lines that use an exported initialization:

    import core
    start = core.load("initialization.safetensors")
    prediction = start.adapt(support_x, support_y).predict(query_x)
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["__version__", "load"]

if TYPE_CHECKING:
    from core.deploy import load


def __getattr__(name: str) -> Any:
    """`load` brings torch along, so it is imported when it is first asked for."""
    if name == "load":
        from core.deploy import load

        return load
    raise AttributeError(f"module 'core' has no attribute {name!r}")
