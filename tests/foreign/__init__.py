"""Other people's programs that read what our log writes: Go's sumdb, and aics-tlog."""
