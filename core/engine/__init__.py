"""The engine: plans and tiers. `core.outer` says what is computed, the engine how."""
