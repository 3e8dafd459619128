"""NATS in earnest: its configuration, its users, and what each of them may do."""
