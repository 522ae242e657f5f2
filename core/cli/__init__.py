"""The command line: each command is a thin skin over one call into core. `main` gives back the exit code."""


def main(argv: list[str] | None = None) -> int:
    """argv: without the program's name; None for that of the process."""
    from .app import run

    return run(argv)
