"""Commands about zones, doors and the times by which they work."""
