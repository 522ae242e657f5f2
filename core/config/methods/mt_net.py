"""Settings of T-net and MT-net."""

from typing import TYPE_CHECKING, Literal

from ..base import setting
from .base import Complaint, MethodSettings, needs_adaptation

if TYPE_CHECKING:
    from ..experiment import Experiment


class MtNet(MethodSettings):
    """MT-net (Lee, Choi 2018): a learned metric in every layer, and masks of which units adapt; T-net without masks."""

    kind: Literal["mt-net"] = "mt-net"
    masks: Literal["unit", "weight", "none"] = setting(
        "unit",
        "unit: a unit's incoming weights and its offset move together or not at all (MT-net). weight: every weight has its "
        "own chance (the paper's full variant). none: everything moves (T-net).",
        title="Masks",
        words={"unit": "by unit", "weight": "by weight"},
    )
    draws: Literal["task", "step"] = setting(
        "task",
        "Draw a task's masks once, or anew at every inner step (as the released code does for masks by weight).",
        title="Drawn",
        words={"task": "once a task", "step": "at every step"},
    )
    metric: bool = setting(
        True, "Learn the map T behind each layer; without it only masks are learned (M-net).", title="Learned metric"
    )
    update_probability: float = setting(
        0.5, "Chance of a unit to move, before training.", title="Initial chance", gt=0, lt=1, advanced=True
    )
    temperature: float = setting(
        1.0,
        "Softness of the masks' gradient; the masks themselves do not depend on it.",
        title="Temperature",
        gt=0,
        le=100,
        advanced=True,
    )

    def beyond(self, experiment: "Experiment", shapes: dict[str, tuple[int, ...]]) -> int:
        return sum(shape[0] ** 2 for shape in shapes.values() if len(shape) > 1) if self.metric else 0

    def complaints(self, experiment: "Experiment") -> list[Complaint]:
        found = needs_adaptation(experiment, self.kind)
        if self.masks == "none" and not self.metric:
            sentence = "without masks and metric this is MAML; choose masks = 'unit', or method.kind = 'maml'"
            found.append(Complaint("method.metric", sentence, blocking=False))
        return found
