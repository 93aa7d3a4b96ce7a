"""Verbs about cards."""
