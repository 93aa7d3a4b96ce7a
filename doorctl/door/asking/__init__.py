"""Who asks at doors and in cabins, and what is remembered of them."""
