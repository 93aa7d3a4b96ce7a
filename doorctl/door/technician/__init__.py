"""A technician at the controller itself: the local socket, what is shown there, and what may be tried."""
