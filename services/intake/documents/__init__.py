"""Papers people bring, and scans of them as evidence; none of it ever holds anything up."""
