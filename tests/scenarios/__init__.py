"""The same scenarios on every broker: one contract, and one file for each kind of broker."""
