"""The first help after a case is classified, and how to reach the person without any risk."""
