"""One initialization: where it comes from, what it holds, how it adapts, and how it leaves."""
