"""Where trust is changed: the copies of trust.note, and the keys of the site root that sign the next version."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from doorctl.cli.output import Output, say_error
from doorctl.cli.site_files import ROOT_KEY, root_publics_in
from doorctl.durable import replace_file
from doorctl.errors import KeyFileError, Refused
from doorctl.keys.certificates import issue_client, load_authority
from doorctl.keys.identity import load_signer, root_key_name
from doorctl.keys.passphrase import Passphrases
from doorctl.trust.note import Trust
from doorctl.trust.verify import (
    SignedTrust,
    expiry_warning,
    load_trust,
    open_trust,
    rank,
    sign_trust,
    site_of_trust,
    store_trust,
)
from doorctl.wire.notes import Signer

RootOption = Annotated[
    list[Path], typer.Option("--root", metavar="DIR", help="the folder with a key of the site root; may be repeated")
]
TrustOption = Annotated[
    list[Path],
    typer.Option("--trust", metavar="FILE", help="trust.note; of several the newest is read, all are written"),
]
CaOption = Annotated[
    Path | None,
    typer.Option("--ca", metavar="DIR", help="the site's CA: issue a certificate for the TLS key in CODE"),
]
CertificateOption = Annotated[
    Path | None, typer.Option("--certificate", metavar="FILE", help="where to write it (default: NAME.crt in --ca)")
]
YesOption = Annotated[bool, typer.Option("--yes", help="do not ask, whatever it ends")]
WHAT_NEXT = "The hub publishes it by itself once it has the file; take the root's folder offline again."


@dataclass(frozen=True, slots=True)
class Client:
    """Who shall get a certificate: the name, the TLS key of its code, the CA if one is here, and the file for it."""

    name: str
    tls: bytes | None
    ca: Path | None
    certificate: Path | None


@dataclass(frozen=True, slots=True)
class RootDesk:
    """The newest trust there is, the keys that sign the next, and the files it goes to."""

    known: Trust
    signers: tuple[Signer, ...]
    paths: tuple[Path, ...]
    output: Output

    def put(self, trust: Trust, changed: str, *, also_by: Iterable[Signer] = (), **facts: object) -> None:
        """Sign the next version, put it into every copy, and say what has changed."""
        signed = sign_trust(trust, *{each.verifier: each for each in (*self.signers, *also_by)}.values())
        open_trust(signed.note, site=trust.site, root_keys=self.known.roots, held=self.known)
        for path in self.paths:
            store_trust(path, signed)
        if warning := expiry_warning(trust, datetime.now(UTC)):
            say_error(f"warning: {warning}")
        found = {"version": trust.version, "changed": changed, "files": [str(path) for path in self.paths], **facts}
        self.output.result(found, f"{changed}: trust version {trust.version}. {WHAT_NEXT}")

    def let_in(self, trust: Trust, changed: str, client: Client, **facts: object) -> None:
        """Issue the certificate of a client, where there is a CA, and then put the trust. Raises KeyFileError."""
        path = issue_certificate(client)
        where = "" if path is None else f" (certificate: {path}; bring it to where its configuration names it)"
        issued = None if path is None else str(path)
        self.put(trust, f"{changed}{where}", also_by=(), **facts, certificate=issued)


def root_desk(roots: Sequence[Path], paths: Sequence[Path], *, as_json: bool) -> RootDesk:
    """Open the copies of trust with the keys of its present root. Raises KeyFileError and Refused."""
    there = [path for path in paths if path.exists()]
    if not there:
        raise KeyFileError(f"cannot read {paths[0]}: the hub keeps trust as state/trust.note")
    site = site_of_trust(there[0].read_bytes())
    passphrases = Passphrases()
    signers = tuple(load_signer(root / ROOT_KEY, root_key_name(site), passphrases) for root in roots)
    public = [signer.verifier.public_key for signer in signers]
    pinned = {*public, *(key for root in roots for key in root_publics_in(root))}
    known = _newest([load_trust(path, site=site, root_keys=pinned) for path in there], there).trust
    for root, key in zip(roots, public, strict=True):
        if key not in known.roots:
            raise Refused("not-the-root", f"the key in {root} is no longer of the site's root, or not yet")
    return RootDesk(known, signers, tuple(paths), Output(as_json))


def ask_before(what: str, *, yes: bool) -> None:
    """Ask whether to go on, where that ends something; a no ends the command."""
    if not yes:
        typer.confirm(f"{what} Go on?", abort=True, err=True)


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
    path = client.certificate or client.ca / f"{client.name}.crt"
    pem = issue_client(load_authority(client.ca), client.name, client.tls, at=datetime.now(UTC))
    replace_file(path, pem, mode=0o644)
    return path


def _newest(found: Sequence[SignedTrust], paths: Sequence[Path]) -> SignedTrust:
    newest = max(found, key=lambda signed: rank(signed.trust))
    for path, signed in zip(paths, found, strict=True):
        if rank(signed.trust) == rank(newest.trust) and signed.trust != newest.trust:
            raise Refused("trust-fork", f"{path} is another version {newest.trust.version}: find out who signed it")
    return newest
