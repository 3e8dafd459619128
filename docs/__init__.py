"""What the code says of itself, and why it is as it is."""
