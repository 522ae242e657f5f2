"""Cached features: where the body is frozen and the method looks at nothing else, each picture goes through it once.

The method stays what it is, built on a network whose body is the identity; its meta-parameters keep the whole body, so that
checkpoints and initializations are those of the whole network, and the numbers those of the uncached way.

One file a body and data set, data_folder/cache/features/KEY.safetensors: "features" [rows, feature_size], a row being a
picture (or a picture in one of its quarter turns, 4 * picture + turn), pictures class after class; "first", "amount" of each
class's pictures [classes]. Features are stored as the body gives them: a method that wants them normalized does so itself.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from core.engine.plan import Plan, choose
from core.errors import CoreError
from core.storage.files import atomic_write, make_folder
from core.types import Meta, Net, TaskSplits, Tensors

from .assembly import Assembly, Cost, asks_for_pretraining, methods_for

FORMAT = 1
CHUNK = 250
LAYER, NORMALISATION = "features", "none"


def usable(parts: Assembly) -> bool:
    """Is the body the same in all tasks and steps, and does the method read its features alone?"""
    experiment = parts.experiment
    held = asks_for_pretraining(experiment) and experiment.method.holds_body(experiment)
    alone = getattr(experiment.method, "features_only", False) and set(parts.partition.adapted) <= set(parts.net.head)
    steady = getattr(experiment.network, "norm", "none") not in ("batch", "support")
    return held and alone and steady and parts.splits.pool is not None and experiment.engine.features == "auto"


def on_features(
    parts: Assembly,
    meta: Meta,
    data_folder: Path,
    phase: Callable[[str], None],
    check: Callable[[], None],
    *,
    replayed: bool,
) -> Assembly:
    """The same assembly with features in place of pictures, where that is `usable`; else as it is. replayed: its plan is a
    stored one and stays."""
    if not usable(parts):
        return parts
    pool = parts.splits.pool
    assert pool is not None
    features = cached(parts, meta.fixed["init"], data_folder, phase, check)
    kept = {part: pool.with_features(part, getattr(parts.splits, part).spec, features) for part in pool.ids}
    splits = TaskSplits(kept["train"], kept["validation"], kept["test"])
    net = head_alone(parts.net)
    method, baseline, partition, loss = methods_for(parts.experiment, parts.spec, net)
    cost = _cost(parts)
    plan = parts.plan if replayed else _plan(parts, cost)
    return parts._replace(
        splits=splits, net=net, method=method, baseline=baseline, partition=partition, loss=loss, plan=plan, cost=cost,
        pictures=parts.splits,
    )  # fmt: skip


def head_alone(net: Net) -> Net:
    """The network that takes features [examples, feature_size] for inputs. Names, shapes and start stay those of the whole."""
    assert net.readout is not None
    return net._replace(
        apply=net.readout, features=_as_they_are, input_shape=(net.feature_size,), moments=None, seen=None
    )


def _as_they_are(weights: Tensors, x: Tensor) -> Tensor:
    return x


def _cost(parts: Assembly) -> Cost:
    """Of the head alone."""
    support, query = _examples(parts)
    steps = max(1, parts.experiment.inner.steps)
    return Cost(_forward(parts) * (support * steps * 9 + query * 3), 8.0 * parts.net.feature_size * (support + query))


def _plan(parts: Assembly, cost: Cost) -> Plan:
    """A head is small: all tasks in one vectorised pass."""
    experiment, (support, query) = parts.experiment, _examples(parts)
    return choose(
        experiment.engine, kind="mlp", meta_batch=experiment.outer.meta_batch, steps=experiment.inner.steps,
        task_flops=cost.flops, evaluation_flops=_forward(parts) * (3 * support + query), task_bytes=cost.bytes,
        device=parts.device,
    )  # fmt: skip


def _forward(parts: Assembly) -> float:
    """Floating point operations of the head on one example."""
    return 2.0 * parts.net.feature_size * parts.spec.outputs


def _examples(parts: Assembly) -> tuple[int, int]:
    """Of a task's support and query set."""
    return parts.spec.shots * parts.spec.outputs, parts.spec.queries * parts.spec.outputs


# the cache


def cached(
    parts: Assembly, weights: Tensors, data_folder: Path, phase: Callable[[str], None], check: Callable[[], None]
) -> Tensor:
    """Features of all pictures [rows, feature_size] on the device: from the file, else computed and kept."""
    path = data_folder / "cache" / "features" / f"{key_of(parts, weights)}.safetensors"
    found = _read(path, parts)
    if found is None:
        found = compute(parts, weights, phase, check)
        _keep(path, parts, found)
    return found.to(parts.device)


def key_of(parts: Assembly, weights: Tensors) -> str:
    """[16 hex digits] of network, weights, layer, normalization and pictures."""
    seen, pool = hashlib.sha256(), parts.splits.pool
    assert pool is not None
    network = parts.experiment.network.model_dump(mode="json", exclude={"head", "init"})
    facts = [FORMAT, network, LAYER, NORMALISATION, pool.digest(), str(parts.dtype)]
    seen.update(json.dumps(facts, sort_keys=True).encode())
    for name in sorted(set(weights) - set(parts.net.head)):
        seen.update(name.encode())
        seen.update(weights[name].detach().cpu().contiguous().numpy().data)
    return seen.hexdigest()[:16]


def compute(parts: Assembly, weights: Tensors, phase: Callable[[str], None], check: Callable[[], None]) -> Tensor:
    """Every picture through the body, a chunk at a time. [rows, feature_size] on the CPU."""
    pool, features = parts.splits.pool, parts.net.features
    assert pool is not None
    assert features is not None
    rows, found, told = torch.arange(pool.rows, device=parts.device), [], -1
    for some in torch.split(rows, CHUNK):
        check()
        share = 100 * int(some[0]) // pool.rows // 5 * 5
        if share != told:
            phase(f"computing the features of all pictures: {share} %")
            told = share
        with torch.no_grad():
            found.append(features(weights, pool.at(some)).cpu())
    return torch.cat(found)


def _keep(path: Path, parts: Assembly, features: Tensor) -> None:
    """Where nothing can be written the run goes on without."""
    from contextlib import suppress

    from safetensors.torch import save

    pool = parts.splits.pool
    assert pool is not None
    card = {
        "features": FORMAT, "layer": LAYER, "normalisation": NORMALISATION, "turned": pool.turned,
        "network": parts.experiment.network.model_dump(mode="json"), "source": parts.spec.source,
    }  # fmt: skip
    tensors = {
        "features": features.contiguous(),
        "first": pool.pictures.first.cpu().contiguous(),
        "amount": pool.pictures.amount.cpu().contiguous(),
    }
    with suppress(CoreError):
        make_folder(path.parent)
        atomic_write(path, save(tensors, {"headstart": json.dumps(card)}))


def _read(path: Path, parts: Assembly) -> Tensor | None:
    """None where there is no such file, or not a whole one of the right size."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    pool = parts.splits.pool
    assert pool is not None
    try:
        features: Tensor = load_file(path)["features"]
    except (OSError, SafetensorError, KeyError):
        return None
    return features if features.shape == (pool.rows, parts.net.feature_size) and features.dtype == parts.dtype else None
