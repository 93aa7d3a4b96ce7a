"""A disk that is full, or that rots, under a keeper that goes on."""

import sqlite3
from contextlib import closing

from doorctl.keeper.asking import SOON_SECONDS
from doorctl.keeper.policy_store import CHECK_SECONDS
from doorctl.keys.card_keys import load_card_keys
from doorctl.trust.verify import load_trust
from doorctl.wire.topics import Channel
from tests.full_disk import full_disk
from tests.keeper.site import CARD_KEYS, SITE, AController, ASite, asks, settled


def files_of(controller: AController) -> set[str]:
    return {path.name for path in controller.state_dir.iterdir() if not path.name.endswith(("-wal", "-shm"))}


def test_trust_that_cannot_be_stored_is_counted_and_taken_when_it_comes_again(
    controller: AController, site: ASite
) -> None:
    before, newer = files_of(controller), site.trust(version=2).note
    with full_disk():
        controller.keeper.handle(Channel.TRUST, newer, 0)

    assert (controller.tally, files_of(controller)) == ({"storage-failed": 1}, before)
    controller.keeper.handle(Channel.TRUST, newer, 0)
    assert load_trust(controller.state_dir / "trust.note", site=SITE, root_keys=site.root_keys).trust.version == 2


def test_trust_that_could_not_be_stored_is_tried_again_without_coming_again(
    controller: AController, site: ASite
) -> None:
    with full_disk():
        controller.keeper.handle(Channel.TRUST, site.trust(version=2).note, 0)
        controller.keeper.tick(1)

    controller.keeper.tick(2)

    assert load_trust(controller.state_dir / "trust.note", site=SITE, root_keys=site.root_keys).trust.version == 2


def test_card_keys_that_cannot_be_stored_are_asked_for_again(keyless: AController, site: ASite) -> None:
    keyless.keeper.connected(0)
    (ask,) = asks(keyless, 0)
    before = files_of(keyless)
    with full_disk():
        keyless.keeper.handle(Channel.ANSWER, site.answer(ask, box=keyless.identity.box_public), 0)

    assert (keyless.tally, files_of(keyless)) == ({"storage-failed": 1}, before)
    (again,) = asks(keyless, 2)
    keyless.keeper.handle(Channel.ANSWER, site.answer(again, box=keyless.identity.box_public), 2)
    assert load_card_keys(keyless.state_dir / "card.keys") == CARD_KEYS


def test_a_policy_whose_rows_have_rotted_is_asked_for_anew(controller: AController, site: ASite) -> None:
    settled(controller, site)
    controller.keeper.tick(1)
    (ask,) = asks(controller, CHECK_SECONDS - 1)
    controller.keeper.handle(Channel.ANSWER, site.answer(ask), CHECK_SECONDS - 1)
    with closing(sqlite3.connect(controller.state_dir / "policy.db")) as other:
        other.execute("DELETE FROM groups")
        other.commit()

    asked = [*asks(controller, CHECK_SECONDS), *asks(controller, CHECK_SECONDS + SOON_SECONDS)]

    assert (controller.position.revision, [ask.revision for ask in asked]) == (0, [0])
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), CHECK_SECONDS)
    assert controller.position.digest_hex == site.digests[3]
