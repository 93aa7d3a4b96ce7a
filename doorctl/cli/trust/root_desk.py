"""Where trust is changed: the copies of trust.note, and the keys of the site root that sign the next version."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from doorctl.cli.asking import agreed
from doorctl.cli.output import Output, say_error
from doorctl.cli.site.site_files import ROOT_KEY, root_publics_in
from doorctl.cli.trust.certificate import Client, issue_certificate
from doorctl.errors import KeyFileError, Refused
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
YesOption = Annotated[bool, typer.Option("--yes", help="do not ask, whatever it ends")]
WHAT_NEXT = "The hub publishes it by itself once it has the file; take the root's folder offline again."


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
    if not yes and not agreed(f"{what} Go on?"):
        raise typer.Abort


def _newest(found: Sequence[SignedTrust], paths: Sequence[Path]) -> SignedTrust:
    newest = max(found, key=lambda signed: rank(signed.trust))
    for path, signed in zip(paths, found, strict=True):
        if rank(signed.trust) == rank(newest.trust) and signed.trust != newest.trust:
            raise Refused("trust-fork", f"{path} is another version {newest.trust.version}: find out who signed it")
    return newest
