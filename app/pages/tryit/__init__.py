"""Try it: a learned initialization on a new task, step by step, beside other starts."""
