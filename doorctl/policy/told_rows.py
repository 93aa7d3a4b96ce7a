"""Which rows of a policy tell of a person no more than an opaque id."""

BY_ID_ALONE = frozenset({"holder", "member", "grant", "erasure"})
"""Types of rows that say of a person nothing but the id: it belongs to nobody once that person is erased."""
