"""``doorctl check --machine``: what is wrong with this computer, before anything is wired to it."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from doorctl.brokers import Broker
from doorctl.config import CONTROLLER_TABLES, HubConfig, LinkConfig, brokers_of, read_config, resolve
from doorctl.door.config.door_config import layout_of, read_door_config
from doorctl.errors import ConfigError, Unreachable, WrongUse
from doorctl.machine.board_pins import libraries, look_at_board
from doorctl.machine.boot_config import boot_config_of
from doorctl.machine.broker_way import look_at_certificates, look_at_keys
from doorctl.machine.card import look_at_card
from doorctl.machine.computer import USER_OF_HUB, Computer
from doorctl.machine.disk import look_at_disk, mount_of
from doorctl.machine.power import look_at_power
from doorctl.machine.serial_lines import look_at_lines
from doorctl.machine.time_of_day import look_at_clock
from doorctl.machine.troubles import Finding, Trouble, Weight
from doorctl.machine.units import look_at_last_resorts, look_at_units
from doorctl.mqtt.probes import Site, try_once
from doorctl.places import StateFile
from hardware.board import BoardKind


def look_at_machine(path: Path, kind: str, computer: Computer, *, lab: bool) -> list[Finding]:
    """Look at everything that the configuration needs of this computer. Raises WrongUse, ConfigError."""
    if kind == "controller":
        return list(_of_controller(path, computer, lab=lab))
    if kind == "hub":
        return list(_of_hub(path, replace(computer, user=USER_OF_HUB)))
    raise WrongUse("--machine is for a controller.toml or a hub.toml: an admin's computer has no doors")


def for_programs(finding: Finding) -> Mapping[str, str]:
    """Write a finding as programs read it."""
    trouble = finding.trouble
    return {
        "finding": trouble,
        "weight": trouble.weight,
        "what": finding.what,
        "why": trouble.why,
        "do": trouble.do,
    }


def for_people(finding: Finding) -> str:
    """Write a finding for a person: what, why it matters, what to do."""
    trouble = finding.trouble
    return f"{trouble.weight}: {finding.what} ({trouble})\n    why: {trouble.why}\n    do:  {trouble.do}"


def weighs(finding: Finding) -> bool:
    """Tell whether the machine must not go to work so."""
    return finding.trouble.weight is Weight.ERROR


def _of_controller(path: Path, computer: Computer, *, lab: bool) -> Iterator[Finding]:
    config = read_door_config(path, lab=lab)
    link = read_config(path, LinkConfig, others=CONTROLLER_TABLES)
    state_dir = resolve(path, config.controller.state_dir)
    boot = boot_config_of(computer)
    real = [(line.name, resolve(path, line.port)) for line in config.line if not line.simulated]
    yield from look_at_lines(computer, real, boot)
    if config.board.kind is not BoardKind.SIMULATED:
        layout = layout_of(config.door, config.board, config.elevator)
        yield from look_at_board(computer, layout, boot, libraries())
        yield from look_at_last_resorts(computer)
    yield from _of_files(computer, state_dir, newest=state_dir / StateFile.AUDIT_LOG)
    yield from look_at_power(computer)
    yield from look_at_units(computer)
    yield from look_at_keys(state_dir)
    yield from _of_brokers(brokers_of(link.link, path), link.link.mqtt_version, computer)


def _of_hub(path: Path, computer: Computer) -> Iterator[Finding]:
    config = read_config(path, HubConfig)
    state_dir = resolve(path, config.hub.state_dir)
    yield from _of_files(computer, state_dir, newest=state_dir / StateFile.SITE)
    yield from look_at_power(computer)
    yield from _of_brokers(brokers_of(config.mqtt, path), config.mqtt.mqtt_version, computer)


def _of_files(computer: Computer, state_dir: Path, *, newest: Path) -> Iterator[Finding]:
    yield from look_at_clock(computer, newest)
    yield from look_at_disk(computer, state_dir)
    yield from look_at_card(computer, mount_of(computer, state_dir))


def _of_brokers(brokers: tuple[Broker, ...], version: int, computer: Computer) -> Iterator[Finding]:
    yield from look_at_certificates(brokers[0].tls, computer.now)
    for broker in brokers:
        try:
            asyncio.run(try_once(Site("", broker, version), broker))
        except Unreachable as error:
            yield Finding(Trouble.BROKER_UNREACHABLE, str(error))
        except ConfigError:
            return  # a file for TLS, which the configuration check has told
