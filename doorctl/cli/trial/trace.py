"""``doorctl trace``: every note on the wire, decoded, with its verdict."""

import asyncio
import contextlib
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from doorctl.brokers import Broker
from doorctl.cli.account import pins_of
from doorctl.cli.desk import JsonOption, example
from doorctl.cli.output import Output
from doorctl.cli.site.config_kind import kind_of
from doorctl.cli.trial.wire_notes import Tracer
from doorctl.config import AdminConfig, AdminTable, HubConfig, HubTable, LinkTable, brokers_of, read_config
from doorctl.errors import ConfigError
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.session import new_client_id
from doorctl.wire.topics import whole_site

CONNECT_SECONDS = 10.0


def trace(
    *,
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="hub.toml, or admin.toml for one's own")],
    seconds: Annotated[
        float | None, typer.Option("--seconds", metavar="N", min=0.1, help="stop by itself after so long")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show every note on the wire, one line each: topic, kind, verdict by the site's trust, who signed, revision.

    With admin.toml the broker lets through trust and one's own commands alone. What is sealed is never shown.
    """
    asyncio.run(_trace(_source_in(config), Output(as_json), seconds))


@dataclass(frozen=True, slots=True)
class _Source:
    """Where to listen, and how to read what comes."""

    site: str
    brokers: Sequence[Sequence[Broker]]
    version: int
    timezone: ZoneInfo
    tracer: Tracer


def _source_in(path: Path) -> _Source:
    """Read a configuration; a hub's has every broker at once, an admin's the first that answers."""
    match kind_of(path):
        case "hub":
            hub = read_config(path, HubConfig)
            return _source(path, hub.hub, hub.mqtt, [[broker] for broker in brokers_of(hub.mqtt, path)])
        case "admin":
            admin = read_config(path, AdminConfig)
            return _source(path, admin.admin, admin.mqtt, [brokers_of(admin.mqtt, path)])
    raise ConfigError(f"{path}: trace takes a hub.toml or an admin.toml")


def _source(
    path: Path, table: HubTable | AdminTable, mqtt: LinkTable, brokers: Sequence[Sequence[Broker]]
) -> _Source:
    pins = pins_of(path, table)
    tracer = Tracer(pins.site, pins.read(), pins.root_keys)
    return _Source(pins.site, brokers, mqtt.mqtt_version, pins.timezone, tracer)


async def _trace(source: _Source, output: Output, seconds: float | None) -> None:
    clients = [_client(source, brokers, output) for brokers in source.brokers]
    running = [asyncio.create_task(client.run()) for client in clients]
    try:
        for client in clients:
            await client.wait_connected(CONNECT_SECONDS)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(_interrupted(), seconds)
    finally:
        for client in clients:
            client.stop()
        await asyncio.gather(*running)


def _client(source: _Source, brokers: Sequence[Broker], output: Output) -> MqttClient:
    def show(topic: str, payload: bytes, retained: bool) -> None:
        traced = source.tracer.read(topic, payload, retained=retained, at=datetime.now(source.timezone))
        output.result(traced.as_object(), traced.line())

    return MqttClient(
        client_id=new_client_id("doorctl-trace"),
        brokers=brokers,
        on_message=show,
        subscriptions=[whole_site(source.site)],
        version=source.version,
        session_seconds=0,
    )


async def _interrupted() -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await stopping.wait()


def register(app: typer.Typer) -> None:
    """Put the command among the others."""
    app.command("trace", epilog=example("doorctl trace --config hub.toml --seconds 60"))(trace)
