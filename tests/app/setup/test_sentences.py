"""What is wrong, as whole sentences."""

import pytest

from app.pages.setup.draft import as_sentence
from core.config import Problem


@pytest.mark.parametrize(
    ("field", "kind", "told", "shown"),
    [
        ("tasks.path", "table", "is missing; choose a table", "Table is missing; choose a table."),
        ("tasks.path", "images", "is missing; choose a folder", "Folder or archive is missing; choose a folder."),
        ("tasks.path", "", "is missing", "Location is missing."),
        ("", "", "the steps are too many", "The steps are too many."),
        ("inner.steps", "", "Steps is -1; it must be a whole number", "Steps is -1; it must be a whole number."),
        ("nowhere.some_thing", "", "is odd", "Some thing is odd."),
    ],
)
def test_a_complaint_names_its_field_as_the_page_does(field, kind, told, shown):
    assert as_sentence(Problem(field, told), kind).sentence == shown
