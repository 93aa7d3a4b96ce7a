"""What every row of a policy is."""

from typing import ClassVar

import msgspec


class PolicyRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row as it stands in a table and travels in a change, named by its tag."""

    table: ClassVar[str]
    primary_key: ClassVar[tuple[str, ...]]
    level: ClassVar[int] = 1
    """The feature level that knows this type of row."""
