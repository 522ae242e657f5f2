"""The catalog: runs and initializations as two tables, with a trash."""
