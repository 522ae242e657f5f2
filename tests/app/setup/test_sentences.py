"""What is wrong, as whole sentences."""

import pytest

from app.pages.setup.draft import as_sentence
from core.config import Problem


@pytest.mark.parametrize(
    ("field", "told", "shown"),
    [
        ("tasks.path", "is empty; choose a table", "Where it lies is empty; choose a table."),
        ("", "the steps are too many", "The steps are too many."),
        ("inner.steps", "Steps is -1; it must be a whole number", "Steps is -1; it must be a whole number."),
        ("nowhere.some_thing", "is odd", "Some thing is odd."),
    ],
)
def test_a_complaint_names_its_field(field, told, shown):
    assert as_sentence(Problem(field, told)).sentence == shown
