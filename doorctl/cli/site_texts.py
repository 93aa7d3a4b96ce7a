"""The configuration files of a new site, each table explained where it stands."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NewSite:
    """What `doorctl init` is told about a site."""

    site: str
    timezone: str
    controller: str
    admin: str
    broker: str
    mqtt_version: int


def hub_toml(new: NewSite, root_key: str) -> str:
    """Write hub.toml."""
    return f"""\
# The hub of site {new.site}. Run it with: doorctl hub --config hub.toml
# Paths count from the folder of this file.

[hub]
site = "{new.site}"
timezone = "{new.timezone}"    # schedules and holidays go by this wall clock
root_keys = ["{root_key}"]    # whose signature makes trust.note count
state_dir = "state"    # site.db, keys, card.keys and trust.note; under systemd: "/var/lib/doorctl-hub"

{_mqtt("mqtt", new)}"""


def admin_toml(new: NewSite, root_key: str) -> str:
    """Write admin.toml."""
    return f"""\
# The account of admin {new.admin} at site {new.site}: keep this folder to yourself.
# Use it with --config, or put its path into $DOORCTL_CONFIG.

[admin]
site = "{new.site}"
name = "{new.admin}"
timezone = "{new.timezone}"    # times without an offset are read and shown by this wall clock
root_keys = ["{root_key}"]
state_dir = "."    # keys and trust.note

{_mqtt("mqtt", new)}"""


def controller_toml(new: NewSite, root_key: str) -> str:
    """Write controller.toml: two doors on a simulated board, ready to run anywhere."""
    return (
        _controller_tables(new, root_key)
        + _LINE
        + _door("floor-3", reader="floor-3-in", pins=(17, 22, 23, 24))
        + _door("server-room", reader="server-room-in", pins=(27, 5, 6, 13))
    )


def _mqtt(table: str, new: NewSite) -> str:
    return f"""\
[{table}]
brokers = ["{new.broker}"]    # the first that answers is used
mqtt_version = {new.mqtt_version}    # 5, or 4 for MQTT 3.1.1
"""


def _controller_tables(new: NewSite, root_key: str) -> str:
    return f"""\
# Controller {new.controller} of site {new.site}: doorctl door, keeper and link read this one file.
# Paths count from the folder of this file. Check it with: doorctl check --config controller.toml

[controller]
site = "{new.site}"
name = "{new.controller}"
root_keys = ["{root_key}"]    # whose signature makes trust count
state_dir = "state"    # keys, policy.db, audit.db; under systemd: "/var/lib/doorctl"
runtime_dir = "run"    # sockets; under systemd: "/run/doorctl"

{_mqtt("link", new)}
# What drives the doors. "simulated" runs on any computer and tells every change on a socket;
# on a Raspberry Pi write: kind = "raspberry-pi", and remove the other two keys.
[board]
kind = "simulated"
changes = "run/board.jsonl"
socket = "run/board.sock"
"""


_LINE = """
# One serial line to our microcontroller with two Wiegand readers. While it is simulated,
# `doorctl simulate readers --config controller.toml` is at its other end.
# On a Raspberry Pi: port = "/dev/serial/by-id/…", and remove `simulated`.
[[line]]
name = "bridge"
kind = "bridge"
port = "run/bridge.tty"
simulated = true

[[line.reader]]
name = "floor-3-in"
number = 0
formats = ["H10301"]    # tried in this order

[[line.reader]]
name = "server-room-in"
number = 1
formats = ["H10301"]
"""


def _door(door: str, *, reader: str, pins: tuple[int, int, int, int]) -> str:
    strike, contact, green, red = pins
    return f"""
# A door. Pins are BCM numbers; `lock` says what the lock does without power, `on_process_loss` where the strike
# is left when doorctl stops, `egress` how people get out ("hardware": by wiring, with the Pi unplugged).
[[door]]
id = "{door}"
readers = ["{reader}"]
strike = {{ pin = {strike}, active = "high" }}
lock = "fail-secure"
on_process_loss = "secured"
egress = "hardware"
contact = {{ pin = {contact}, active = "high" }}    # active: the door is open
led_green = {{ pin = {green}, active = "high" }}
led_red = {{ pin = {red}, active = "high" }}
unlock_seconds = 5.0
held_open_seconds = 30.0
"""
