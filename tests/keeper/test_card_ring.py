"""The ring of card keys comes with an answer, holds up what needs it, and is never replaced by another one."""

from itertools import count

import pytest

from doorctl.keeper.following import RING_SECONDS
from doorctl.keys.card_keys import CardKeys, load_card_keys
from doorctl.keys.sealing import seal
from doorctl.policy.rows import CardRingRow
from doorctl.wire.notes import attach, detach
from doorctl.wire.topics import Channel
from tests.keeper.site import CARD_KEYS, SITE, AController, ASite, asks


def test_missing_card_keys_are_asked_for_and_stored(keyless: AController, site: ASite) -> None:
    keyless.keeper.connected(0)
    (ask,) = asks(keyless, 0)

    keyless.keeper.handle(Channel.ANSWER, site.answer(ask, box=keyless.identity.box_public), 0)

    assert ask.wants_card_keys
    assert load_card_keys(keyless.state_dir / "card.keys") == CARD_KEYS


def test_card_keys_that_were_lost_come_back_though_the_policy_counts_by_them(
    keyless: AController, site: ASite
) -> None:
    keyless.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    keyless.keeper.connected(0)
    (ask,) = asks(keyless, 0)

    keyless.keeper.handle(Channel.ANSWER, site.answer(ask, box=keyless.identity.box_public), 0)

    assert (keyless.tally, load_card_keys(keyless.state_dir / "card.keys")) == ({}, CARD_KEYS)


def test_card_keys_that_the_broker_put_beside_a_good_answer_are_refused(keyless: AController, site: ASite) -> None:
    keyless.keeper.connected(0)
    (ask,) = asks(keyless, 0)
    note, _ = detach(site.answer(ask, box=keyless.identity.box_public))
    planted = seal(b"{}", to=keyless.identity.box_public, about=f"card-keys:{ask.nonce}")

    keyless.keeper.handle(Channel.ANSWER, attach(note, planted), 0)

    assert keyless.tally == {"wrong-sealed": 1}
    assert not (keyless.state_dir / "card.keys").exists()


def test_card_keys_sealed_to_another_are_refused_and_asked_for_again(keyless: AController, site: ASite) -> None:
    keyless.keeper.connected(0)
    (ask,) = asks(keyless, 0)

    keyless.keeper.handle(Channel.ANSWER, site.answer(ask, box=site.hub.box_public), 0)

    assert keyless.tally == {"bad-seal": 1}
    assert [ask.wants_card_keys for ask in asks(keyless, 2)] == [True]


def test_a_change_of_the_ring_waits_until_its_keys_are_here(controller: AController, site: ASite) -> None:
    longer = CardKeys((*CARD_KEYS.ring, b"2" * 32))
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    controller.keeper.connected(0)
    asks(controller, 0)
    delta = site.change(rows=[CardRingRow(SITE, 2)])

    controller.keeper.handle(Channel.DELTA, delta, 0)
    before = controller.store.position.revision
    (ask,) = asks(controller, 1)
    controller.keeper.handle(Channel.ANSWER, site.answer(ask, box=controller.identity.box_public, ring=longer), 1)
    controller.keeper.handle(Channel.DELTA, delta, 1)

    assert (before, controller.tally["needs-card-keys"], ask.wants_card_keys) == (site.revision - 1, 1, True)
    assert controller.store.position.revision == site.revision
    assert load_card_keys(controller.state_dir / "card.keys") == longer


def test_a_ring_that_does_not_come_holds_a_revoke_up_for_a_minute_and_no_longer(
    controller: AController, site: ASite, capfd: pytest.CaptureFixture[str]
) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    controller.keeper.connected(0)
    rotated = site.change(rows=[CardRingRow(SITE, 2)])
    positions = []

    for now in (0.0, 1.0, 1.0 + RING_SECONDS):
        (ask,) = asks(controller, now)
        box = controller.identity.box_public if ask.wants_card_keys else None
        controller.keeper.handle(Channel.ANSWER, site.answer(ask, box=box), now)
        controller.keeper.handle(Channel.DELTA, rotated, now)
        positions.append(controller.position.revision)

    assert positions == [3, 3, 4]
    assert "event=card_keys_missing" in capfd.readouterr().err


