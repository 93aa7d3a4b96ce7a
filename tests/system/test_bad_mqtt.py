"""What a hostile broker can say to hub, link and keeper: every bad payload on every topic is refused by name.

The site speaks MQTT 3.1.1 here, where nothing keeps a payload of 10 MB from a client; on 5 the broker does.
"""

import random
import secrets
import time
from collections.abc import Callable, Iterator

import pytest

from doorctl.hub.process import OWN_WORDS
from doorctl.wire.commands import Command, GrantAdd, GroupAdd, Revoke
from doorctl.wire.messages import to_text
from doorctl.wire.notes import sign_text
from doorctl.wire.topics import Channel
from tests.system.courier import HostileCourier
from tests.system.site import ADA, CARD, FLOOR, SERVER_ROOM, RunningSite
from tests.system.stage import (
    HUB_HEARS,
    KEEPER_HEARS,
    Stage,
    another_site,
    another_type,
    changed,
    not_json,
    signed_by_a_stranger,
    unsigned,
)

TEN_MEGABYTES = bytes(10_000_000)
SIGNED = tuple(channel for channel in (*HUB_HEARS, *KEEPER_HEARS) if channel is not Channel.STATE)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with RunningSite(mqtt_version=4) as site:
        site.set_up()
        with HostileCourier(site.broker.address, site.account.site) as courier:
            site.run_everything()
            site.wait_until_synchronous()
            yield Stage(site, courier)


BAD: dict[str, tuple[Callable[[Stage, Channel], bytes], str]] = {
    "not UTF-8": (lambda *_: b"\xff\xfe\xfd", "not-a-note"),
    "not a note": (lambda *_: b'{"grant":"everything"}', "not-a-note"),
    "unsigned": (unsigned, "not-a-note"),
    "signed by a stranger": (signed_by_a_stranger, "unknown-signer"),
    "changed on its way": (changed, "bad-signature"),
    "not JSON": (not_json, "malformed"),
    "of another type": (another_type, "wrong-type"),
    "of another site": (another_site, "wrong-site"),
}


@pytest.mark.parametrize("badness", BAD)
def test_bad_payloads_on_every_topic_are_refused_by_name_and_change_nothing(stage: Stage, badness: str) -> None:
    make, refusal = BAD[badness]
    before = stage.state()
    for channel in SIGNED:
        told = f"hub {refusal}" if channel in HUB_HEARS else f"keeper {refusal} source={channel.name.lower()}"
        stage.say_until_refused(channel, make(stage, channel), told)

    assert stage.state() == before
    stage.assert_lives_on()


def test_ten_megabytes_on_every_topic_are_refused_before_anybody_reads_them(stage: Stage) -> None:
    before = stage.state()
    heard_by_hub = len(HUB_HEARS) + len(OWN_WORDS)
    for channel in (*HUB_HEARS, *KEEPER_HEARS):
        stage.courier.say(stage.where(channel), TEN_MEGABYTES)
    stage.site.until(lambda: stage.refusals().get("hub too-large") == heard_by_hub, what="the hub's refusals")
    stage.site.until(
        lambda: stage.refusals().get("link too-large source=broker") == 4, what="the link's: 7, told at 1, 2, 4"
    )

    assert stage.state() == before
    stage.assert_lives_on()


@pytest.mark.parametrize("payload", [b"\xff\xfe\xfd", b"not json", b'{"link":7}', b'{"link":"on fire"}'])
def test_a_link_s_word_that_is_none_is_refused(stage: Stage, payload: bytes) -> None:
    stage.say_until_refused(Channel.STATE, payload, "hub malformed")

    stage.assert_lives_on()


STRANGERS = {
    "admin/nobody/cmd": "unknown-admin",
    "admin/No Name/cmd": "unknown-topic",
    "ctl/nobody/up/ask": "unknown-controller",
    "ctl/nobody/up/log": "unknown-controller",
    "ctl/nobody/up/state": "unknown-controller",
}


@pytest.mark.parametrize("where", STRANGERS)
def test_whoever_trust_does_not_name_is_refused(stage: Stage, where: str) -> None:
    before = stage.refusals().get(f"hub {STRANGERS[where]}", 0)
    stage.courier.say(where, b'{"link":"online"}')
    stage.assert_lives_on()

    assert stage.refusals()[f"hub {STRANGERS[where]}"] == before + 1


def a_command(stage: Stage, *, expires_in: float) -> bytes:
    account = stage.site.account
    command = Command(
        site=account.site,
        id=secrets.token_hex(16),
        admin=account.admin,
        expires=int(time.time() + expires_in),
        do=GroupAdd("too-late"),
    )
    return sign_text(to_text(command), account.identity.signer)


@pytest.mark.parametrize(("expires_in", "refusal"), [(-1, "expired"), (3600, "expires-too-late")])
def test_a_command_out_of_its_time_is_refused(stage: Stage, expires_in: float, refusal: str) -> None:
    before = stage.state()
    stage.say_until_refused(Channel.COMMAND, a_command(stage, expires_in=expires_in), f"hub {refusal}")

    assert stage.state() == before
    stage.assert_lives_on()


def test_everything_that_was_ever_said_said_again_in_any_order_changes_nothing(stage: Stage) -> None:
    stage.site.change(GrantAdd("for-a-minute", SERVER_ROOM, holder=ADA))
    stage.site.change(Revoke(SERVER_ROOM, holder=ADA))
    stage.site.swipe(f"{FLOOR}-in", CARD)
    stage.site.until(lambda: len(stage.site.releases(FLOOR)) == 1, what="the release")
    stage.site.wait_until_synchronous()
    before, heard = stage.state(), list(stage.courier.heard)
    random.Random(7).shuffle(heard)
    for topic, payload in heard:
        stage.courier.say_at(topic, payload)
    stage.site.until(lambda: len(stage.courier.heard) >= 2 * len(heard), what="all of it to be said")
    stage.site.wait_until_synchronous()

    assert stage.state() == before
    stage.assert_lives_on()
    assert stage.site.held_records() == stage.site.records()[: len(stage.site.held_records())]
    assert {"keeper old-head source=head", "keeper unknown-nonce source=answer"} <= stage.refusals().keys()


def test_what_a_broker_has_kept_is_no_command_and_no_news(stage: Stage) -> None:
    before = stage.state()
    for channel in SIGNED:
        stage.courier.say(stage.where(channel), stage.genuine(channel), retain=True)
    stage.site.restart("hub", "link")
    stage.site.until(
        lambda: stage.refusals().get("hub retained") == 5, what="command, ask, ack, log and carried to be refused"
    )
    stage.site.wait_until_synchronous()

    assert stage.state() == before
    stage.assert_lives_on()
    for channel in SIGNED:
        stage.courier.say(stage.where(channel), b"", retain=True)
