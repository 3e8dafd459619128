"""What the privacy officer does in triage: persons, their erasure, and what they ask for."""
