"""The policy and the trust as the door reads them."""
