"""Rotating the card keys: every card counts on, whatever part of the changes a controller has."""

from pathlib import Path

import pytest

from doorctl.core.model import Status, ZoneKind
from doorctl.core.reasons import Outcome
from doorctl.hub.card_ring import MAX_KEYS, keys_in_use
from doorctl.keys.card_keys import CardKeys, card_keys_from
from doorctl.keys.sealing import open_sealed
from doorctl.trust.note import Role
from doorctl.wire.commands import CardAdd, CardSet, DoorSet, GrantAdd, PersonAdd, Revoke, ZoneSet
from doorctl.wire.messages import change_from
from doorctl.wire.notes import detach
from doorctl.wire.questions import StatusOf, Why
from doorctl.wire.results import SiteStatus, WhyResult
from doorctl.wire.rights import CardKeysRotate
from tests.hub.builders import ADAS_CARD, CARD_KEYS, NOON_SECONDS, ASite, a_private, later

CARD = a_private(card=ADAS_CARD)


@pytest.fixture
def with_card(site: ASite) -> ASite:
    """A site where Ada's card opens a door."""
    site.ask(PersonAdd("h1"), a_private(handle="ada"))
    site.ask(CardAdd("h1"), CARD)
    site.ask(ZoneSet("floor-1", ZoneKind.FLOOR))
    site.ask(DoorSet("door-1", "floor-1"))
    site.ask(GrantAdd("g1", "floor-1", holder="h1"))
    return site


def test_every_credential_is_wrapped_with_a_new_key(with_card: ASite) -> None:
    before = CARD_KEYS.credential_key(ADAS_CARD)

    assert with_card.ask(CardKeysRotate()).verdict == "accepted"

    after = with_card.ring.credential_key(ADAS_CARD)
    assert (len(with_card.ring.ring), with_card.ring.ring[:1]) == (2, CARD_KEYS.ring)
    assert with_card.rows('SELECT "key", holder FROM credentials') == [(after, "h1")]
    assert with_card.rows("SELECT * FROM cards") == [(after, "H10301", NOON_SECONDS)]
    assert with_card.rows('SELECT "keys" FROM card_rings') == [(2,)]
    assert before != after


def test_a_hub_whose_ring_is_shorter_than_the_policy_says_tells_so(
    with_card: ASite, capfd: pytest.CaptureFixture[str]
) -> None:
    with_card.ask(CardKeysRotate())
    before = with_card.ask_for(StatusOf(), SiteStatus).card_keys_lacking
    with_card.ring = CARD_KEYS
    with_card.restart()

    lacking = with_card.ask_for(StatusOf(), SiteStatus).card_keys_lacking

    assert (before, lacking, "event=card_keys_short" in capfd.readouterr().err) == (0, 1, True)


def test_cards_are_found_and_added_by_the_new_keys(with_card: ASite) -> None:
    with_card.ask(CardKeysRotate())

    opens = with_card.ask_for(Why("door-1"), WhyResult, CARD)
    taken = with_card.ask(CardAdd("h1"), CARD)
    lost = with_card.ask(CardSet(Status.LOST), CARD)

    assert (opens.outcome, taken.reason, lost.verdict) == (Outcome.GRANTED, "card-taken", "accepted")


def test_no_revision_in_between_leaves_a_card_unknown(with_card: ASite) -> None:
    numbers = [(f"holder-{number:03}",) for number in range(400)]
    with_card.connection.execute("BEGIN")
    with_card.connection.executemany("INSERT INTO holders (id, status) VALUES (?, 'active')", numbers)
    with_card.connection.executemany(
        "INSERT INTO credentials (\"key\", holder, status) VALUES (?, ?, 'active')",
        [(CARD_KEYS.credential_key(holder), holder) for (holder,) in numbers],
    )
    with_card.connection.execute("COMMIT")
    known = {bytes(key) for (key,) in with_card.connection.execute('SELECT "key" FROM credentials')}
    first = with_card.head().revision + 1
    with_card.ask(CardKeysRotate())
    cards = [ADAS_CARD, *(holder for (holder,) in numbers)]

    depth, revisions = 1, 0
    for (raw,) in with_card.connection.execute("SELECT change FROM changes WHERE revision >= ?", (first,)):
        for operation in change_from(raw).operations:
            row = operation.row
            if hasattr(row, "keys"):
                depth = row.keys
            elif type(operation).__name__ == "Put":
                known.add(row.key)  # type: ignore[union-attr]
            else:
                known.remove(row.key)  # type: ignore[union-attr]
        revisions += 1
        assert {CardKeys(with_card.ring.ring[:depth]).credential_key(card) for card in cards} <= known

    assert (depth, revisions > 2) == (2, True)


