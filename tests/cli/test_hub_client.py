"""The conversation with the hub, when the network loses, repeats and lies."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from doorctl.cli.account import Account, Pins
from doorctl.cli.desk import Desk
from doorctl.cli.hub_client import HubClient
from doorctl.cli.output import Output
from doorctl.cli.site.question import Listed, list_rows
from doorctl.cli.trust.newer_trust import hub_by_newer_trust
from doorctl.errors import Refused, Unreachable
from doorctl.hub.outgoing import Outgoing
from doorctl.keys.sealing import seal
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.local_broker import LocalBroker
from doorctl.trust.note import HubKeys
from doorctl.trust.verify import sign_trust, store_trust
from doorctl.wire.commands import GroupAdd, HolidayAdd, PersonAdd
from doorctl.wire.messages import Missing, Response, from_text
from doorctl.wire.notes import attach, detach, text_of
from doorctl.wire.questions import ListRows, StatusOf
from doorctl.wire.results import Page, SiteStatus
from doorctl.wire.topics import Address, Channel, everyones, parse, topic
from doorctl.wire.verdict import Verdict
from tests.brokers import a_broker
from tests.hub.builders import SITE, ASite, a_private, an_identity
from tests.mqtt.clients import Inbox, a_client, running

PATIENCE_SECONDS, SHORT_SECONDS = 60.0, 3.0
Deliver = Callable[[int], bool]
"""Says of the n-th payload of the hub, or of the n-th command, whether it arrives."""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBroker]:
    with a_broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ASite]:
    site = ASite(tmp_path, settle_seconds=0.1)
    yield site
    site.close()


def _pins(site: ASite, folder: Path) -> Pins:
    return Pins(SITE, (site.root.verifier.public_key,), folder / "trust.note", ZoneInfo("Europe/Paris"))


def _account(site: ASite, broker: LocalBroker, hub: HubKeys | None, folder: Path) -> Account:
    return Account(
        path=folder / "admin.toml",
        pins=_pins(site, folder),
        admin="grace",
        identity=site.grace.identity,
        hub=hub or site.trust().trust.hub,
        brokers=(broker.address,),
        mqtt_version=5,
    )


@asynccontextmanager
async def _a_conversation(
    site: ASite,
    broker: LocalBroker,
    *,
    hears: Deliver = lambda _: True,
    says: Deliver = lambda _: True,
    copies: int = 1,
    hub: HubKeys | None = None,
    courier: Callable[[bytes], bytes] = lambda payload: payload,
    folder: Path = Path("nowhere"),
    trust_seconds: float = 0.02,
    answer_seconds: float = PATIENCE_SECONDS,
    repeat_seconds: float = 0.1,
) -> AsyncIterator[HubClient]:
    """Let a hub serve the broker, through a network that loses what these say, and an admin speak with it."""
    commands, payloads = iter(range(1000)), iter(range(1000))

    def handle(received: str, payload: bytes, _retained: bool) -> None:
        if hears(next(commands)):
            publish(site.hub.handle(parse(SITE, received), payload, datetime.now(UTC)))

    def publish(outgoing: list[Outgoing]) -> None:
        for each in outgoing:
            if each.address.channel is Channel.RESPONSE and says(next(payloads)):
                for _ in range(copies):
                    client.publish(topic(SITE, each.address), courier(each.payload))

    async def tick() -> None:
        while True:
            publish(site.hub.tick(datetime.now(UTC)))
            await asyncio.sleep(0.02)

    client = MqttClient(
        client_id="hub",
        brokers=[broker.address],
        subscriptions=[everyones(SITE, Channel.COMMAND)],
        on_message=handle,
        session_seconds=0,
    )
    serving, ticking = asyncio.create_task(client.run()), asyncio.create_task(tick())
    await client.wait_connected(PATIENCE_SECONDS)
    try:
        account = _account(site, broker, hub, folder)
        how = {"answer_seconds": answer_seconds, "repeat_seconds": repeat_seconds, "trust_seconds": trust_seconds}
        async with HubClient(account, **how) as asking:
            yield asking
    finally:
        ticking.cancel()
        client.stop()
        await serving


def test_a_lost_command_is_repeated_and_has_one_effect(site: ASite, broker: LocalBroker) -> None:
    async def act() -> Response:
        async with _a_conversation(site, broker, hears=lambda count: count > 1) as hub:
            return await hub.change(GroupAdd("staff"))

    response = asyncio.run(act())

    assert (response.verdict, response.revision) == ("done", 1)
    assert site.head().revision == 1


def test_a_command_that_is_answered_is_said_once(site: ASite, broker: LocalBroker) -> None:
    heard: list[int] = []

    def hear(count: int) -> bool:
        heard.append(count)
        return True

    async def act() -> Response:
        async with _a_conversation(site, broker, hears=hear, repeat_seconds=PATIENCE_SECONDS) as hub:
            return await hub.change(GroupAdd("staff"))

    response = asyncio.run(act())

    assert (response.verdict, heard) == ("done", [0])


def test_a_lost_answer_is_asked_for_again_and_the_change_happens_once(site: ASite, broker: LocalBroker) -> None:
    async def act() -> Response:
        async with _a_conversation(site, broker, says=lambda count: count > 2) as hub:
            return await hub.change(GroupAdd("staff"))

    response = asyncio.run(act())

    assert (response.verdict, response.revision) == ("done", 1)
    assert site.head().revision == 1


def test_a_controller_that_does_not_answer_makes_the_change_partial(tmp_path: Path, broker: LocalBroker) -> None:
    site = ASite(tmp_path, controllers=["pi-1"], settle_seconds=0.1)
    accepted: list[str] = []

    async def act() -> Response:
        async with _a_conversation(site, broker) as hub:
            return await hub.change(
                GroupAdd("staff"), wait=SHORT_SECONDS, on_accepted=lambda response: accepted.append(response.verdict)
            )

    response = asyncio.run(act())
    site.close()

    assert accepted == ["accepted"]
    assert response.verdict == "partial"
    assert response.text == "in force at 0 of 1 controllers; no answer yet from pi-1"


def test_a_change_that_is_not_in_force_everywhere_ends_with_exit_code_3(
    tmp_path: Path, broker: LocalBroker, capsys: pytest.CaptureFixture[str]
) -> None:
    site = ASite(tmp_path, controllers=["pi-1"], settle_seconds=0.1)

    async def act() -> int:
        async with _a_conversation(site, broker) as hub:
            return await Desk(hub, Output(), ZoneInfo("Europe/Paris"), wait_seconds=SHORT_SECONDS).change(
                GroupAdd("staff")
            )

    code = asyncio.run(act())
    site.close()

    told = capsys.readouterr()
    assert code == 3
    assert told.out.splitlines()[1].startswith("in force at 0 of 1 controllers; no answer yet from pi-1")
    assert "The change stands" in told.err


def test_who_does_not_wait_is_content_with_accepted(tmp_path: Path, broker: LocalBroker) -> None:
    site = ASite(tmp_path, controllers=["pi-1"], settle_seconds=0.1)

    async def act() -> Response:
        async with _a_conversation(site, broker) as hub:
            return await hub.change(GroupAdd("staff"), wait=0)

    response = asyncio.run(act())
    site.close()

    assert (response.verdict, response.revision) == ("accepted", 1)


def test_who_waits_longer_than_the_hub_has_it_wait_again(tmp_path: Path, broker: LocalBroker) -> None:
    site = ASite(tmp_path, controllers=["pi-1"], settle_seconds=0.05)
    told: list[Response] = []

    def take(response: Response) -> None:
        told.append(response)
        if [each.verdict for each in told].count(Verdict.PARTIAL) == 2:
            site.ack(site.controllers[0], at=datetime.now(UTC))

    async def act() -> Response:
        async with _a_conversation(site, broker) as hub:
            return await hub.change(GroupAdd("staff"), wait=PATIENCE_SECONDS, on_progress=take)

    response = asyncio.run(act())
    site.close()

    assert (response.verdict, response.text) == ("done", "in force at 1 of 1 controllers")
    assert told[-1].missing == (Missing("pi-1"),)


def test_trust_that_a_broker_keeps_names_the_hub_whose_answers_count(
    site: ASite, broker: LocalBroker, tmp_path: Path
) -> None:
    stranger, before, after = an_identity("hub.hq"), site.trust(1), site.trust(2)
    old = HubKeys("hub.hq", stranger.sign_public, stranger.box_public)
    held = sign_trust(replace(before.trust, hub=old), site.root)
    store_trust(tmp_path / "trust.note", held)
    forged = sign_trust(replace(after.trust, version=9), stranger.signer)

    found = [
        hub_by_newer_trust(_pins(site, tmp_path), note) for note in (held.note, forged.note, after.note, after.note)
    ]

    assert found == [None, None, after.trust.hub, None]
    assert (tmp_path / "trust.note").read_bytes() == after.note


def test_the_first_command_after_new_keys_of_the_hub_is_sealed_to_them(
    site: ASite, broker: LocalBroker, tmp_path: Path
) -> None:
    former = an_identity("hub.hq")
    before = HubKeys("hub.hq", former.sign_public, former.box_public)
    store_trust(tmp_path / "trust.note", sign_trust(replace(site.trust(1).trust, hub=before), site.root))

    async def act() -> Response:
        kept = topic(SITE, Address(Channel.TRUST))
        async with (
            running(a_client(broker.address, "root", Inbox(), subscriptions=())) as root,
            _a_conversation(site, broker, hub=before, folder=tmp_path, trust_seconds=PATIENCE_SECONDS) as asking,
        ):
            changing = asyncio.create_task(asking.change(PersonAdd("5" * 32), a_private(name="Ada", handle="ada")))
            while not changing.done():
                root.publish(kept, site.trust(2).note)  # again: who is not connected yet does not hear it
                await asyncio.wait([changing], timeout=0.05)
            return changing.result()

    assert asyncio.run(act()).verdict == "done"


def test_an_answer_by_another_key_in_the_hubs_name_is_not_heard(site: ASite, broker: LocalBroker) -> None:
    other = an_identity("hub.hq")
    believed = HubKeys("hub.hq", other.sign_public, site.hub_identity.box_public)

    async def act() -> None:
        async with _a_conversation(site, broker, hub=believed, answer_seconds=SHORT_SECONDS) as hub:
            await hub.change(GroupAdd("staff"))

    with pytest.raises(Unreachable, match="gave no answer"):
        asyncio.run(act())


def test_a_result_that_the_broker_put_beside_a_good_answer_is_not_heard(site: ASite, broker: LocalBroker) -> None:
    def plant(payload: bytes) -> bytes:
        note, _ = detach(payload)
        command = from_text(text_of(note), Response, site=SITE).command
        forged = seal(b"{}", to=site.grace.identity.box_public, about=f"response:{command}")
        return attach(note, forged)

    async def act() -> None:
        async with _a_conversation(site, broker, courier=plant, answer_seconds=SHORT_SECONDS) as hub:
            await hub.ask(ListRows("groups"), Page)

    with pytest.raises(Unreachable, match="gave no answer"):
        asyncio.run(act())


def test_silence_after_acceptance_says_so(site: ASite, broker: LocalBroker) -> None:
    async def act() -> None:
        async with _a_conversation(site, broker, says=lambda count: count == 0) as hub:
            await hub.change(GroupAdd("staff"), wait=SHORT_SECONDS)

    with pytest.raises(Unreachable, match="accepted this as revision 1"):
        asyncio.run(act())


def test_a_refusal_has_the_hubs_word_and_sentence(site: ASite, broker: LocalBroker) -> None:
    async def act() -> None:
        async with _a_conversation(site, broker) as hub:
            await hub.change(HolidayAdd("2026-02-30"))

    with pytest.raises(Refused, match="bad-date: 2026-02-30 is not a date"):
        asyncio.run(act())


def test_a_list_of_several_pages_is_shown_whole(
    site: ASite, broker: LocalBroker, capsys: pytest.CaptureFixture[str]
) -> None:
    days = [f"20{year}-{month:02d}-01" for year in range(30, 50) for month in range(1, 13)]
    for day in days:
        site.ask(HolidayAdd(day))

    async def act() -> int:
        async with _a_conversation(site, broker) as hub:
            return await list_rows(Desk(hub, Output(as_json=True), ZoneInfo("Europe/Paris")), Listed.HOLIDAYS)

    code = asyncio.run(act())

    assert code == 0
    assert [json.loads(line)["date"] for line in capsys.readouterr().out.splitlines()] == days


def test_a_repeated_answer_is_not_taken_for_the_next_one(site: ASite, broker: LocalBroker) -> None:
    async def act() -> list[int | None]:
        async with _a_conversation(site, broker, copies=2) as hub:
            return [(await hub.change(GroupAdd(group))).revision for group in ("staff", "night", "guests")]

    assert asyncio.run(act()) == [1, 2, 3]


def test_several_questions_share_one_connection(site: ASite, broker: LocalBroker) -> None:
    async def act() -> list[SiteStatus]:
        async with _a_conversation(site, broker) as hub:
            return [await hub.ask(StatusOf(), SiteStatus) for _ in range(3)]

    assert [status.site for status in asyncio.run(act())] == [SITE] * 3
