"""Networks as pure functions (`build`) and as the equal plain modules (`module`, `module_source`)."""

from core.nets.build import build, flops, module, module_source

__all__ = ["build", "flops", "module", "module_source"]
