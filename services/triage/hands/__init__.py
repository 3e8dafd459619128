"""A complaint changes hands: its officer lets go of it, or a supervisor passes it on."""
