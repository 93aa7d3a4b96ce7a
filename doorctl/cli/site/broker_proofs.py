"""``doorctl check --broker``: the proofs about every broker of a site, one line each."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import typer

from doorctl.brokers import Broker
from doorctl.cli.account import pins_of
from doorctl.cli.output import Output, say_error
from doorctl.cli.site.config_kind import kind_of
from doorctl.config import (
    CONTROLLER_TABLES,
    AdminConfig,
    HubConfig,
    LinkConfig,
    LinkTable,
    brokers_of,
    read_config,
)
from doorctl.errors import ConfigError
from doorctl.mqtt.probes import Proof, Site
from doorctl.mqtt.proofs import Kind, Party, prove
from doorctl.mqtt.strangers import USUAL_PORTS
from doorctl.processes import REFUSED


def check_brokers(config: Path, parties: Sequence[Path], *, as_json: bool) -> None:
    """Prove what can be proven about each broker in turn; exit with 1 where something is open."""
    if kind_of(config) != "hub":
        raise ConfigError(f"{config} is no hub.toml: only the hub may speak everywhere, to see who hears it")
    hub = read_config(config, HubConfig)
    all_hold = True
    for broker in brokers_of(hub.mqtt, config):
        site = _site_at(broker, hub, config)
        proofs = asyncio.run(prove(site, [_party(path, broker) for path in parties]))
        for proof in proofs:
            _tell(broker, proof, as_json=as_json)
        all_hold &= all(proof.holds for proof in proofs)
    if not parties:
        say_error("warning: without --as controller.toml and --as admin.toml nothing was proven about their topics")
    if not all_hold:
        raise typer.Exit(REFUSED)


def _site_at(broker: Broker, hub: HubConfig, config: Path) -> Site:
    trust = pins_of(config, hub.hub).read().trust
    controllers, admins = (tuple(each.id for each in named) for named in (trust.controllers, trust.admins))
    return Site(
        hub.hub.site,
        broker,
        hub.mqtt.mqtt_version,
        controllers,
        admins,
        usual_ports=USUAL_PORTS,
        is_shared=_is_here(broker.host),
    )


def _is_here(host: str) -> bool:
    return host in {"localhost", "::1"} or host.startswith("127.")


def _party(path: Path, broker: Broker) -> Party:
    """Return who a configuration file is, on the way to this broker. Raises ConfigError."""
    if (kind := kind_of(path)) not in _READERS:
        raise ConfigError(f"{path}: --as takes a controller.toml or an admin.toml")
    named, name, table = _READERS[kind](path)
    return Party(named, name, broker._replace(tls=brokers_of(table, path)[0].tls))


def _controller(path: Path) -> tuple[Kind, str, LinkTable]:
    config = read_config(path, LinkConfig, others=CONTROLLER_TABLES)
    return Kind.CONTROLLER, config.controller.name, config.link


def _admin(path: Path) -> tuple[Kind, str, LinkTable]:
    config = read_config(path, AdminConfig)
    return Kind.ADMIN, config.admin.name, config.mqtt


_READERS: dict[str, Callable[[Path], tuple[Kind, str, LinkTable]]] = {"controller": _controller, "admin": _admin}


def _tell(broker: Broker, proof: Proof, *, as_json: bool) -> None:
    found = {"broker": str(broker), "claim": proof.claim, "holds": proof.holds, "seen": proof.seen}
    verdict = "ok  " if proof.holds else "OPEN"
    Output(as_json).result(found, f"{verdict}  {broker}: {proof.claim} ({proof.seen})")
