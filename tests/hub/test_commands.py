"""Commands in bad weather: forged, stale, repeated, misdirected, swapped; each is refused by name, once for all."""

import msgspec
import pytest

from doorctl.core.model import ZoneKind
from doorctl.hub.hub import Hub
from doorctl.wire.commands import CardAdd, GroupAdd, PersonAdd, ZoneSet
from doorctl.wire.messages import Head, to_text
from doorctl.wire.notes import attach, detach, sign_text
from doorctl.wire.questions import ListRows
from doorctl.wire.topics import Address, Channel
from tests.hub.builders import NOON, NOON_SECONDS, SITE, ASite, a_private, a_signer, later

STAFF = GroupAdd(group="staff")
ADA = PersonAdd(holder="h1")
FLOOR = ZoneSet(zone="floor-3", zone_kind=ZoneKind.FLOOR)
DAY = 86_400


def refusals_of(hub: Hub) -> dict[str, int]:
    return dict(hub.refusals)


@pytest.mark.parametrize(
    ("payload", "word"),
    [
        (b"", "not-a-note"),
        (b"hello", "not-a-note"),
        (b"\xff\xfe", "not-a-note"),
        (b"doorctl/v1/command\n{}\n\n\xe2\x80\x94 admin.grace !!!\n", "not-a-note"),
        (b"doorctl/v1/command\n{}\n", "not-a-note"),
        (b"x" * (17 * 1024), "too-large"),
        (b"x" * 10_000_000, "too-large"),
    ],
)
def test_rubbish_is_counted_and_not_answered(site: ASite, payload: bytes, word: str) -> None:
    assert site.send(payload) == []
    assert refusals_of(site.hub) == {word: 1}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"doorctl/v1/command\nnot json\n", "malformed"),
        (b"doorctl/v1/command\n{}\n", "malformed"),
        (b"doorctl/v1/command\n" + b"[" * 5000 + b"\n", "malformed"),
        (b'doorctl/v1/command\n{"site":"hq","do":{"verb":"open-all"}}\n', "malformed"),
        (b"doorctl/v1/command\n{}\n{}\n", "malformed"),
        (to_text(Head(SITE, 1, 1, "0" * 64, "0" * 64, 0)), "wrong-type"),
    ],
)
def test_a_signed_text_that_is_no_command_is_counted_and_not_answered(site: ASite, text: bytes, word: str) -> None:
    note = sign_text(text, site.grace.identity.signer)

    assert site.send(note) == []
    assert refusals_of(site.hub) == {word: 1}


def test_a_command_signed_by_a_stranger_is_counted_and_not_answered(site: ASite) -> None:
    payload = site.a_command(STAFF, signer=a_signer("admin.grace"))

    assert site.send(payload) == []
    assert refusals_of(site.hub) == {"unknown-signer": 1}


def test_a_command_that_somebody_added_to_is_counted_and_the_true_one_still_counts(site: ASite) -> None:
    payload = site.a_command(STAFF)
    added = payload + b"\xe2\x80\x94 " + b"\x01" * 9000 + b" AAAAAAAAAAAA\n"

    assert site.send(added) == []
    assert refusals_of(site.hub) == {"extra-signature": 1}
    assert site.responses(site.send(payload))[0].verdict == "accepted"


def test_a_command_changed_after_it_was_signed_is_counted_and_not_answered(site: ASite) -> None:
    payload = site.a_command(STAFF).replace(b'"staff"', b'"stuff"')

    assert site.send(payload) == []
    assert refusals_of(site.hub) == {"bad-signature": 1}


def test_a_command_of_another_site_is_counted_and_not_answered(site: ASite) -> None:
    text = detach(site.a_command(STAFF))[0].split(b"\n\n")[0].replace(b'"site":"hq"', b'"site":"lab"') + b"\n"

    assert site.send(sign_text(text, site.grace.identity.signer)) == []
    assert refusals_of(site.hub) == {"wrong-site": 1}


def test_an_unknown_admins_topic_is_counted(site: ASite) -> None:
    assert site.hub.handle(Address(Channel.COMMAND, "mallory"), site.a_command(STAFF), NOON) == []
    assert refusals_of(site.hub) == {"unknown-admin": 1}


def test_a_command_on_another_admins_topic_is_counted(site: ASite) -> None:
    assert site.send(site.a_command(STAFF, admin=site.grace), admin=site.alan) == []
    assert refusals_of(site.hub) == {"unknown-signer": 1}


def test_a_command_in_another_admins_name_is_counted(site: ASite) -> None:
    payload = site.a_command(STAFF, admin=site.alan, signer=site.grace.identity.signer)

    assert site.send(payload, admin=site.grace) == []
    assert refusals_of(site.hub) == {"wrong-topic": 1}


@pytest.mark.parametrize(
    ("expires", "word"),
    [(NOON_SECONDS, "expired"), (NOON_SECONDS - 1, "expired"), (NOON_SECONDS + 361, "expires-too-late")],
)
def test_a_command_outside_its_time_is_refused(site: ASite, expires: int, word: str) -> None:
    (response,) = site.responses(site.send(site.a_command(STAFF, expires=expires)))

    assert (response.verdict, response.reason) == ("refused", word)
    assert site.head().revision == 0


@pytest.mark.parametrize("expires", [NOON_SECONDS + 1, NOON_SECONDS + 360])
def test_a_command_in_its_time_is_obeyed(site: ASite, expires: int) -> None:
    (response, *_) = site.responses(site.send(site.a_command(STAFF, expires=expires)))

    assert response.verdict == "accepted"


