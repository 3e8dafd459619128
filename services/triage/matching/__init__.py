"""Old case or new: who we know already, found in memory and shown masked (standard 3.3)."""
