"""The history: what auditors ask of it, and what proves it (architecture §4)."""
