"""Pictures that a person brings: where they lie, what their folders mean, and how they become bytes of one size."""
