"""Orders of admins, which the hub passes on."""
