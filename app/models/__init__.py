"""Item models over the catalog's dataclasses, and numbers in words."""
