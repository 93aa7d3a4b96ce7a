"""The whole system as real processes: broker, hub, link, keeper, door and readers, and what is done to them."""
