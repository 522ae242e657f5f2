"""Files that come (back) into a catalog: initializations, programs, and plain state dicts as starting points.

What comes in is checked against its card, or against the network of an experiment, before a row is written.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.config import Experiment
from core.errors import BadExperiment, BadFile
from core.storage.records import InitializationRecord

from .words import PROGRAMS

if TYPE_CHECKING:
    from core.storage.catalog import Catalog

ENDINGS = (".safetensors", ".pt", *PROGRAMS)
MOST_BYTES = 8 * 2**30


def take(
    catalog: "Catalog",
    source: Path,
    *,
    experiment: Experiment | None = None,
    name: str | None = None,
    told: Callable[[str], None] = lambda sentence: None,
) -> InitializationRecord:
    """A copy of `source` in the catalog. experiment: the network that a plain state dict belongs to; name: left out, it is the
    file's own, made distinct where the catalog has it already, so that it can be referred to; told hears of that.

    Raises BadFile for what is damaged or no such file, BadExperiment where names or shapes do not fit or the experiment is
    missing; nothing is kept then.
    """
    from core.storage.names import new_id

    _refuse(source)
    target = catalog.initializations_folder / f"imported-{new_id()}.safetensors"
    try:
        card = _take(source, target, experiment, catalog.folder)
        return _row(catalog, target, card, name or _free_name(catalog, _name(source, card), told))
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def is_plain(source: Path) -> bool:
    """Tensors alone, so that `take` needs an experiment. Raises BadFile for what is no such file."""
    _refuse(source)
    return source.suffix == ".pt" or (source.suffix == ".safetensors" and not _has_card(source))


def _refuse(source: Path) -> None:
    if os.path.isdir(source):
        raise BadFile(f"{source} is a folder; name one of its files")
    if not os.path.isfile(source):  # false for a name that is too long, too
        raise BadFile(f"there is no file {source}")
    if source.suffix not in ENDINGS:
        raise BadFile(
            f"{source.name}: nothing with this ending is imported; choose a file that ends in {', '.join(ENDINGS)}"
        )
    if source.stat().st_size > MOST_BYTES:
        raise BadFile(f"{source.name} is larger than {MOST_BYTES // 2**30} GiB; that is no initialization")


def _take(source: Path, target: Path, experiment: Experiment | None, data_folder: Path) -> dict[str, Any]:
    from core.deploy import load, read_card
    from core.storage.files import atomic_write

    if source.suffix in PROGRAMS:
        _from_program(source, target)
    elif source.suffix == ".safetensors" and _has_card(source):
        load(source)
        atomic_write(target, source.read_bytes())
    else:
        _from_state_dict(source, target, experiment, data_folder)
    load(target)
    return read_card(target)


def _from_program(source: Path, target: Path) -> None:
    """The initialization that the program was exported from, put together again."""
    from pydantic import ValidationError

    from core import tree
    from core.deploy import write
    from core.stored_card import StoredCard, first_fault
    from core.types import Meta

    from .stored import read_program

    card, tensors = read_program(source)
    try:
        stored = StoredCard.model_validate(card)
    except ValidationError as error:
        raise BadFile(f"{source.name} has a card that this version cannot read ({first_fault(error)})") from None
    net, partition = _net_of(stored.experiment, stored.spec)
    meta = Meta(*(tree.grouped(tensors, f"{part}/") for part in Meta._fields))
    try:
        write(target, meta, net, partition, {key: value for key, value in card.items() if key != "program"})
    except (KeyError, RuntimeError) as error:
        raise BadFile(f"{source.name}: its tensors are not those of its card ({error})") from None


def _net_of(experiment: Experiment, spec: Any) -> Any:
    from core.nets import build
    from core.training.assembly import methods_for
    from core.types import DTYPES

    net = build(experiment.network, spec, dtype=DTYPES[experiment.engine.precision])
    return net, methods_for(experiment, spec, net)[2]


def _has_card(source: Path) -> bool:
    """Raises BadFile for what is no .safetensors file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(source), framework="np") as file:
            return "headstart" in (file.metadata() or {})
    except (SafetensorError, OSError, ValueError) as error:
        raise BadFile(f"{source.name} is not a readable .safetensors file ({error})") from None


# plain state dicts


def _from_state_dict(source: Path, target: Path, experiment: Experiment | None, data_folder: Path) -> None:
    """As an initialization by joint training: the plain network, which its experiment's recipe fine-tunes at use."""
    from core.card import make_card
    from core.config import parse
    from core.deploy import write
    from core.nets import module_source
    from core.training.assembly import assemble
    from core.types import Meta

    from .weights import fitting, listed, state_dict

    if experiment is None:
        raise BadExperiment(
            f"{source.name} holds tensors alone; say what network they are of with --experiment (a preset's name or a .toml file)"
        )
    weights = state_dict(source)
    plain = experiment.plain()
    kept_subset = {key: value for key, value in plain.get("subset", {}).items() if key == "adapt"}
    plain |= {"method": {"kind": "pooled"}, "subset": kept_subset}
    parts = assemble(parse(plain), data_folder, learned=True)
    kept = fitting(weights, parts.net, source.name)
    lacking = [name for name in parts.net.shapes if name not in kept]
    if lacking:
        raise BadExperiment(f"{source.name} lacks {listed(lacking)} of the experiment's network")
    frozen = set(parts.partition.frozen)
    learned = {name: leaf for name, leaf in kept.items() if name not in frozen}
    fixed = {name: leaf for name, leaf in kept.items() if name in frozen}
    card = make_card(
        parts.experiment, parts.spec, parts.partition, parts.net.shapes, run="", step=0,
        module=module_source(parts.experiment.network, parts.spec), evaluation=None,
    )  # fmt: skip
    card["provenance"] |= {"run": None, "imported_from": source.name}
    write(target, Meta({"init": learned}, {"init": fixed} if fixed else {}, {}), parts.net, parts.partition, card)


# the row


def _name(source: Path, card: dict[str, Any]) -> str:
    return str(card.get("title") or source.stem) if source.suffix != ".pt" else source.stem


def _free_name(catalog: "Catalog", wanted: str, told: Callable[[str], None]) -> str:
    from core.storage.names import clean_name, distinct_name

    known = [record.name for listed in (False, True) for record in catalog.initializations(trashed=listed)]
    wanted = clean_name(wanted)
    found = distinct_name(wanted, known, "imported")
    if found != wanted:
        told(f"{wanted!r} is in the catalog already; this one is called {found!r}")
    return found


def _row(catalog: "Catalog", path: Path, card: dict[str, Any], name: str) -> InitializationRecord:
    """Its run, where this catalog knows it."""
    from core.errors import NotFound

    origin, experiment = card.get("provenance", {}), card["experiment"]
    run = origin.get("run") or None
    try:
        known = catalog.run(run).id if run else None
    except NotFound:
        known = None
    loss, accuracy = _results(card)
    step = origin.get("outer_step")
    return catalog.add_initialization(
        path, name=name, run=known, step=step if isinstance(step, int) else 0, method=experiment["method"]["kind"],
        tasks=experiment["tasks"]["kind"], network=experiment["network"]["kind"], loss=loss, accuracy=accuracy,
    )  # fmt: skip


def _results(card: dict[str, Any]) -> tuple[float | None, float | None]:
    """After the recipe's steps, as the card's evaluation has them."""
    found: Any = card.get("evaluation")
    at = card["adaptation"]["steps"]

    def mean(kind: str) -> float | None:
        try:
            return float(found[kind][at]["mean"])
        except (TypeError, KeyError, IndexError, ValueError):
            return None

    return mean("loss"), mean("accuracy")
