"""Who agreed to what for a child: written down, looked up, and missed where it is not there."""
