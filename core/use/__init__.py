"""A learned initialization on new data: reading it, adapting to it, looking at every step, and saying what came of it."""
