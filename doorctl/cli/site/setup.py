"""``doorctl init`` and ``join``: a new site, and the keys of a controller that joins it."""

import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from doorctl.brokers import broker_address
from doorctl.cli.account import timezone_called
from doorctl.cli.desk import JsonOption, example
from doorctl.cli.output import Output
from doorctl.cli.site.own_folder import refuse_other_user
from doorctl.cli.site.site_files import CA_FOLDER, ROOT_FOLDERS, SitePassphrases, make_site, refuse_what_exists
from doorctl.cli.site.site_texts import NewSite
from doorctl.cli.trust.new_passphrases import choose_passphrases
from doorctl.config import CONTROLLER_TABLES, ControllerTable, LinkTable, read_config, resolve
from doorctl.keeper.join import join_code_of, make_keys, make_tls_key
from doorctl.places import RunSocket, StateFile
from doorctl.wire.topics import HUB_NAME, is_name

NoPassphraseOption = Annotated[
    bool, typer.Option("--no-passphrase", help="leave the keys without; else it asks at a terminal")
]

_LOCAL_TIME = Path("/etc/localtime")
_LONGEST_SOCKET_PATH = 107


class JoiningConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What joining uses of a controller's configuration file."""

    controller: ControllerTable
    link: LinkTable | None = None


def register(app: typer.Typer) -> None:
    """Put the commands into the app."""
    app.command("init", epilog=example("doorctl init hq --dir hq --timezone Europe/Paris"))(init)
    app.command("join", epilog=example("doorctl join --config controller.toml"))(join)


def init(
    site: Annotated[str, typer.Argument(metavar="SITE", help="a short name for the site, such as hq")],
    *,
    folder: Annotated[
        Path | None, typer.Option("--dir", metavar="DIR", help="where to put it (default: ./SITE)")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="the site's time zone (default: this machine's)")
    ] = None,
    controller: Annotated[str, typer.Option(metavar="NAME", help="the first controller")] = "controller-1",
    admin: Annotated[str, typer.Option(metavar="NAME", help="the first admin")] = "admin",
    broker: Annotated[str, typer.Option(metavar="URL", help="the MQTT broker")] = "mqtt://127.0.0.1:1883",
    mqtt_version: Annotated[int, typer.Option(min=4, max=5, help="5, or 4 for MQTT 3.1.1")] = 5,
    own_certificates: Annotated[
        bool, typer.Option("--own-certificates", help="with mqtts://: make no CA, you bring certificates")
    ] = False,
    no_passphrase: NoPassphraseOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make a new site: keys and configuration for a hub, a controller and an admin; nothing is overwritten.

    The site root has two keys, in root-1 and root-2; either suffices. Keep them apart, and offline.
    """
    _check_names(site, controller, admin)
    _check_broker(broker)
    zone = timezone_called(timezone or _timezone_of_this_machine()).key
    place = folder or Path(site)
    new = NewSite(site, zone, controller, admin, (broker,), mqtt_version)
    refuse_what_exists(place)
    *roots, admins = choose_passphrases([*ROOT_FOLDERS, admin], skip=no_passphrase)
    passphrases = SitePassphrases(tuple(roots), admins)
    make_site(place, new, passphrases=passphrases, at=datetime.now(UTC), own_certificates=own_certificates)
    steps = _next_steps(place, new, own_certificates=own_certificates)
    text = _welcome(site, zone, place, [f"a broker must listen at {broker} (here: apt install mosquitto)", *steps])
    Output(as_json).result({"site": site, "dir": str(place), "timezone": zone, "broker": broker, "next": steps}, text)


def join(
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="controller.toml")],
    as_json: JsonOption = False,
) -> None:
    """Make this controller's keys, here, and print the code by which the site learns of them.

    Said again, it prints the same code. Where the state folder is there, it is for that folder's user to say
    (`sudo -u doorctl`): keys that are root's would be no use to the processes.
    """
    found = read_config(config, JoiningConfig, others=CONTROLLER_TABLES)
    table, link = found.controller, found.link
    state_dir = resolve(config, table.state_dir)
    refuse_other_user(state_dir)
    make_keys(state_dir)
    if link is not None and link.key is not None:
        make_tls_key(resolve(config, link.key), state_dir)
    code = join_code_of(state_dir, table.name)
    Output(as_json).result({"controller": table.name, "code": code}, code)


def _check_names(site: str, controller: str, admin: str) -> None:
    for name in (site, controller, admin):
        if not is_name(name):
            raise typer.BadParameter(f"{name!r} is not a name: use 1 to 32 of a-z, 0-9 and -")
    if controller == admin or HUB_NAME in (controller, admin):
        raise typer.BadParameter(f"the controller, the admin and the hub ({HUB_NAME}) each need a name of their own")


def _check_broker(url: str) -> None:
    try:
        broker_address(url)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _timezone_of_this_machine() -> str:
    _, found, name = str(_LOCAL_TIME.resolve()).partition("/zoneinfo/")
    return name if found else "UTC"


def _next_steps(place: Path, new: NewSite, *, own_certificates: bool) -> list[str]:
    at = shlex.quote(str(place))
    controller = f"{at}/controller/controller.toml"
    trusts = f"--trust {at}/hub/state/{StateFile.TRUST} --trust {at}/admin/{StateFile.TRUST}"
    with_ca = new.has_tls and not own_certificates
    certificate = f" --ca {at}/{CA_FOLDER} --certificate {at}/controller/link/tls.crt" if with_ca else ""
    ca = f" --ca {at}/{CA_FOLDER}" if with_ca else ""
    return [
        *([f"doorctl broker-config --config {at}/hub/hub.toml --out {at}/broker{ca}"] if new.has_tls else []),
        f"doorctl join --config {controller}",
        f"doorctl trust add-controller CODE --root {at}/{ROOT_FOLDERS[0]} {trusts}{certificate}",
        f"doorctl hub --config {at}/hub/hub.toml",
        f"doorctl keeper --config {controller}",
        f"doorctl link --config {controller}",
        f"doorctl simulate readers --config {controller}",
        f"doorctl door --config {controller}",
        f"export DOORCTL_CONFIG={at}/admin/admin.toml",
        "doorctl zone add floor-3 --kind floor",
        "doorctl door add floor-3 floor-3",
        'doorctl person add ada --name "Ada"',
        "doorctl card add ada H10301:123:4567",
        "doorctl grant ada floor-3",
        f"doorctl simulate swipe floor-3-in H10301:123:4567 --config {controller}",
    ]


def _welcome(site: str, zone: str, place: Path, steps: list[str]) -> str:
    numbered = "\n".join(f"{number:>3}. {step}" for number, step in enumerate(steps))
    first, second = (place / root for root in ROOT_FOLDERS)
    text = (
        f"Site {site} is in {place}; its wall clock is {zone}.\n"
        f"Take {first} and {second} offline once a controller has joined, and keep them apart: either key says whom "
        f"the site trusts.\n"
        f"What next (`trust add-controller` takes the code that `join` prints; hub, keeper, link, readers and door "
        f"keep running):\n{numbered}"
    )
    socket = (place / "controller" / "run" / RunSocket.SIMULATOR).absolute()
    if len(str(socket)) > _LONGEST_SOCKET_PATH:
        text += f"\nThe path {socket} is too long for a socket: set runtime_dir in controller.toml to a shorter one."
    return text
