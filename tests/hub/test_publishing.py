"""What the hub publishes: changes at once, answers to those who ask, trust and head to all."""

import dataclasses
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from doorctl.core.model import ZoneKind
from doorctl.database import transaction
from doorctl.errors import Refused
from doorctl.hub.controllers.followers import NOTES_PER_ASK
from doorctl.hub.history import commit_operations
from doorctl.hub.outgoing import Outgoing
from doorctl.keys.card_keys import card_keys_from
from doorctl.keys.sealing import open_sealed
from doorctl.policy.apply import apply_changes, position_of
from doorctl.policy.rows import GroupRow
from doorctl.trust.note import Trust
from doorctl.wire.commands import GroupAdd, PersonAdd, PersonRemove, ZoneSet
from doorctl.wire.messages import Ack, Answer, Put
from doorctl.wire.notes import detach
from doorctl.wire.topics import Address, Channel
from tests.hub.builders import (
    CARD_KEYS,
    NOON,
    SITE,
    ASite,
    a_controller,
    a_policy,
    a_private,
    later,
)

STAFF = GroupAdd(group="staff")


@pytest.fixture
def keepers_policy(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = a_policy(tmp_path / "policy.db")
    yield connection
    connection.close()


def channels_of(outgoing: list[Outgoing]) -> list[Channel]:
    return [each.address.channel for each in outgoing]


def test_a_change_is_answered_published_and_pointed_at_at_once(site_with_two: ASite) -> None:
    outgoing = site_with_two.send(site_with_two.a_command(STAFF))

    assert channels_of(outgoing) == [Channel.RESPONSE, Channel.DELTA, Channel.HEAD]
    assert [each.retain for each in outgoing] == [False, False, True]


def test_a_keeper_that_applies_the_deltas_has_the_hubs_digest(
    site: ASite, keepers_policy: sqlite3.Connection
) -> None:
    outgoing = site.send(site.a_command(PersonAdd("h1"), a_private(handle="ada")))
    outgoing += site.send(site.a_command(ZoneSet("floor-3", ZoneKind.FLOOR)))
    outgoing += site.send(site.a_command(PersonRemove("h1")))

    for delta in site.deltas(outgoing):
        position = apply_changes(keepers_policy, delta.changes, epoch=delta.epoch, chain=delta.chain)

    head = site.head()
    assert (position.revision, position.chain.hex(), position.digest_hex) == (head.revision, head.chain, head.digest)


@pytest.mark.parametrize(
    ("news", "word"),
    [
        ({"chain": "1" * 64}, "policy-fork"),
        ({"digest": "1" * 64}, "policy-drift"),
        ({"revision": 2}, "ahead-of-hub"),
        ({"epoch": 2}, "ahead-of-hub"),
        ({"controller": "pi-2"}, "wrong-topic"),
        ({"site": "lab"}, "wrong-site"),
    ],
)
def test_an_acknowledgement_of_something_else_is_counted(
    site_with_two: ASite, news: dict[str, object], word: str
) -> None:
    site = site_with_two
    site.send(site.a_command(STAFF))
    head = site.head()
    ack = Ack(site=SITE, controller="pi-1", epoch=1, revision=head.revision, chain=head.chain, digest=head.digest)

    note = site.controllers[0].says(msgspec.structs.replace(ack, **news))

    assert site.hub.handle(Address(Channel.ACK, "pi-1"), note, NOON) == []
    assert site.hub.refusals == {word: 1}


def test_a_keeper_without_a_policy_may_say_so(site_with_two: ASite) -> None:
    ack = Ack(site=SITE, controller="pi-1", epoch=0, revision=0, chain="0" * 64, digest="0" * 64)

    site_with_two.hub.handle(Address(Channel.ACK, "pi-1"), site_with_two.controllers[0].says(ack), NOON)

    assert site_with_two.hub.refusals == {}


def test_an_ask_is_answered_with_what_is_missing_and_the_head(site_with_two: ASite) -> None:
    site = site_with_two
    for group in ("staff", "guests", "cleaners"):
        site.ask(GroupAdd(group))

    outgoing = site.ask_as(site.controllers[0], revision=1)

    assert channels_of(outgoing) == [Channel.DELTA, Channel.ANSWER]
    assert [(delta.first, delta.last) for delta in site.deltas(outgoing)] == [(2, 3)]
    (answer,) = site.messages(outgoing, Answer)
    assert (answer.nonce, answer.controller, answer.head) == ("a" * 32, "pi-1", site.head())


def test_an_ask_from_far_behind_gets_notes_that_each_fit(
    site_with_two: ASite, keepers_policy: sqlite3.Connection
) -> None:
    site = site_with_two
    for number in range(120):
        site.ask(PersonAdd(f"h{number}"), a_private(handle=f"ada{number}"))

    outgoing = site.ask_as(site.controllers[0])

    deltas = site.deltas(outgoing)
    assert len(deltas) > 1
    assert max(len(each.payload) for each in outgoing) < 60 * 1024
    for delta in deltas:
        apply_changes(keepers_policy, delta.changes, epoch=delta.epoch, chain=delta.chain)
    assert position_of(keepers_policy).digest_hex == site.head().digest


def test_card_keys_are_sealed_to_the_controller_that_asked(site_with_two: ASite) -> None:
    controller = site_with_two.controllers[0]

    (outgoing,) = site_with_two.ask_as(controller, wants_card_keys=True)

    _, sealed = detach(outgoing.payload)
    assert sealed is not None
    plain = open_sealed(sealed, box=controller.ack.box, about=f"card-keys:{'a' * 32}")
    assert card_keys_from(plain) == CARD_KEYS
    with pytest.raises(Refused, match="bad-seal"):
        open_sealed(sealed, box=site_with_two.controllers[1].ack.box, about=f"card-keys:{'a' * 32}")


def test_card_keys_are_not_given_unasked(site_with_two: ASite) -> None:
    (outgoing,) = site_with_two.ask_as(site_with_two.controllers[0])

    assert detach(outgoing.payload)[1] is None


def test_an_ask_by_a_controller_that_trust_does_not_name_is_counted(site_with_two: ASite) -> None:
    assert site_with_two.ask_as(a_controller("pi-9")) == []
    assert site_with_two.ask_as(a_controller("pi-1")) == []
    assert site_with_two.hub.refusals == {"unknown-controller": 1, "unknown-signer": 1}


@pytest.mark.parametrize(("epoch", "revision"), [(1, 2), (2, 0), (2, 1)])
def test_a_controller_ahead_of_the_hub_is_counted(site_with_two: ASite, epoch: int, revision: int) -> None:
    site_with_two.ask(STAFF)

    assert site_with_two.ask_as(site_with_two.controllers[0], revision=revision, epoch=epoch) == []
    assert site_with_two.hub.refusals == {"ahead-of-hub": 1}


def test_one_ask_gets_so_many_notes_and_the_head_tells_of_more(site_with_two: ASite) -> None:
    site = site_with_two
    with transaction(site.connection):
        for number in range(NOTES_PER_ASK + 2):
            commit_operations(site.connection, [Put(GroupRow(f"group-{number}"))], at=0, command="x" * 39_000)

    outgoing = site.ask_as(site.controllers[0])

    assert site.deltas(outgoing)[-1].last == len(site.deltas(outgoing)) == NOTES_PER_ASK
    assert site.messages(outgoing, Answer)[0].head.revision == NOTES_PER_ASK + 2


def test_a_change_that_no_note_could_carry_is_refused(site: ASite) -> None:
    with pytest.raises(Refused, match="too-large"), transaction(site.connection):
        commit_operations(site.connection, [Put(GroupRow("staff"))], at=0, command="x" * 56_000)

    assert site.head().revision == 0


def test_a_change_that_was_never_published_is_given_by_the_next_hub(site_with_two: ASite) -> None:
    site = site_with_two
    site.send(site.a_command(STAFF))  # committed; what the hub returned is lost with the process
    site.restart()

    outgoing = site.ask_as(site.controllers[0])

    assert [(delta.first, delta.last) for delta in site.deltas(outgoing)] == [(1, 1)]


def test_a_starting_hub_shows_trust_the_newest_change_and_the_head(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(STAFF)
    site.ask(GroupAdd("guests"))
    site.restart()

    outgoing = site.hub.greet(NOON)

    assert channels_of(outgoing) == [Channel.TRUST, Channel.DELTA, Channel.HEAD]
    assert [(delta.first, delta.last) for delta in site.deltas(outgoing)] == [(2, 2)]
    assert outgoing[0].payload == site.trust().note


def test_newer_trust_lets_a_new_controller_speak(site_with_two: ASite) -> None:
    site = site_with_two
    newcomer = a_controller("pi-3")
    site.controllers.append(newcomer)

    outgoing = site.hub.take_trust(site.trust(version=2), NOON)

    assert channels_of(outgoing) == [Channel.TRUST]
    assert channels_of(site.ask_as(newcomer, trust=2)) == [Channel.ANSWER]


def test_trust_comes_again_with_the_answer_to_who_has_missed_it(site_with_two: ASite) -> None:
    site = site_with_two
    site.hub.take_trust(site.trust(version=2), NOON)

    answers = [
        channels_of(
            site.ask_as(site.controllers[number], trust=trust, nonce=f"{seconds * 10:032.0f}", at=later(seconds))
        )
        for number, trust, seconds in [(0, 1, 0), (1, 1, 0.4), (1, 1, 0.5), (0, 2, 9)]
    ]

    with_trust, without = [Channel.TRUST, Channel.ANSWER], [Channel.ANSWER]
    assert answers == [with_trust, without, with_trust, without]


def test_a_controller_that_newer_trust_no_longer_names_is_not_waited_for(site_with_two: ASite) -> None:
    site = site_with_two
    site.send(site.a_command(STAFF))
    site.controllers.clear()

    outgoing = site.hub.take_trust(site.trust(version=2), NOON)

    assert [verdict for verdict, _ in site.verdicts(outgoing)] == ["done"]


def test_older_trust_is_refused(site: ASite) -> None:
    assert site.hub.take_trust(site.trust(version=1), NOON) == []
    assert site.hub.refusals == {"old-trust": 1}


def test_the_first_change_says_the_time_zone_and_only_once(site: ASite) -> None:
    first, second = (site.hub.set_timezone("Europe/Paris", NOON) for _ in range(2))

    assert (channels_of(first), second) == ([Channel.DELTA, Channel.HEAD], [])
    assert site.rows("SELECT * FROM sites") == [("hq", "Europe/Paris")]


def test_everything_published_is_signed_by_hub_or_root(site_with_two: ASite) -> None:
    site = site_with_two
    outgoing = [*site.hub.greet(NOON), *site.send(site.a_command(STAFF)), *site.ask_as(site.controllers[0])]

    keys = {each.address.channel: b"root.hq" if b"/trust\n" in each.payload else b"hub.hq" for each in outgoing}

    assert all(b"\n\xe2\x80\x94 " + keys[each.address.channel] in each.payload for each in outgoing)
    assert keys[Channel.TRUST] == b"root.hq"


def test_outgoing_is_a_value() -> None:
    outgoing = Outgoing(Address(Channel.HEAD), b"")

    with pytest.raises(dataclasses.FrozenInstanceError):
        outgoing.payload = b"x"  # type: ignore[misc]


def test_the_retained_trust_reads_as_trust(site: ASite) -> None:
    (trust, *_) = site.hub.greet(NOON)

    assert site.trust().trust == msgspec.json.decode(trust.payload.split(b"\n")[1], type=Trust)
    assert trust.retain


def test_a_hub_without_history_speaks_of_the_epoch_that_it_will_begin(site: ASite) -> None:
    assert (site.head().epoch, site.head().revision) == (1, 0)
