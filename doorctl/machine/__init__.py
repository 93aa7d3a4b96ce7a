"""What is wrong with the computer that a controller runs on: its lines, pins, clock, disk, power and units."""
