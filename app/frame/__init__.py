"""The window around the pages: rail, status strip, palette, and the calm page for what went wrong."""
