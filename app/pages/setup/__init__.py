"""Set up: tasks, network, method, subset, loops and budget of a run, with its reasons and its price."""
