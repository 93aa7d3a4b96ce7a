"""What a link says of itself on its retained topic: unsigned, a hint for people, never a reason to act."""

from enum import StrEnum

import msgspec

from doorctl.policy.rows import UnixSeconds
from doorctl.wire.messages import Word


class LinkWord(StrEnum):
    """Whether a link has a broker, as far as anybody knows."""

    ONLINE = "online"
    OFFLINE = "offline"
    UNKNOWN = "unknown"
    """Nothing was heard; no link says so of itself."""


class LinkState(msgspec.Struct, frozen=True, omit_defaults=True):
    """A link's word, for which of its sessions, and when its certificate ends (seconds since 1970)."""

    link: LinkWord = LinkWord.UNKNOWN
    session: Word = ""
    certificate_expires: UnixSeconds | None = None
