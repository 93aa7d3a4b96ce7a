"""``doorctl broker-config``: mosquitto's configuration for a site, with its certificate."""

import getpass
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from doorctl.cli.account import pins_of
from doorctl.cli.desk import JsonOption, example
from doorctl.cli.output import Output
from doorctl.cli.trust.broker_files import Owner, give_away, list_mode, owner_called
from doorctl.config import HubConfig, brokers_of, read_config
from doorctl.durable import replace_file
from doorctl.errors import ConfigError
from doorctl.keys.certificates import (
    CA_CERTIFICATE,
    Authority,
    issue_server,
    issued_to_clients,
    load_authority,
    load_certificate,
    revocation_list,
    revoked_serials,
    write_certificate,
)
from doorctl.keys.identity import load_signer, new_signing_key
from doorctl.mqtt.broker_config import (
    ACL_FILE,
    CA_FILE,
    CERTIFICATE_FILE,
    CONF_FILE,
    KEY_FILE,
    REVOKED_FILE,
    Listener,
    access_list,
    mosquitto_conf,
)
from doorctl.trust.note import Trust
from doorctl.trust.withdrawn import withdrawn_serials

_READABLE_BY_ALL = 0o644


HubFileOption = Annotated[Path, typer.Option("--config", metavar="FILE", help="hub.toml")]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="where mosquitto reads its files")]
AddressOption = Annotated[str, typer.Option(metavar="ADDRESS", help="where it listens; 0.0.0.0 is everywhere")]
PortOption = Annotated[int | None, typer.Option(min=1, max=65535, help="default: as in hub.toml")]
UserOption = Annotated[str, typer.Option(metavar="NAME", help="whom mosquitto runs as when root starts it")]
AuthorityOption = Annotated[
    Path | None, typer.Option("--ca", metavar="DIR", help="the site's authority: issue the broker's certificate")
]
RevokeOption = Annotated[
    list[Path] | None,
    typer.Option("--revoke", metavar="FILE", help="a certificate of ca/issued/ that shall let nobody in any more"),
]


def broker_config(
    *,
    config: HubFileOption,
    out: OutOption = Path("broker"),
    address: AddressOption = "127.0.0.1",
    port: PortOption = None,
    user: UserOption = "mosquitto",
    ca: AuthorityOption = None,
    revoke: RevokeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write mosquitto.conf and its access list for this site.

    Said again, it renews both; a certificate that is there stays, and so does what was revoked. With --ca, whom trust
    no longer names, or names with another TLS key, is let in no more. Restart mosquitto after it, and check it.
    """
    hub, out = read_config(config, HubConfig), out.absolute()
    brokers = brokers_of(hub.mqtt, config)
    if (tls := brokers[0].tls) is None or tls.ca is None:
        raise ConfigError(f"{config}: mqtt.brokers must be mqtts:// with a `ca`: without TLS a broker knows nobody")
    if revoke and ca is None:
        raise typer.BadParameter("--revoke needs --ca: the authority signs the list")
    trust, owner = pins_of(config, hub.hub).read().trust, owner_called(user)
    out.mkdir(parents=True, exist_ok=True)
    _copy_ca(tls.ca, out / CA_FILE)
    if ca is not None:
        authority = _authority(ca, out)
        _issue(authority, out, [broker.host for broker in brokers])
        _revoke(authority, out, trust, revoke or [])
    give_away([out, out / KEY_FILE], owner)
    start = _start(out, user, owner)
    listener = Listener(address, port or brokers[0].port, out, user, (out / REVOKED_FILE).exists())
    allowed = access_list(trust.site, [admin.id for admin in trust.admins])
    replace_file(out / ACL_FILE, allowed.encode(), mode=list_mode(owner), owner=owner)
    replace_file(out / CONF_FILE, mosquitto_conf(listener).encode(), mode=_READABLE_BY_ALL)
    _tell(out, start, config, as_json=as_json)


def _copy_ca(source: Path, target: Path) -> None:
    load_certificate(source)
    replace_file(target, source.read_bytes(), mode=_READABLE_BY_ALL)


def _authority(ca: Path, out: Path) -> Authority:
    authority = load_authority(ca)
    if load_certificate(out / CA_FILE) != authority.certificate:
        raise ConfigError(f"{ca / CA_CERTIFICATE} is not the `ca` that hub.toml believes")
    return authority


def _issue(authority: Authority, out: Path, hosts: list[str]) -> None:
    if (out / CERTIFICATE_FILE).exists():
        return
    if not (out / KEY_FILE).exists():
        new_signing_key(out / KEY_FILE)
    public_key = load_signer(out / KEY_FILE, "broker").verifier.public_key
    pem = issue_server(authority, hosts, public_key, at=datetime.now(UTC))
    write_certificate(out / CERTIFICATE_FILE, pem)


def _revoke(authority: Authority, out: Path, trust: Trust, certificates: list[Path]) -> None:
    serials = revoked_serials(out / REVOKED_FILE) | {load_certificate(each).serial_number for each in certificates}
    withdrawn = withdrawn_serials(issued_to_clients(authority), trust)
    if serials or withdrawn or (out / REVOKED_FILE).exists():
        pem = revocation_list(authority, serials, withdrawn=withdrawn, at=datetime.now(UTC))
        replace_file(out / REVOKED_FILE, pem, mode=_READABLE_BY_ALL)


def _start(out: Path, user: str, owner: Owner | None) -> list[str]:
    """Say how mosquitto comes to read the files: it starts with all of them or not, but a reload goes on without."""
    again = (out / CONF_FILE).exists()
    start = "systemctl restart mosquitto" if again else f"mosquitto -c {shlex.quote(str(out / CONF_FILE))}"
    is_readable = owner is not None or user == getpass.getuser()
    return [start] if is_readable else [f"chown -R {user}: {shlex.quote(str(out))} where mosquitto runs", start]


def _tell(out: Path, then: list[str], config: Path, *, as_json: bool) -> None:
    steps = [
        *(
            f"put the broker's {name} into {out}"
            for name in (CERTIFICATE_FILE, KEY_FILE)
            if not (out / name).exists()
        ),
        *then,
        f"doorctl check --broker --config {shlex.quote(str(config))} --as controller.toml --as admin.toml",
    ]
    text = "\n".join([f"Wrote {CONF_FILE} and {ACL_FILE} to {out}. What next:", *(f"  {step}" for step in steps)])
    Output(as_json).result({"dir": str(out), "files": [CONF_FILE, ACL_FILE, CA_FILE], "next": steps}, text)


def register(app: typer.Typer) -> None:
    """Put the command among the others."""
    app.command("broker-config", epilog=example("doorctl broker-config --config hub.toml --out broker --ca ca"))(
        broker_config
    )
