"""Names that a widget must not take."""

import re
from pathlib import Path

APP = Path(__file__).resolve().parents[2] / "app"
VIRTUALS = "metric|devType|paintEngine|initPainter|redirected|sharedPainter|sizeHint|minimumSizeHint|hasHeightForWidth"


def test_no_attribute_hides_a_virtual_of_qt():
    """Qt calls these while it paints; an attribute of that name is called instead, and the program dies."""
    taken = [
        f"{path.relative_to(APP)}: {found}"
        for path in APP.rglob("*.py")
        for found in re.findall(rf"self\.(?:{VIRTUALS})\s*(?::[^=\n]+)?=[^=]", path.read_text(encoding="utf-8"))
    ]
    assert not taken
