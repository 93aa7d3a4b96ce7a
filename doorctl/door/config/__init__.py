"""What the door process reads of a controller's configuration file."""
