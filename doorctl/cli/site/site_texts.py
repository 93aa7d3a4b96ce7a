"""The configuration files of a new site, each table explained where it stands."""

from dataclasses import dataclass

from doorctl.brokers import BrokerUrl
from doorctl.keys.certificates import CA_CERTIFICATE, TLS_CERTIFICATE, TLS_KEY


@dataclass(frozen=True, slots=True)
class NewSite:
    """What `doorctl init` is told about a site."""

    site: str
    timezone: str
    controller: str
    admin: str
    brokers: tuple[str, ...]
    mqtt_version: int

    @property
    def has_tls(self) -> bool:
        """Whether its brokers are reached over TLS."""
        return BrokerUrl(self.brokers[0]).has_tls


@dataclass(frozen=True, slots=True)
class Roots:
    """The public keys of the site root, as configuration files name them."""

    keys: tuple[str, ...]

    def __str__(self) -> str:
        """Write them as a list of TOML."""
        return "[\n" + "".join(f'    "{key}",\n' for key in self.keys) + "]"


def hub_toml(new: NewSite, roots: Roots) -> str:
    """Write hub.toml."""
    return f"""\
# The hub of site {new.site}. Run it with: doorctl hub --config hub.toml
# Paths count from the folder of this file.

[hub]
site = "{new.site}"
timezone = "{new.timezone}"    # schedules and holidays go by this wall clock
root_keys = {roots}    # whose signature makes trust.note count; either suffices
state_dir = "state"    # site.db, keys, card.keys and trust.note; under systemd: "/var/lib/doorctl-hub"

{_mqtt("mqtt", new, folder="state/")}"""


def admin_toml(new: NewSite, roots: Roots) -> str:
    """Write admin.toml."""
    return f"""\
# The account of admin {new.admin} at site {new.site}: keep this folder to yourself.
# Use it with --config, or put its path into $DOORCTL_CONFIG.

[admin]
site = "{new.site}"
name = "{new.admin}"
timezone = "{new.timezone}"    # times without an offset are read and shown by this wall clock
root_keys = {roots}
state_dir = "."    # keys and trust.note

{_mqtt("mqtt", new)}"""


def controller_toml(new: NewSite, roots: Roots) -> str:
    """Write controller.toml: two doors on a simulated board, ready to run anywhere."""
    return (
        _controller_tables(new, roots)
        + _LINE
        + _door("floor-3", reader="floor-3-in", pins=(17, 22, 23, 24))
        + _door("server-room", reader="server-room-in", pins=(27, 5, 6, 13))
    )


def _mqtt(table: str, new: NewSite, *, folder: str = "") -> str:
    brokers = ", ".join(f'"{url}"' for url in new.brokers)
    return f"""\
[{table}]
brokers = [{brokers}]    # the first that answers is used
mqtt_version = {new.mqtt_version}    # 5, or 4 for MQTT 3.1.1
{_tls(folder) if new.has_tls else ""}"""


def _tls(folder: str) -> str:
    return f"""\
ca = "{folder}{CA_CERTIFICATE}"    # who vouches for the broker
certificate = "{folder}{TLS_CERTIFICATE}"    # who vouches for us
key = "{folder}{TLS_KEY}"
"""


def _controller_tables(new: NewSite, roots: Roots) -> str:
    return f"""\
# Controller {new.controller} of site {new.site}: doorctl door, keeper and link read this one file.
# Paths count from the folder of this file. Check it with: doorctl check --config controller.toml

[controller]
site = "{new.site}"
name = "{new.controller}"
root_keys = {roots}    # whose signature makes trust count
state_dir = "state"    # keys, policy.db, audit.db; under systemd: "/var/lib/doorctl"
runtime_dir = "run"    # sockets; under systemd: "/run/doorctl"

{_mqtt("link", new, folder="link/")}
# What drives the doors. "simulated" runs on any computer and tells every change on a socket;
# on a Raspberry Pi write: kind = "raspberry-pi", and remove the other two keys.
[board]
kind = "simulated"
changes = "run/board.jsonl"
socket = "run/board.sock"
# What the building tells the controller itself, on pins or by supervised lines (docs/board.md), for instance:
# fire = {{ pin = 26, active = "high" }}       # releases every door; wire the locks' supply through the alarm, too
# tamper = {{ pin = 16, active = "high" }}     # the switch of this controller's housing
# mains = {{ pin = 20, active = "high" }}      # the supply's contacts: the mains has failed,
# battery = {{ pin = 21, active = "high" }}    # the battery is low
"""


_LINE = """
# One serial line to our microcontroller with two Wiegand readers. While it is simulated,
# `doorctl simulate readers --config controller.toml` is at its other end.
# On a Raspberry Pi remove `simulated`, and write as `port`: at USB "/dev/doorctl/…" (`ls /dev/doorctl`), which stays
# the same when it is plugged in again; at the header "/dev/ttyAMA0".
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
# exit_readers = ["{door}-out"]    # of another [[line]]: readers inside, where who leaves shows a card and is counted
led_green = {{ pin = {green}, active = "high" }}
led_red = {{ pin = {red}, active = "high" }}
unlock_seconds = 5.0
held_open_seconds = 30.0
"""