def test_a_key_that_was_stored_before_a_crash_is_used_by_the_next_rotation(with_card: ASite) -> None:
    ahead = CardKeys((*CARD_KEYS.ring, b"n" * 32))
    with_card.ring = ahead
    with_card.restart()

    opens = with_card.ask_for(Why("door-1"), WhyResult, CARD)
    with_card.ask(CardKeysRotate())

    assert (opens.outcome, with_card.ring) == (Outcome.GRANTED, ahead)
    assert with_card.rows('SELECT "key" FROM credentials') == [(ahead.credential_key(ADAS_CARD),)]


def test_a_repeated_rotation_has_one_effect(with_card: ASite) -> None:
    payload = with_card.a_command(CardKeysRotate())

    with_card.send(payload)
    with_card.send(payload)

    assert keys_in_use(with_card.connection) == 2


def test_a_ring_that_cannot_be_stored_changes_nothing(with_card: ASite) -> None:
    with_card.has_room_for_ring = False
    revision = with_card.head().revision

    assert with_card.ask(CardKeysRotate()).reason == "storage-failed"
    assert with_card.head().revision == revision


def test_a_full_ring_takes_no_key(site: ASite) -> None:
    site.connection.execute("INSERT INTO card_rings VALUES ('hq', ?)", (MAX_KEYS,))

    assert site.ask(CardKeysRotate()).reason == "ring-full"


def test_the_ring_is_rotated_once_a_day_at_most(site: ASite) -> None:
    first = site.ask(CardKeysRotate())
    again = site.ask(CardKeysRotate(), admin=site.alan, at=later(86_399))
    next_day = site.ask(CardKeysRotate(), admin=site.alan, at=later(86_400))

    assert (first.verdict, again.reason, next_day.verdict) == ("accepted", "too-many-rotations", "accepted")
    assert again.text.endswith("try again in 1 h")


def test_a_ring_older_than_the_policy_is_told_and_stops_no_revoke(with_card: ASite) -> None:
    with_card.ask(CardKeysRotate())
    with_card.ring = CARD_KEYS
    with_card.restart()

    by_card = with_card.ask(CardSet(Status.LOST), CARD)

    assert by_card.reason == "storage-failed"
    assert with_card.ask(Revoke("floor-1", holder="h1")).verdict == "accepted"


def test_a_ring_older_than_the_policy_is_not_rotated_on(with_card: ASite) -> None:
    with_card.ask(CardKeysRotate())
    with_card.ring = CARD_KEYS
    with_card.restart()
    revision = with_card.head().revision

    refused = with_card.ask(CardKeysRotate(), at=later(86_400))

    assert (refused.reason, with_card.ring, with_card.head().revision) == ("storage-failed", CARD_KEYS, revision)
    assert "bring card.keys from the state folder of a controller" in refused.text


def test_only_an_officer_rotates(site: ASite) -> None:
    edith = site.hire("edith", Role.ADMIN, Role.CLERK, Role.AUDITOR)

    assert site.ask(CardKeysRotate(), admin=edith).reason == "not-allowed"


def test_controllers_that_ask_get_the_whole_ring(tmp_path: Path) -> None:
    site = ASite(tmp_path, controllers=("pi-1",))
    site.ask(CardKeysRotate())
    (controller,) = site.controllers

    *_, outgoing = site.ask_as(controller, wants_card_keys=True)

    sealed = detach(outgoing.payload)[1]
    assert sealed is not None
    plain = open_sealed(sealed, box=controller.ack.box, about=f"card-keys:{'a' * 32}")
    assert card_keys_from(plain) == site.ring
    site.close()
