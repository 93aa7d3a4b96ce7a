"""An alert on its whole way: a real broker, a hub that is a process and is killed, and a real web server."""

import asyncio
import signal
import sqlite3
from pathlib import Path

from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.local_broker import LocalBroker
from doorctl.wire.alerts import Alert, AlertTest
from doorctl.wire.topics import Address, Channel, topic
from tests.hub.alerts.servers import HERE, a_web_server
from tests.hub.builders import SITE, now
from tests.hub.hub_on_disk import AHubOnDisk, a_process, converse

ALERTS = topic(SITE, Address(Channel.ALERT))
COMMANDS = topic(SITE, Address(Channel.COMMAND, "grace"))


def alerts_in(on_disk: AHubOnDisk, heard: list[tuple[str, bytes]]) -> list[Alert]:
    return [on_disk.read(payload, Alert) for received, payload in heard if received == ALERTS]


def raised(state_dir: Path) -> list[tuple[str]]:
    with sqlite3.connect(state_dir / "site.db") as connection:
        return connection.execute("SELECT id FROM alerts").fetchall()


def test_an_alert_is_heard_over_a_kill_under_one_id_and_posted(on_disk: AHubOnDisk, broker: LocalBroker) -> None:
    payload = on_disk.a_command(AlertTest(), at=now())
    with a_web_server(None) as (port, posted):
        on_disk.write_config(port=broker.port)
        with on_disk.config.open("a") as config:
            config.write(f'[alerts]\nwebhook = "http://{HERE}:{port}/"\n')

        def say(client: MqttClient) -> None:
            client.publish(COMMANDS, payload)

        def is_heard(heard: list[tuple[str, bytes]]) -> bool:
            return bool(alerts_in(on_disk, heard))

        with a_process(on_disk) as process:
            first = asyncio.run(converse(broker, say, until=is_heard))
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=60)
        with a_process(on_disk) as process:
            again = asyncio.run(
                converse(broker, lambda _: None, until=lambda heard: is_heard(heard) and bool(posted))
            )
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)

    told = {alert.id for alert in [*alerts_in(on_disk, first), *alerts_in(on_disk, again)]}
    assert len(told) == 1
    assert {each["id"] for each in posted} == told
    assert raised(on_disk.state_dir) == [(each,) for each in told]
