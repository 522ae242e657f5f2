"""Network: the kinds that fit the tasks, their settings, and what comes out of them."""

from typing import Any

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.widgets.text import label

from . import offers
from .cards import ChoiceCards
from .kind_step import KindStep
from .step import sign
from .view import View

_NORMS = {
    "batch": "Batch norm: statistics of whatever batch is at hand, so the queries of a task help each other "
    "(transductive). Compare only with runs that do the same.",
    "support": "Batch norm: statistics of the support set serve the queries too, so each query stands alone. Compare "
    "only with runs that do the same.",
    "running": "Batch norm: statistics gathered in pretraining and held, so no example touches another. Only for methods "
    "that are pretrained.",
    "layer": "Layer norm: each example by itself; no statistics are shared between examples.",
    "none": "No normalization: examples never influence each other.",
}


class NetworkStep(KindStep):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "network",
            "Network",
            "",
            ChoiceCards(offers.networks(), "setup.network.kind", narrowest=180, most=3, picture_height=44),
            parent,
        )
        self.left_out = sign("", "caption", "setup.network.left_out")
        self.facts = label("", "body", wrap=True)
        self.facts.setObjectName("setup.network.facts")
        self.norm = label("", "muted", wrap=True)
        self.norm.setObjectName("setup.network.policy")
        for part in (self.cards, self.left_out, self.kind, self.facts, self.norm):
            self.body.addWidget(part)

    @override
    def show_view(self, view: View) -> None:
        chosen = view.draft.kind("network")
        fitting = offers.fitting(offers.task_type(view.draft.kind("tasks")))
        offered = [*fitting, *([chosen] if isinstance(chosen, str) and chosen not in fitting else [])]
        self.cards.set_offered(offered)
        self.cards.set_chosen(chosen)
        others = [choice.title for choice in offers.networks() if choice.kind not in offered]
        self.left_out.setText(f"Not for these tasks: {'; '.join(others)}." if others else "")
        self.left_out.setVisible(bool(others))
        self.kind.show_kind(view.shown_values())
        super().show_view(view)
        self.facts.setText(_facts(view))
        if view.fresh:
            self.cards.set_notes({kind: f"{count:,} parameters" for kind, count in _sizes(view, chosen).items()})
        self.norm.setText(_NORMS.get(str(view.shown.get("network.norm")), ""))


def _sizes(view: View, chosen: object) -> dict[str, int]:
    """Parameters by kind: of the chosen one as it is set, of the others as they come."""
    found = dict(view.sizes)
    if isinstance(chosen, str) and view.description is not None:
        found[chosen] = sum(row.count for row in view.description.tensors)
    return found


def _facts(view: View) -> str:
    """Parameters, input and output of the network."""
    description = view.description
    if description is None:
        return "Counting parameters…" if view.checking else "The parameters are counted once the settings can be used."
    count = sum(row.count for row in description.tensors)
    return f"{count:,} parameters in {len(description.tensors)} tensors. {_shapes(description.spec)}"


def _shapes(spec: Any) -> str:
    size = " × ".join(str(part) for part in spec.input_shape)
    outputs = f"{spec.outputs} {'class scores' if spec.task_type == 'classification' else 'number'}"
    if spec.task_type == "regression" and spec.outputs != 1:
        outputs += "s"
    return f"Input {size or '1'}, output {outputs}."
