"""A hostile broker between the real hub and real keepers; its chance has a seed, so what it did can be done again."""
