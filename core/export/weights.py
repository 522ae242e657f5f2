"""Plain state dicts from elsewhere: read without running anything, and held against a network name by name."""

import warnings
from pathlib import Path
from typing import Any

import torch

from core.errors import BadExperiment, BadFile
from core.types import Net, Tensors


def state_dict(source: Path) -> Tensors:
    """Tensors by name of a .pt or .safetensors file. Nothing is unpickled but tensors. Raises BadFile."""
    if source.suffix == ".safetensors":
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            return load_file(str(source))
        except FileNotFoundError:
            raise BadFile(f"there is no file {source}") from None
        except (SafetensorError, OSError, ValueError) as error:
            raise BadFile(f"{source.name} is not a readable .safetensors file ({error})") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a pickle's protocol: it is refused anyway
            found = torch.load(source, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise BadFile(f"there is no file {source}") from None
    except Exception:  # a damaged or foreign file fails inside torch's reader in many ways; all of them mean this
        raise BadFile(
            f"{source.name} is not a state_dict that can be read safely (tensors alone, by torch.save(model.state_dict(), file)); "
            "a whole pickled module is never opened"
        ) from None
    if isinstance(found, dict) and isinstance(found.get("state_dict"), dict):
        found = found["state_dict"]
    if not isinstance(found, dict) or not found or not all(isinstance(leaf, torch.Tensor) for leaf in found.values()):
        raise BadFile(f"{source.name} holds no dict of tensors; save model.state_dict()")
    return {str(name): leaf for name, leaf in found.items()}


def fitting(weights: Tensors, net: Net, file: str, *, but: tuple[str, ...] = ()) -> Tensors:
    """Those of `weights` that belong to the network, checked; a shared head's equal rows become one. but: names that may
    have other shapes (they are left out then). Raises BadExperiment that names what does not fit."""
    unknown = sorted(set(weights) - set(net.shapes))
    if unknown:
        known = listed(list(net.shapes))
        raise BadExperiment(
            f"{file} holds {listed(unknown)}, which the experiment's network does not have; it has {known}"
        )
    kept: Tensors = {}
    for name, leaf in weights.items():
        shape = tuple(net.shapes[name])
        if net.shared_head and name in net.head and leaf.ndim and bool((leaf == leaf[:1]).all()):
            leaf = leaf[:1]
        if tuple(leaf.shape) != shape:
            if name in but:
                continue
            raise BadExperiment(
                f"{file}: {name} has shape {list(leaf.shape)}, the experiment's network has {list(shape)}"
            )
        if not torch.is_floating_point(leaf):
            raise BadExperiment(f"{file}: {name} holds {leaf.dtype}, weights are floating point numbers")
        if not bool(torch.isfinite(leaf).all()):
            raise BadExperiment(f"{file}: {name} holds numbers that are not finite")
        kept[name] = leaf.to(_type(net))
    return kept


def _type(net: Net) -> Any:
    return next(iter(net.init(torch.Generator().manual_seed(0)).values())).dtype


def listed(names: list[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
