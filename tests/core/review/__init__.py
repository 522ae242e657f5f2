"""What a reviewer broke, and how it has to hold."""
