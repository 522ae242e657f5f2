"""Checkpoints: one safetensors file with everything to go on from, its card as JSON in the metadata. Nothing is pickled."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import torch

from core.errors import BadFile
from core.storage.files import atomic_write, sha256_of
from core.tree import flat, grouped
from core.types import Groups, Meta, TaskSpec, Tensors, plain_spec

FORMAT = 1
CARD = {"checkpoint", "step", "seconds", "best_step", "best_loss", "stale", "validated", "experiment", "plan"}


class Checkpoint(NamedTuple):
    """Where a run stands after `step` outer steps. best: the meta-parameters of the best validation so far.

    card: step, seconds, best_step, best_loss, stale validations, the step validated last, experiment, plan.
    """

    meta: Meta
    optimizer: Tensors
    best: Meta | None
    card: dict[str, Any]


def save(path: Path, checkpoint: Checkpoint) -> tuple[str, int]:
    """Write and give back (sha256, bytes)."""
    from safetensors.torch import save as serialize

    tensors = {**_flat_meta(checkpoint.meta, "now"), **{f"optimizer/{k}": v for k, v in checkpoint.optimizer.items()}}
    if checkpoint.best is not None:
        tensors |= _flat_meta(checkpoint.best, "best")
    kept = {key: leaf.detach().cpu().contiguous().clone() for key, leaf in tensors.items()}
    payload = serialize(kept, {"headstart": json.dumps({"checkpoint": FORMAT, **checkpoint.card})})
    atomic_write(path, payload)
    return sha256_of(path), len(payload)


def load(path: Path, device: torch.device) -> Checkpoint:
    """Raises BadFile where the file is damaged or of a newer format."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="pt", device="cpu") as file:
            card = json.loads((file.metadata() or {})["headstart"])
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise BadFile(f"the checkpoint {path} cannot be read ({error}); choose an earlier one") from None
    if not isinstance(card, dict) or not card.keys() >= CARD:
        raise BadFile(f"{path} is no checkpoint of Headstart; choose one from the run's own folder")
    if card["checkpoint"] > FORMAT:
        raise BadFile(f"the checkpoint {path} was written by a newer version of Headstart; update the program")
    optimizer = {key.removeprefix("optimizer/"): leaf for key, leaf in tensors.items() if key.startswith("optimizer/")}
    best = _grouped_meta(tensors, "best", device) if any(key.startswith("best/") for key in tensors) else None
    return Checkpoint(_grouped_meta(tensors, "now", device), optimizer, best, card)


def check_fits(loaded: Meta, fresh: Meta, path: Path) -> None:
    """Names, shapes and dtypes against a freshly built one, before anything is touched."""
    for part in Meta._fields:
        ours, theirs = flat(getattr(fresh, part)), flat(getattr(loaded, part))
        if ours.keys() != theirs.keys() or any(
            ours[k].shape != theirs[k].shape or ours[k].dtype != theirs[k].dtype for k in ours
        ):
            raise BadFile(
                f"the checkpoint {path} belongs to another experiment: its tensors do not fit this network and method"
            )


def refuse_changed_data(card: dict[str, Any], spec: TaskSpec) -> None:
    """A run goes on with the data that it began with. Raises BadFile where a person's own are others by now."""
    began = card.get("tasks") or {}
    if began.get("encoding") is None:
        return
    now = json.loads(json.dumps(plain_spec(spec)))
    if any(began.get(part) != now[part] for part in ("encoding", "scaling", "names")):
        raise BadFile(
            f"the data have changed since the run began (it had {began['source']}); put them back as they were, or start a "
            "new run"
        )


def in_order_of(fresh: Meta, loaded: Meta) -> Meta:
    """The loaded tensors in the order of a freshly built one: a file keeps its own order, and sums over tensors (a norm
    that clips) would differ in their last bits."""

    def ordered(like: Groups, groups: Groups) -> Groups:
        return {group: {name: groups[group][name] for name in named} for group, named in like.items()}

    return Meta(*(ordered(like, groups) for like, groups in zip(fresh, loaded, strict=True)))


def _flat_meta(meta: Meta, prefix: str) -> Tensors:
    return {k: v for part in Meta._fields for k, v in flat(getattr(meta, part), f"{prefix}/{part}/").items()}


def _grouped_meta(tensors: Tensors, prefix: str, device: torch.device) -> Meta:
    def groups(part: str) -> Groups:
        found = grouped(tensors, f"{prefix}/{part}/")
        return {group: {name: leaf.to(device) for name, leaf in named.items()} for group, named in found.items()}

    return Meta(groups("learned"), groups("fixed"), groups("state"))
