"""What limits a card beyond its dates, and what doors do otherwise for a holder."""

from typing import ClassVar

from doorctl.policy.rows.fields import (
    CredentialKey,
    FirstUseSeconds,
    HeldOpenSeconds,
    Name,
    ReleaseSeconds,
    UnixSeconds,
    Uses,
)
from doorctl.policy.rows.policy_row import PolicyRow


class CredentialLimitsRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="credential-limits"):
    """How often a card lets in, and for how long from the first time on; a card without one has no such limit.

    Each controller counts uses under ``id``, from ``since`` on: another id begins anew. It stays the same where the
    key of the card is made anew, or another card takes its place.
    """

    table: ClassVar[str] = "credential_limits"
    primary_key: ClassVar[tuple[str, ...]] = ("key",)
    level: ClassVar[int] = 5
    key: CredentialKey
    holder: Name
    id: Name
    since: UnixSeconds
    uses: Uses | None = None
    first_use_seconds: FirstUseSeconds | None = None

    def __post_init__(self) -> None:
        """It limits something."""
        if self.uses is None and self.first_use_seconds is None:
            raise ValueError("limits of a card are a number of uses, a time from the first one on, or both")


class HolderTimesRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="holder-times"):
    """For how long a holder has the strike released, and a door stays open behind them, where that is longer there.

    Nothing tells why: that would be a matter of health.
    """

    table: ClassVar[str] = "holder_times"
    primary_key: ClassVar[tuple[str, ...]] = ("holder",)
    level: ClassVar[int] = 5
    holder: Name
    release_seconds: ReleaseSeconds | None = None
    held_open_seconds: HeldOpenSeconds | None = None
