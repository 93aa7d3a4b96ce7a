"""What is asked about persons' data: to erase somebody, how far that has come, and all that is held about one."""

from doorctl.policy.rows import Name
from doorctl.wire.verb import VerbStruct


class PersonErase(VerbStruct, frozen=True, tag="person-erase"):
    """Erase a holder: rows, name, cards, and all that leads from records to the person; for ever."""

    holder: Name


class ErasureOf(VerbStruct, frozen=True, tag="erasure-of"):
    """Ask where a holder has been erased, and what no erasure reaches: silent controllers, backups, exports."""

    holder: Name
