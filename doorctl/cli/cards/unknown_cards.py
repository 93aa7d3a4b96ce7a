"""Unknown cards that doors saw of late: told by a short code, and found again by it.

1. The code is the beginning of the card's credential key, which the opening of its record holds. Once that is erased,
   or past its days, nothing leads to the card any more.
2. A key from before the card keys were rotated is of no use: no door makes it of that card any more. A door that had
   not heard of the rotation yet may have made one after it, so the policy that it answered by counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
import typer
from msgspec.structs import replace

from doorctl.cli.desk import Desk, private_card
from doorctl.cli.evidence.record_questions import Wanted, pages, question_of
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.errors import Refused
from doorctl.wire.questions import Records
from doorctl.wire.results import RecordLine

LOOK_BACK = timedelta(days=7)
CODE_DIGITS, KEY_DIGITS = 8, 64


def _a_code(text: str | None) -> str | None:
    if text is None:
        return None
    code = text.strip().lower()
    if not CODE_DIGITS <= len(code) <= KEY_DIGITS or set(code) - set("0123456789abcdef"):
        raise typer.BadParameter(f"a code has {CODE_DIGITS} hex digits: `doorctl card last-unknown DOOR` tells it")
    return code


UnknownOption = Annotated[
    str | None,
    typer.Option(
        metavar="CODE", help="a card that a door did not know, by its code in card last-unknown", callback=_a_code
    ),
]
_HOUR = timedelta(hours=1)
_ROTATE = "card-keys-rotate"


class _Policy(msgspec.Struct):
    revision: int = 0
    age_seconds: float | None = None


class _Seen(msgspec.Struct):
    at: datetime
    reader: str = ""
    policy: _Policy | None = None


class _Act(msgspec.Struct):
    verb: str = ""
    revision: int | None = None


class _Done(msgspec.Struct):
    at: datetime
    act: _Act | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """An unknown card at a reader; without a credential key nothing leads to the card any more.

    ``revision`` is that of the policy which the door answered by, ``confirmed`` when the hub had said that it counts.
    """

    at: datetime
    reader: str
    credential: str | None
    revision: int = 0
    confirmed: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnknownCard:
    """A card that nobody has: when and where it was seen last, its code, and how often it was recorded."""

    at: datetime
    reader: str
    code: str | None
    last_hour: int
    last_days: int


async def unknown_cards(desk: Desk, door: str, *, at: datetime) -> list[UnknownCard]:
    """Return the unknown cards that a door has seen within ``LOOK_BACK``, the newest first. Raises Refused."""
    return by_card(await _sightings(desk, Wanted(door=door, reason=Reason.UNKNOWN_CARD), at=at), at=at)


def by_card(sightings: Iterable[Sighting], *, at: datetime) -> list[UnknownCard]:
    """Put the sightings of each card together, the newest first; those that lead to no card are one."""
    cards: dict[str | None, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        cards[sighting.credential].append(sighting)
    return sorted((_card(seen, at) for seen in cards.values()), key=lambda card: card.at, reverse=True)


async def given_card(desk: Desk, card: str | None, code: str | None) -> str:
    """Return the text of a card that is named, or one that a door did not know, by its code. Raises Refused."""
    if (card is None) == (code is None):
        raise typer.BadParameter("name the card, or with --unknown the code of one that a door did not know")
    return private_card(card).card if card is not None else await card_of_code(desk, code or "", at=datetime.now(UTC))


async def card_of_code(desk: Desk, code: str, *, at: datetime) -> str:
    """Return the text that names the unknown card of this code. Raises Refused ``unknown-card``."""
    seen = await _sightings(desk, Wanted(reason=Reason.UNKNOWN_CARD), at=at)
    found = {each.credential: each for each in seen if each.credential and each.credential.startswith(code)}
    if not found:
        raise Refused(
            "unknown-card",
            f"no unknown card of this code was recorded in the last {LOOK_BACK.days} days, or nothing leads to it "
            "any more (erased, or past its days): show the card at a door, then `doorctl card last-unknown DOOR`",
        )
    if len(found) > 1:
        raise Refused("unknown-card", f"{len(found)} unknown cards have this code: give more digits of the one meant")
    ((credential, newest),) = found.items()
    if await _was_rotated_since(desk, newest):
        raise Refused(
            "unknown-card",
            "the card keys were rotated since this card was shown, and no door knows it by this code any more: show "
            "it again at a door that is in touch with the hub, then `doorctl card last-unknown DOOR`",
        )
    return f"credential:{credential}"


async def _sightings(desk: Desk, wanted: Wanted, *, at: datetime) -> Sequence[Sighting]:
    since = int((at - LOOK_BACK).timestamp())
    question = replace(await question_of(desk, wanted), since=since)
    return [_sighting(line) async for page in pages(desk, question) for line in page.records]


async def _was_rotated_since(desk: Desk, seen: Sighting) -> bool:
    since = None if seen.confirmed is None else int(seen.confirmed.timestamp())
    async for page in pages(desk, Records(since=since, kind=RecordKind.COMMAND)):
        for line in page.records:
            done = msgspec.json.decode(line.leaf, type=_Done)
            if done.act is None or done.act.verb != _ROTATE or done.act.revision is None:
                continue
            if done.act.revision > seen.revision or done.at > seen.at:
                return True
    return False


def _sighting(line: RecordLine) -> Sighting:
    said = msgspec.json.decode(line.leaf, type=_Seen)
    policy = said.policy or _Policy()
    age = policy.age_seconds
    confirmed = None if age is None else said.at - timedelta(seconds=age)
    return Sighting(said.at, said.reader, line.credential, policy.revision, confirmed)


def _card(seen: Sequence[Sighting], at: datetime) -> UnknownCard:
    newest = max(seen, key=lambda each: each.at)
    code = newest.credential and newest.credential[:CODE_DIGITS]
    return UnknownCard(
        newest.at, newest.reader, code, sum(each.at > at - _HOUR for each in seen), last_days=len(seen)
    )
