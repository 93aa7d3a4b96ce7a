"""Backups of a hub: made beside a running one, encrypted to a public key, restored into an empty folder (ADR 11)."""
