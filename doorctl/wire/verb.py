"""What all that an admin can ask of the hub has in common."""

import msgspec


class VerbStruct(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="verb"):
    """One thing that an admin can ask for; its tag is its word in commands and documents."""
