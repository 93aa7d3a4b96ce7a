"""What inputs tell, and how signals are shown."""