def test_a_repeated_command_has_one_effect_and_the_same_answer(site: ASite) -> None:
    payload = site.a_command(ADA, a_private(handle="ada"))

    first, repeated = site.send(payload), site.send(payload)

    assert first[0].payload == repeated[0].payload
    assert site.head().revision == 1


def test_a_repeat_is_known_to_the_next_hub_too(site: ASite) -> None:
    payload = site.a_command(STAFF)
    first = site.send(payload)

    site.restart()

    assert site.send(payload)[0].payload == first[0].payload
    assert site.head().revision == 1


def test_a_repeat_after_its_expiry_is_counted_and_told_what_became_of_it(site: ASite) -> None:
    payload = site.a_command(STAFF)
    first = site.send(payload)

    repeated = site.send(payload, at=later(300))

    assert repeated[0].payload == first[0].payload
    assert (refusals_of(site.hub), site.head().revision) == ({"expired": 1}, 1)


def test_a_command_that_was_forgotten_is_refused_when_the_clock_jumps_back(site: ASite) -> None:
    payload = site.a_command(STAFF)
    site.send(payload)
    site.hub.tidy(later(2 * DAY))
    assert site.rows("SELECT * FROM commands") == []

    (response,) = site.responses(site.send(payload))

    assert response.reason == "expired"
    assert site.head().revision == 1


def test_tidying_keeps_commands_that_may_come_again(site: ASite) -> None:
    site.send(site.a_command(STAFF))

    site.hub.tidy(later(600))

    assert len(site.rows("SELECT * FROM commands")) == 1


def test_two_admins_may_happen_to_choose_the_same_id(site: ASite) -> None:
    first = site.send(site.a_command(STAFF, command_id="1" * 32))
    second = site.send(site.a_command(FLOOR, admin=site.alan, command_id="1" * 32), admin=site.alan)

    assert [site.responses(each)[0].admin for each in (first, second)] == ["grace", "alan"]
    assert site.head().revision == 2


def test_the_private_part_of_another_command_is_refused(site: ASite) -> None:
    other = detach(site.a_command(ADA, a_private(handle="ada")))[1]
    payload = site.a_command(ADA, a_private(handle="ada"))

    (response,) = site.responses(site.send(attach(detach(payload)[0], other)))

    assert response.reason == "bad-seal"


def test_a_private_part_that_is_missing_is_refused(site: ASite) -> None:
    note, _ = detach(site.a_command(ADA, a_private(handle="ada")))

    assert site.responses(site.send(note))[0].reason == "wrong-private"


def test_a_private_part_that_nobody_signed_for_is_refused(site: ASite) -> None:
    sealed = site.sealed(msgspec.json.encode(a_private(handle="ada")), "1" * 32)
    payload = attach(site.a_command(ADA, command_id="1" * 32), sealed)

    assert site.responses(site.send(payload))[0].reason == "wrong-private"


def test_the_signed_command_stands_in_its_change_without_its_private_part(site: ASite) -> None:
    payload = site.a_command(ADA, a_private(handle="ada", name="Ada"))

    outgoing = site.send(payload)

    (change,) = site.deltas(outgoing)[0].changes
    assert msgspec.json.decode(bytes(change))["command"].encode() == detach(payload)[0]


def test_nothing_personal_leaves_the_hub_unsealed(site: ASite) -> None:
    outgoing = site.send(site.a_command(ADA, a_private(handle="adahandle", name="Ada Lovelace")))
    outgoing += site.send(site.a_command(CardAdd("h1"), a_private(card="uid:04A2B3C4D5E6F7")))
    outgoing += site.send(site.a_command(ListRows("people")))

    published = b"".join(each.payload for each in outgoing)
    assert not [word for word in (b"adahandle", b"Lovelace", b"04A2B3C4D5E6F7") if word in published]


def test_no_card_number_is_in_the_hubs_database(site: ASite) -> None:
    site.ask(ADA, a_private(handle="ada"))
    site.ask(CardAdd("h1"), a_private(card="uid:04A2B3C4D5E6F7"))

    site.hub.tidy(NOON)

    assert b"04A2B3C4D5E6F7" not in site.path.read_bytes()


def test_a_full_disk_refuses_by_name_and_the_hub_goes_on(site: ASite) -> None:
    pages = site.connection.execute("PRAGMA page_count").fetchone()[0]
    site.connection.execute(f"PRAGMA max_page_count = {pages}")
    for number in range(200):
        full = site.ask(ZoneSet(f"zone-{number}", ZoneKind.FLOOR))
        if full.verdict == "refused":
            break
    site.connection.execute("PRAGMA max_page_count = 100000")
    revision = site.head().revision

    response = site.ask(STAFF)

    assert full.reason == "storage-failed"
    assert (response.verdict, response.revision) == ("accepted", revision + 1)


def test_a_question_that_the_database_cannot_answer_is_refused_by_name(site: ASite) -> None:
    site.connection.execute("DROP TABLE people")

    assert site.ask(ListRows("people")).reason == "storage-failed"


def test_the_hub_does_not_listen_to_its_own_topics(site: ASite) -> None:
    assert site.hub.handle(Address(Channel.DELTA), b"", NOON) == []
    assert refusals_of(site.hub) == {"unknown-topic": 1}


def test_a_payload_above_the_limit_is_refused_before_it_is_parsed(site: ASite) -> None:
    assert site.hub.handle(Address(Channel.LOG, "pi-1"), b"x" * 10_000_000, NOON) == []
    assert refusals_of(site.hub) == {"too-large": 1}
