"""What is suspicious in the records, by which rules."""