def test_the_next_ring_is_waited_for_anew(controller: AController, site: ASite) -> None:
    longer = CardKeys((*CARD_KEYS.ring, b"2" * 32))
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    controller.keeper.connected(0)
    rotated = site.change(rows=[CardRingRow(SITE, 2)])
    now = 0.0
    for ring in (CARD_KEYS, CARD_KEYS, longer):
        controller.keeper.handle(Channel.DELTA, rotated, now)
        now, ask = next((at, ask) for at in count(now, 0.5) for ask in asks(controller, at))
        box = controller.identity.box_public if ask.wants_card_keys else None
        controller.keeper.handle(Channel.ANSWER, site.answer(ask, box=box, ring=ring), now)
    controller.keeper.handle(Channel.DELTA, rotated, now)
    before = controller.position.revision

    controller.keeper.handle(Channel.DELTA, site.change(rows=[CardRingRow(SITE, 3)]), 10 * RING_SECONDS)

    assert (before, controller.position.revision) == (4, 4)


def test_a_ring_is_waited_for_as_long_as_the_hub_does_not_answer(controller: AController, site: ASite) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    rotated = site.change(rows=[CardRingRow(SITE, 2)])

    for now in (0, 10 * RING_SECONDS):
        controller.keeper.handle(Channel.DELTA, rotated, now)

    assert controller.position.revision == 3


OTHER_RING = CardKeys((b"1" * 32, b"2" * 32))


def test_a_ring_that_does_not_begin_with_the_keys_in_use_is_refused_and_stops_nothing(
    controller: AController, site: ASite, capfd: pytest.CaptureFixture[str]
) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    controller.keeper.connected(0)
    (ask,) = asks(controller, 0)
    site.change()

    controller.keeper.handle(Channel.ANSWER, site.answer(ask, box=controller.identity.box_public, ring=OTHER_RING), 0)

    assert (controller.tally, len(asks(controller, 5))) == ({"ring-fork": 1}, 1)
    assert load_card_keys(controller.state_dir / "card.keys") == CARD_KEYS
    assert "<2>event=refused reason=ring-fork" in capfd.readouterr().err


def test_a_new_epoch_may_bring_another_ring_and_a_shorter_one(controller: AController, site: ASite) -> None:
    shorter = CardKeys((b"3" * 32,))
    found = []
    for now, ring in ((0, OTHER_RING), (100, shorter)):
        controller.keeper.connected(now)
        (ask,) = asks(controller, now)
        controller.keeper.handle(Channel.ANSWER, site.answer(ask, box=controller.identity.box_public, ring=ring), now)
        found.append(load_card_keys(controller.state_dir / "card.keys"))

    assert found == [OTHER_RING, shorter]


def test_a_shorter_ring_that_is_another_is_refused_like_any(controller: AController, site: ASite) -> None:
    controller.keeper.connected(0)
    (ask,) = asks(controller, 0)
    controller.keeper.handle(Channel.ANSWER, site.answer(ask, box=controller.identity.box_public, ring=OTHER_RING), 0)
    for delta in (site.delta(1, 3), site.change(rows=[CardRingRow(SITE, 2)])):
        controller.keeper.handle(Channel.DELTA, delta, 1)
    (ask,) = asks(controller, 100)

    controller.keeper.handle(
        Channel.ANSWER, site.answer(ask, box=controller.identity.box_public, ring=CardKeys((b"3" * 32,))), 100
    )

    assert controller.tally == {"ring-fork": 1}
    assert load_card_keys(controller.state_dir / "card.keys") == OTHER_RING


def test_a_ring_that_ours_begins_with_never_takes_the_place_of_ours(keyless: AController, site: ASite) -> None:
    longer = CardKeys((*CARD_KEYS.ring, b"2" * 32))
    keyless.keeper.connected(0)
    for now, ring in ((0, longer), (100, CARD_KEYS)):
        (ask,) = asks(keyless, now)
        keyless.keeper.handle(Channel.ANSWER, site.answer(ask, box=keyless.identity.box_public, ring=ring), now)

    assert load_card_keys(keyless.state_dir / "card.keys") == longer
