"""What the policy says of one person and a card of theirs: one statement for all that is asked about them."""

import sqlite3
from collections.abc import Mapping, Sequence, Set
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import msgspec

from doorctl.core.classes import CARD_CLASSES, CardClass
from doorctl.core.model import CardLimits, Credential, HeldPin, Holder, HolderTimes, Status
from doorctl.core.rules.threat import HIGHEST_CLEARANCE, LOWEST_CLEARANCE
from doorctl.policy.gathered import CARD, HOLDER, Subject

_STATUSES: Mapping[str, Status] = {status.value: status for status in Status}
_NEVER_TRAINED: Mapping[str, date] = {}


class Grantee(NamedTuple):
    """Somebody who may have grants: by these groups, and of their own for the zone of the door."""

    holder: Holder
    groups: tuple[str, ...] = ()
    has_own: bool = False


class Visiting(NamedTuple):
    """Who may bring a visitor, one or a group; and in whose name they are here, who may invite to ``zones``."""

    escort: str | None
    escort_group: str | None
    sponsor: str | None
    sponsored_by: Grantee | None = None
    zones: frozenset[str] = frozenset()


class Person(NamedTuple):
    """What is known of somebody; of a visitor what they are here for."""

    credential: Credential | None = None
    grantee: Grantee | None = None
    pin: HeldPin | None = None
    limits: CardLimits | None = None
    times: HolderTimes | None = None
    card_class: CardClass = CardClass.UNKNOWN
    clearance: int = LOWEST_CLEARANCE
    visiting: Visiting | None = None
    trained: Mapping[str, date] = _NEVER_TRAINED

    @property
    def holder(self) -> Holder | None:
        """Who it is."""
        return None if self.grantee is None else self.grantee.holder

    def is_of(self, group: str | None) -> bool:
        """Tell whether they belong to a group; to none, where there is none."""
        return self.grantee is not None and group in self.grantee.groups


NOBODY = Person()
_BY_CARD = 'credentials AS c LEFT JOIN holders AS h ON h.id = c.holder{sponsor} WHERE c."key" = :whose'
_BY_HOLDER = "holders AS h LEFT JOIN credentials AS c ON FALSE{sponsor} WHERE h.id = :whose"
_SPONSOR = " LEFT JOIN holders AS i ON i.id = json_extract({gathered}, '$.visiting[2]')"
_CARD_COLUMNS = 'c."key", c.holder, c.status, c.valid_from, c.valid_until'
_GRANTEE_COLUMNS = """{0}.id, {0}.status, {0}.valid_from, {0}.valid_until,
(SELECT json_group_array("group") FROM members WHERE holder = {0}.id),
EXISTS (SELECT 1 FROM grants WHERE holder = {0}.id AND zone = :zone)"""


class _SaidOfHolder(msgspec.Struct):
    """What is gathered of a holder (``doorctl.policy.gathered``)."""

    pin: tuple[str, str | None, int] | None = None
    times: HolderTimes | None = None
    clearance: int = LOWEST_CLEARANCE
    visiting: tuple[str | None, str | None, str | None] | None = None
    sponsoring: frozenset[str] | None = None
    trained: Mapping[str, date] = _NEVER_TRAINED


class _SaidOfCard(msgspec.Struct):
    """What is gathered of a card, with the holder who has it in that class."""

    limits: tuple[str, int | None, int | None] | None = None
    card_class: tuple[str, str] | None = None


class PersonQuery:
    """What a door asks about whoever comes, at one revision: one statement, made once."""

    def __init__(self, asked: Set[str], zone: str | None, *, gather_from: Set[str] | None = None) -> None:
        """Ask this, and who may have grants for a zone.

        Where what is said of people is not gathered, ``gather_from`` are all tables.
        """
        self._asked = asked
        self._zone = zone
        columns, sponsor = _columns(asked, gather_from)
        self._by_card, self._by_holder = (
            f"SELECT {columns} FROM {whose.format(sponsor=sponsor)}"  # noqa: S608 - our own words
            for whose in (_BY_CARD, _BY_HOLDER)
        )

    def with_card(self, connection: sqlite3.Connection, key: bytes | None) -> Person:
        """Return whose a card is. Raises sqlite3.Error, and what damaged rows make of it."""
        return self._person(connection.execute(self._by_card, {"whose": key, "zone": self._zone}).fetchone())

    def by_id(self, connection: sqlite3.Connection, holder: str) -> Person:
        """Return what is known of a holder, without a card. Raises as ``with_card``."""
        return self._person(connection.execute(self._by_holder, {"whose": holder, "zone": self._zone}).fetchone())

    def _person(self, row: tuple[Any, ...] | None) -> Person:
        if row is None:
            return NOBODY
        card, grantee, sponsor = row[:5], row[7:13], row[13:]
        asked, of_card, of_holder = self._asked, _of_card(row[5]), _of_holder(row[6])
        return Person(
            credential=None if card[0] is None else _credential(*card),
            grantee=None if grantee[0] is None else _grantee(*grantee),
            pin=_pin(of_holder.pin) if "pin" in asked else None,
            limits=None if of_card.limits is None else CardLimits(*of_card.limits),
            times=of_holder.times,
            card_class=_card_class(of_card.card_class, card[1]) if "card_class" in asked else CardClass.UNKNOWN,
            clearance=_clearance(of_holder.clearance) if "clearance" in asked else LOWEST_CLEARANCE,
            visiting=_visiting(of_holder.visiting, sponsor) if "visiting" in asked else None,
            trained=of_holder.trained if "trained" in asked else _NEVER_TRAINED,
        )


