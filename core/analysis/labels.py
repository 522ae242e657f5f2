"""The words under an axis and over a column: one place, so that window, figures and tables say the same."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Label:
    """title: sentence case; unit: "" for numbers without one; lower_is_better: None where neither is."""

    title: str
    unit: str = ""
    lower_is_better: bool | None = None

    @property
    def text(self) -> str:
        """ "Training time (s)"."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


LABELS = {
    "step": Label("Outer step"),
    "seconds": Label("Training time", "s"),
    "tasks_seen": Label("Tasks seen"),
    "gradients": Label("Gradient evaluations"),
    "inner_step": Label("Inner step"),
    "loss": Label("Outer loss", lower_is_better=True),
    "validation": Label("Validation loss", lower_is_better=True),
    "query_loss": Label("Query loss", lower_is_better=True),
    "accuracy": Label("Query accuracy", "%", lower_is_better=False),
    "steps_per_second": Label("Speed", "outer steps/s", lower_is_better=False),
    "tasks_per_second": Label("Speed", "tasks/s", lower_is_better=False),
    "bytes": Label("Size", "bytes"),
}


def label(key: str) -> str:
    """The text for a key, or the key itself."""
    return LABELS[key].text if key in LABELS else key
