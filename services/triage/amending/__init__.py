"""What becomes known of a case later: a better form, another incident."""
