"""Reads a whole site from the hub, at one revision."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice

from doorctl.cli.desk import Desk, private
from doorctl.cli.output import counting
from doorctl.errors import Refused
from doorctl.site.present import LISTS, Base, Row, base_of, rows_of, rules_digest, state_from
from doorctl.site.state import SiteState
from doorctl.wire.privacy import RetentionFound, RetentionOf
from doorctl.wire.questions import CredentialKeys, SitePage
from doorctl.wire.results import CardKeyList, PackedPage

MOST_TRIES = 5
CARDS_PER_QUESTION = 700


async def present_state(desk: Desk) -> tuple[SiteState, Base]:
    """Return the site and where its policy stands. Raises Refused ``site-moved`` when it never rests."""
    for _ in range(MOST_TRIES):
        lists: dict[str, list[Row]] = {}
        bases, ring = set(), 1
        with counting("reading the site") as read:
            for what in LISTS:
                lists[what] = []
                async for page in desk.pages(SitePage(what), PackedPage):
                    lists[what].extend(rows_of(page))
                    bases.add(base_of(page))
                    ring = page.ring
                    read(1)
        if len(bases) == 1:
            found = await desk.hub.ask(RetentionOf(), RetentionFound)
            base = replace(bases.pop(), rules=rules_digest(found))
            return state_from(lists, ring=ring, rules=found.rules), base
    raise Refused("site-moved", "the site changes while it is read: try again when it rests")


async def credential_keys(desk: Desk, cards: Sequence[str]) -> Mapping[str, str]:
    """Return the credential key, in hex, of each card; the hub alone makes them."""
    keys: dict[str, str] = {}
    rest = iter(cards)
    while batch := tuple(islice(rest, CARDS_PER_QUESTION)):
        found = await desk.hub.ask(CredentialKeys(), CardKeyList, private(cards=batch))
        keys.update(zip(batch, (key.hex() for key in found.keys), strict=True))
    return keys
