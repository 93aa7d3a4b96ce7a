"""Erasing a person at the hub."""
