"""Certificates that clients show to the broker: issued where trust is changed, and ``doorctl certificate renew``."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from doorctl.cli.desk import JsonOption, example, family
from doorctl.cli.output import Output, say_error
from doorctl.durable import replace_file
from doorctl.errors import Refused
from doorctl.keys.certificates import (
    ISSUED_FOLDER,
    Authority,
    Issued,
    expires_at,
    issue_client,
    issued_to_clients,
    load_authority,
)

app = family("certificate", "Renew the certificates by which the broker lets clients in; needs the site's CA.")

CaOption = Annotated[
    Path | None,
    typer.Option("--ca", metavar="DIR", help="the site's CA: issue a certificate for the TLS key in CODE"),
]
CertificateOption = Annotated[
    Path | None, typer.Option("--certificate", metavar="FILE", help="where to write it (default: NAME.crt in --ca)")
]


@dataclass(frozen=True, slots=True)
class Client:
    """Who shall get a certificate: the name, the TLS key of its code, the CA if one is here, and the file for it."""

    name: str
    tls: bytes | None
    ca: Path | None
    certificate: Path | None


def issue_certificate(client: Client) -> Path | None:
    """Issue the certificate of a client whose code carries a TLS key; return its file, None without a CA.

    Raises Refused ``no-tls-key``, and KeyFileError.
    """
    if client.ca is None:
        if client.tls is not None:
            say_error(
                f"warning: no certificate was issued, and a broker with TLS does not let {client.name} in without: "
                "say this again with --ca DIR, or have your own CA issue it"
            )
        return None
    if client.tls is None:
        raise Refused(
            "no-tls-key", f"the code of {client.name} has no TLS key: name `key` in its configuration, join again"
        )
    return _issue(load_authority(client.ca), client.name, client.tls, client.certificate)


@app.command("renew", epilog=example("doorctl certificate renew hub --ca hq/ca --certificate hq/hub/state/tls.crt"))
def renew(
    name: Annotated[str, typer.Argument(metavar="NAME", help="hub, or the name of a controller or an admin")],
    *,
    ca: Annotated[Path, typer.Option("--ca", metavar="DIR", help="the site's CA")],
    certificate: CertificateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Issue the certificate of the hub, a controller or an admin anew, for the TLS key it was issued for last.

    It needs none of their keys, and nothing else changes. Whoever may have the key in other hands needs another key,
    not another certificate. For a broker remove broker.crt and say `doorctl broker-config` again.
    """
    authority = load_authority(ca)
    last = _last_issued(authority, name)
    path = _issue(authority, name, last.public_key, certificate)
    ends, ended = expires_at(path).date(), last.expires.date()
    found = {"name": name, "certificate": str(path), "ends": str(ends), "ended": str(ended)}
    text = (
        f"{path} lets {name} in until {ends} (the last one: {ended}). Bring it to where its configuration names "
        "`certificate`; it counts from the next connection on."
    )
    Output(as_json).result(found, text)


def _last_issued(authority: Authority, name: str) -> Issued:
    own = [each for each in issued_to_clients(authority) if each.name == name]
    if not own:
        raise Refused(
            "unknown-name",
            f"{authority.folder / ISSUED_FOLDER} holds no certificate of {name}: `doorctl trust add-controller` and "
            "`add-admin` issue the first",
        )
    return max(own, key=lambda each: each.expires)


def _issue(authority: Authority, name: str, public_key: bytes, target: Path | None) -> Path:
    path = target or authority.folder / f"{name}.crt"
    replace_file(path, issue_client(authority, name, public_key, at=datetime.now(UTC)), mode=0o644)
    return path
