"""Forms built from the fields of settings models."""

from .flow import FlowGrid
from .fold import Fold
from .form import Form
from .row import FieldRow
from .segments import Segments
from .spec import FieldSpec, Sort, picked, plain, specs
from .words import complaint, from_text, to_text

__all__ = [
    "FieldRow",
    "FieldSpec",
    "FlowGrid",
    "Fold",
    "Form",
    "Segments",
    "Sort",
    "complaint",
    "from_text",
    "picked",
    "plain",
    "specs",
    "to_text",
]
