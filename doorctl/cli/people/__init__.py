"""Commands about people and groups, and about visitors and whoever invites them."""
