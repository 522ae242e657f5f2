"""Settings of the window: look, data folder, device."""
