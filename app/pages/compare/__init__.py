"""Compare: runs side by side, on the same fixed test tasks."""
