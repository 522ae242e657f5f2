"""Networks as pure functions (`build`) and as the equal plain modules (`module`, `module_source`).

They need torch, which is imported when the first of them is asked for: the window reads the registry beside them first.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.nets.building import build, flops, module, module_source

__all__ = ["build", "flops", "module", "module_source"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from core.nets import building

        return getattr(building, name)
    raise AttributeError(f"module 'core.nets' has no attribute {name!r}")
