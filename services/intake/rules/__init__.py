"""What the office publishes: its standard and its rules, in versions two people agree on."""
