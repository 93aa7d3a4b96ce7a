"""What a link says of itself: online and offline, each for the session it is about."""

import asyncio
import json
from pathlib import Path

from doorctl.mqtt.local_broker import LocalBroker
from tests.link.keepers import a_hub, a_link, carrying
from tests.mqtt.clients import SECONDS, Inbox, drop_dead, play, running


def test_a_link_that_stops_says_that_it_is_offline(folder: Path, broker: LocalBroker) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        async with running(a_hub(broker, inbox)):
            async with carrying(a_link(folder, broker)):
                await inbox.until(1)
            await inbox.until(2)

        online, offline = (json.loads(payload) for payload in inbox.payloads)
        assert (online["link"], offline["link"], online["session"]) == ("online", "offline", offline["session"])

    play(scenario())


def test_each_connection_has_a_session_of_its_own(folder: Path, broker: LocalBroker) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        async with running(a_hub(broker, inbox)) as hub, carrying(a_link(folder, broker)):
            await inbox.until(1)
            broker.kill()
            broker.restart()
            await hub.wait_connected(SECONDS)
            await inbox.until(2)

        first, second = (json.loads(payload)["session"] for payload in inbox.payloads[:2])
        assert first != second

    play(scenario())


def test_the_will_is_that_of_its_connection(folder: Path, broker: LocalBroker) -> None:
    async def scenario() -> None:
        inbox = Inbox()
        async with running(a_hub(broker, inbox)):
            task = asyncio.create_task(a_link(folder, broker).run())
            await inbox.until(1)
            await drop_dead(task)
            await inbox.until(2)

        online, offline = (json.loads(payload) for payload in inbox.payloads)
        assert offline == {"link": "offline", "session": online["session"]}

    play(scenario())
