"""Commands about visitors: what zones ask of their escorts, who may invite whom, and who comes and goes."""

from typing import Annotated

import msgspec

from doorctl.core.visitors import USUAL_ESCORT_SECONDS, USUAL_MOST_VISITORS, USUAL_VISIT_SECONDS
from doorctl.policy.rows import (
    EscortSeconds,
    MostGuests,
    MostVisitors,
    Name,
    SponsoredZones,
    StaySeconds,
    UnixSeconds,
    VisitSeconds,
)
from doorctl.wire.verb import VerbStruct

VisitedZones = Annotated[tuple[Name, ...], msgspec.Meta(max_length=16)]


class ZoneEscortSet(VerbStruct, frozen=True, tag="zone-escort-set"):
    """Say what a zone asks where visitors come: all of it anew."""

    zone: Name
    alone: bool = False
    seconds: EscortSeconds = USUAL_ESCORT_SECONDS
    most: MostVisitors = USUAL_MOST_VISITORS
    per_seconds: VisitSeconds = USUAL_VISIT_SECONDS
    group: Name | None = None


class VisitorSet(VerbStruct, frozen=True, tag="visitor-set"):
    """Make a holder a visitor, or say anew who may bring them: one holder, one group, or a zone's own.

    With ``sponsor`` they are a guest in that holder's name; without, in whose name they are stays as it is.
    """

    holder: Name
    escort: Name | None = None
    escort_group: Name | None = None
    sponsor: Name | None = None


class VisitorEnd(VerbStruct, frozen=True, tag="visitor-end"):
    """Let a holder be no visitor any more: from then on they need no escort, and no sponsor."""

    holder: Name


class SponsorSet(VerbStruct, frozen=True, tag="sponsor-set"):
    """Let guests be invited in a holder's name: into these zones, so many at once, each for so long."""

    holder: Name
    zones: SponsoredZones
    many: MostGuests
    seconds: StaySeconds


class SponsorRemove(VerbStruct, frozen=True, tag="sponsor-remove"):
    """Let nobody be invited in a holder's name any more; the guests who are there may enter nothing."""

    holder: Name


class HostSet(VerbStruct, frozen=True, tag="host-set"):
    """Say whose key that of an admin with the role host is: it invites guests in this holder's name alone."""

    holder: Name
    admin: Name


class HostEnd(VerbStruct, frozen=True, tag="host-end"):
    """Let an admin's key be this holder's no longer: it invites nobody."""

    holder: Name
    admin: Name


class DelegateSet(VerbStruct, frozen=True, tag="delegate-set"):
    """Let another holder invite in this one's name until a time, by the key of a host that is theirs."""

    holder: Name
    delegate: Name
    until: UnixSeconds


class DelegateEnd(VerbStruct, frozen=True, tag="delegate-end"):
    """Let another holder invite in this one's name no longer; guests who are there stay."""

    holder: Name
    delegate: Name


class VisitorIn(VerbStruct, frozen=True, tag="visitor-in"):
    """Let a visitor in to a host until a time, with a badge; handle, name and badge are private.

    The host brings the visitor, or the members of ``escort_group``, or with ``any_escort`` those whom each zone
    names. Into ``zones`` they are invited in the host's name.
    """

    holder: Name
    host: Name
    until: UnixSeconds
    zones: VisitedZones = ()
    escort_group: Name | None = None
    any_escort: bool = False


class VisitorOut(VerbStruct, frozen=True, tag="visitor-out"):
    """Take a badge (private) back and forget its visitor's rights; one that is ``lost`` leaves the pool."""

    lost: bool = False


HostVerb = SponsorSet | SponsorRemove | HostSet | HostEnd | DelegateSet | DelegateEnd
VisitVerb = ZoneEscortSet | VisitorSet | VisitorEnd | HostVerb | VisitorIn | VisitorOut
