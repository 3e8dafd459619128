"""What is decided about a case after it was classified, and what is put right."""
