"""Old cases: an officer contacts whoever handles one, and fetches its record (standard 3.3.c2)."""
