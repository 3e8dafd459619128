"""Whether a complaint went through the procedure of the standard: which steps, when, how fast."""
