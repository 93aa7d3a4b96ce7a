"""State machines: what a door, a cabin, a keypad and a reader in enrolment do with each event."""
