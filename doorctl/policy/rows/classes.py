"""Rows that tell of classes: which readers and cards a zone takes, and of which class a card is."""

from typing import Annotated, ClassVar

import msgspec

from doorctl.core.classes import CardClass, ReaderClass
from doorctl.policy.rows.fields import CredentialKey, Name
from doorctl.policy.rows.policy_row import PolicyRow

ReaderClasses = Annotated[tuple[ReaderClass, ...], msgspec.Meta(max_length=16)]
CardClasses = Annotated[tuple[CardClass, ...], msgspec.Meta(max_length=16)]


class ZoneClassesRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="zone-classes"):
    """Which classes of readers and of cards a zone takes; where it names none, and without a row, it takes all."""

    table: ClassVar[str] = "zone_classes"
    primary_key: ClassVar[tuple[str, ...]] = ("zone",)
    level: ClassVar[int] = 5
    zone: Name
    reader_classes: ReaderClasses = ()
    card_classes: CardClasses = ()


class CredentialClassRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="credential-class"):
    """Of which class a holder's card is; without a row it is unknown."""

    table: ClassVar[str] = "credential_classes"
    primary_key: ClassVar[tuple[str, ...]] = ("key",)
    level: ClassVar[int] = 5
    key: CredentialKey
    holder: Name
    card_class: CardClass