def time_in(seconds: int | None) -> datetime | None:
    """Read a time."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _columns(asked: Set[str], gather_from: Set[str] | None) -> tuple[str, str]:
    """Write what is to be selected, and the join that finds a guest's sponsor; what nothing asks is not read."""

    def gathered_of(subject: Subject, row: str) -> str:
        if asked.isdisjoint(subject.parts):
            return "NULL"
        return f"{row}.gathered" if gather_from is None else subject.gathered(row, out_of=gather_from)

    of_holder = gathered_of(HOLDER, "h")
    columns = [_CARD_COLUMNS, gathered_of(CARD, "c"), of_holder, _GRANTEE_COLUMNS.format("h")]
    if "visiting" not in asked:
        return ", ".join(columns), ""
    columns += [gathered_of(HOLDER, "i"), _GRANTEE_COLUMNS.format("i")]
    return ", ".join(columns), _SPONSOR.format(gathered=of_holder)


def _credential(key: bytes, holder: str, status: str, valid_from: int | None, valid_until: int | None) -> Credential:
    return Credential(key, holder, _status(status), time_in(valid_from), time_in(valid_until))


def _grantee(  # noqa: PLR0917 - the columns of one row
    id_: str, status: str, valid_from: int | None, valid_until: int | None, groups: str, has_own: int
) -> Grantee:
    holder = Holder(id_, _status(status), time_in(valid_from), time_in(valid_until))
    return Grantee(holder, _names.decode(groups), bool(has_own))


def _status(word: str) -> Status:
    return _STATUSES.get(word, Status.SUSPENDED)


def _of_holder(text: str | None) -> _SaidOfHolder:
    return _NOTHING_OF_HOLDER if text is None else _holder_decoder.decode(text)


def _of_card(text: str | None) -> _SaidOfCard:
    return _NOTHING_OF_CARD if text is None else _card_decoder.decode(text)


def _pin(pin: tuple[str, str | None, int] | None) -> HeldPin | None:
    if pin is None:
        return None
    key, duress, ring_keys = pin
    return HeldPin(bytes.fromhex(key), None if duress is None else bytes.fromhex(duress), ring_keys)


def _card_class(of_card: tuple[str, str] | None, holder: str) -> CardClass:
    if of_card is None:
        return CardClass.UNKNOWN
    card_class, whose = of_card
    return CARD_CLASSES.get(card_class, CardClass.UNKNOWN) if whose == holder else CardClass.UNKNOWN


def _clearance(clearance: int) -> int:
    return LOWEST_CLEARANCE if clearance > HIGHEST_CLEARANCE else clearance


def _visiting(who: tuple[str | None, str | None, str | None] | None, sponsor: Sequence[Any]) -> Visiting | None:
    """Tell what a visitor is here for; who is a visitor, or may not invite, sponsors nobody."""
    if who is None:
        return None
    of_sponsor = _of_holder(sponsor[0])
    if of_sponsor.sponsoring is None or of_sponsor.visiting is not None:
        return Visiting(*who)
    return Visiting(*who, _grantee(*sponsor[1:]), of_sponsor.sponsoring)


_NOTHING_OF_HOLDER, _NOTHING_OF_CARD = _SaidOfHolder(), _SaidOfCard()
_holder_decoder = msgspec.json.Decoder(_SaidOfHolder)
_names = msgspec.json.Decoder(tuple[str, ...])
_card_decoder = msgspec.json.Decoder(_SaidOfCard)
