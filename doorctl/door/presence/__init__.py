"""Who passed, and who is inside."""
