"""``doorctl init``, ``join`` and ``trust``: a new site, and controllers that join it."""

import shlex
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from doorctl.cli.account import KEY_FOLDER, TRUST_FILE, timezone_called
from doorctl.cli.desk import JsonOption, example, family
from doorctl.cli.output import Output
from doorctl.cli.site_files import ROOT_KEY, make_site
from doorctl.cli.site_texts import NewSite
from doorctl.brokers import broker_address
from doorctl.config import CONTROLLER_TABLES, KeeperConfig, read_config, resolve
from doorctl.errors import KeyFileError, Refused
from doorctl.join_codes import parse_join_code
from doorctl.keeper.join import join_code_of, make_keys
from doorctl.keys import load_signer, root_key_name
from doorctl.notes import text_of
from doorctl.topics import is_name
from doorctl.trust import load_trust, sign_trust, store_trust
from doorctl.trust_edits import add_controller

trust_app = family("trust", "Say whom the site trusts; needs the key of the site root.")

_LOCAL_TIME = Path("/etc/localtime")
_LONGEST_SOCKET_PATH = 107


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
    as_json: JsonOption = False,
) -> None:
    """Make a new site: keys and configuration for a hub, a controller and an admin; nothing is overwritten."""
    for name in (site, controller, admin):
        if not is_name(name):
            raise typer.BadParameter(f"{name!r} is not a name: use 1 to 32 of a-z, 0-9 and -")
    _check_broker(broker)
    zone = timezone_called(timezone or _timezone_of_this_machine()).key
    place = folder or Path(site)
    make_site(place, NewSite(site, zone, controller, admin, broker, mqtt_version))
    steps = _next_steps(place)
    text = _welcome(site, zone, place, [f"a broker must listen at {broker} (here: apt install mosquitto)", *steps])
    Output(as_json).result({"site": site, "dir": str(place), "timezone": zone, "broker": broker, "next": steps}, text)


def join(
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="controller.toml")],
    as_json: JsonOption = False,
) -> None:
    """Make this controller's keys, here, and print the code by which the site learns of them.

    Said again, it prints the same code.
    """
    table = read_config(config, KeeperConfig, others=CONTROLLER_TABLES).controller
    state_dir = resolve(config, table.state_dir)
    if not (state_dir / KEY_FOLDER).exists():
        make_keys(state_dir)
    code = join_code_of(state_dir, table.name)
    Output(as_json).result({"controller": table.name, "code": code}, code)


@trust_app.command(
    "add-controller",
    epilog=example("doorctl trust add-controller CODE --root hq/root --trust hq/hub/state/trust.note"),
)
def trust_controller(
    code: Annotated[str, typer.Argument(metavar="CODE", help="what `doorctl join` printed on the controller")],
    root: Annotated[Path, typer.Option("--root", metavar="DIR", help="the folder with the site root's key")],
    trust: Annotated[
        list[Path],
        typer.Option("--trust", metavar="FILE", help="trust.note; the first is read, all of them are written"),
    ],
    as_json: JsonOption = False,
) -> None:
    """Sign a controller into the site's trust; a running hub notices and publishes it."""
    site = _site_of(trust[0])
    signer = load_signer(root / ROOT_KEY, root_key_name(site))
    known = load_trust(trust[0], site=site, root_keys=[signer.verifier.public_key]).trust
    controller = parse_join_code(code).id
    signed = sign_trust(add_controller(known, code), signer)
    for path in trust:
        store_trust(path, signed)
    Output(as_json).result(
        {"controller": controller, "version": signed.trust.version},
        f"{controller} is trusted, version {signed.trust.version}. The hub publishes it by itself; "
        "take the root's folder offline again.",
    )


def _site_of(path: Path) -> str:
    """Read which site a trust note is about; its signature is checked with that name afterwards."""
    try:
        _, _, body = text_of(path.read_bytes()).partition(b"\n")
        return str(msgspec.json.decode(body, type=dict[str, object])["site"])
    except OSError as error:
        raise KeyFileError(f"cannot read {path}: {error.strerror}; the hub keeps it as state/{TRUST_FILE}") from error
    except (msgspec.DecodeError, KeyError) as error:
        raise Refused("malformed", f"{path} is not trust: the hub keeps it as state/{TRUST_FILE}") from error


def _check_broker(url: str) -> None:
    try:
        broker_address(url)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _timezone_of_this_machine() -> str:
    _, found, name = str(_LOCAL_TIME.resolve()).partition("/zoneinfo/")
    return name if found else "UTC"


def _next_steps(place: Path) -> list[str]:
    at = shlex.quote(str(place))
    controller = f"{at}/controller/controller.toml"
    trusts = f"--trust {at}/hub/state/{TRUST_FILE} --trust {at}/admin/{TRUST_FILE}"
    return [
        f"doorctl join --config {controller}",
        f"doorctl trust add-controller CODE --root {at}/root {trusts}",
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
    text = (
        f"Site {site} is in {place}; its wall clock is {zone}.\n"
        f"Take {place / 'root'} offline once a controller has joined: its key says whom the site trusts.\n"
        f"What next (2 takes the code that 1 prints; 3 to 7 keep running):\n{numbered}"
    )
    socket = (place / "controller" / "run" / "simulator.sock").absolute()
    if len(str(socket)) > _LONGEST_SOCKET_PATH:
        text += f"\nThe path {socket} is too long for a socket: set runtime_dir in controller.toml to a shorter one."
    return text
