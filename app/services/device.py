"""Which device trains, and why not a GPU. Imports torch: call in the background."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Device:
    """name: "NVIDIA H100" or "CPU, 8 cores"; why: one sentence about the GPU."""

    name: str
    kind: str
    why: str
    torch: str


def find() -> Device:
    import torch

    release = torch.__version__
    if torch.cuda.is_available():
        memory = torch.cuda.get_device_properties(0).total_memory / 1e9
        name = torch.cuda.get_device_name(0)
        return Device(name, "cuda", f"{name} with {memory:.0f} GB is used where a run's device is auto.", release)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Device(f"CPU, {cores} {'core' if cores == 1 else 'cores'}", "cpu", _why_not(torch.version.cuda), release)


def _why_not(built_for: str | None) -> str:
    if built_for is None:
        return "No GPU is used: the installed PyTorch is a CPU build. Small networks train well without a GPU."
    if not os.path.exists("/proc/driver/nvidia") and os.name == "posix":
        return "No GPU is used: no NVIDIA driver was found on this machine."
    return f"No GPU is used: PyTorch (built for CUDA {built_for}) found none that its driver serves."
