"""What the window's pages share: theme, settings, background work, the runner."""
