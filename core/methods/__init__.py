"""Meta-learning methods: one file an algorithm, one entry in the registry."""
