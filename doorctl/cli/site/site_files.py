"""The folders of a new site: keys, trust and configuration for a hub, a controller, an admin and the site root.

They are built aside and then moved into place, so a site is there as a whole or not at all.
"""

import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from doorctl.cli.site.site_texts import NewSite, Roots, admin_toml, controller_toml, hub_toml
from doorctl.durable import replace_file
from doorctl.errors import Refused
from doorctl.keys.card_keys import new_card_keys
from doorctl.keys.certificates import (
    CA_CERTIFICATE,
    Authority,
    make_client_files,
    new_authority,
    write_certificate,
)
from doorctl.keys.identity import (
    admin_key_name,
    decode_public,
    encode_public,
    hub_key_name,
    new_identity,
    new_signing_key,
    root_key_name,
)
from doorctl.places import KeyFile, StateFile
from doorctl.trust.note import AdminKeys, HubKeys, Role, Trust
from doorctl.trust.verify import sign_trust, store_trust
from doorctl.wire.notes import Signer
from doorctl.wire.topics import HUB_NAME

ROOT_FOLDERS = ("root-1", "root-2")
CA_FOLDER = "ca"
FOLDERS = ("hub", "controller", "admin", *ROOT_FOLDERS, CA_FOLDER)
ROOT_KEY, ROOT_PUBLICS = KeyFile.SIGN, "root.pub"
EVERY_ROLE = (Role.ADMIN, Role.OFFICER, Role.CLERK, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class SitePassphrases:
    """What protects the keys that people keep: each root's, and the admin's; None leaves a key open."""

    roots: tuple[bytes | None, ...] = (None, None)
    admin: bytes | None = None


def make_site(
    folder: Path, new: NewSite, *, passphrases: SitePassphrases, at: datetime, own_certificates: bool = False
) -> None:
    """Make the folders of a site. Raises Refused ``exists``: nothing is ever overwritten."""
    folder.mkdir(parents=True, exist_ok=True)
    refuse_what_exists(folder)
    with _aside(folder) as aside:
        roots = _make_roots(aside, new, passphrases.roots)
        _write_trust(aside, new, roots=roots, passphrase=passphrases.admin)
        new_card_keys(aside / "hub" / "state" / StateFile.CARD_KEYS)
        _write_configuration(aside, new, Roots(tuple(encode_public(root.verifier.public_key) for root in roots)))
        if new.has_tls and not own_certificates:
            _write_certificates(aside, new, new_authority(aside / CA_FOLDER, site=new.site, at=at), at=at)
        refuse_what_exists(folder)
        for made in sorted(aside.iterdir()):
            made.rename(folder / made.name)


def refuse_what_exists(folder: Path) -> None:
    """Raise Refused ``exists`` if a folder of a site is there."""
    there = [str(folder / name) for name in FOLDERS if (folder / name).exists()]
    if there:
        raise Refused("exists", f"{', '.join(there)}: nothing is overwritten; choose another --dir or move it away")


def write_root_publics(folders: Iterable[Path], roots: Iterable[Signer]) -> None:
    """Put the public halves of all keys of the root beside each: so either can check what the other has signed."""
    publics = "".join(f"{encode_public(root.verifier.public_key)}\n" for root in roots)
    for folder in folders:
        replace_file(folder / ROOT_PUBLICS, publics.encode())


def root_publics_in(folder: Path) -> list[bytes]:
    """Return the public halves that stand beside a key of the root. Raises KeyFileError."""
    path = folder / ROOT_PUBLICS
    return [decode_public(line) for line in path.read_text().split()] if path.exists() else []


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    aside = folder / f".new-site-{secrets.token_hex(4)}"
    aside.mkdir(mode=0o700)
    try:
        yield aside
    finally:
        shutil.rmtree(aside)


def _make_roots(folder: Path, new: NewSite, passphrases: tuple[bytes | None, ...]) -> list[Signer]:
    roots = []
    for place, passphrase in zip(ROOT_FOLDERS, passphrases, strict=True):
        (folder / place).mkdir(mode=0o700)
        key = new_signing_key(folder / place / ROOT_KEY, passphrase)
        roots.append(Signer(root_key_name(new.site), key))
    write_root_publics([folder / place for place in ROOT_FOLDERS], roots)
    return roots


def _write_trust(folder: Path, new: NewSite, *, roots: list[Signer], passphrase: bytes | None) -> None:
    hub, admin = (_new_place(folder / place) for place in ("hub/state", "admin"))
    hub_keys = new_identity(hub / StateFile.KEYS, name=hub_key_name(new.site))
    admin_keys = new_identity(admin / StateFile.KEYS, name=admin_key_name(new.admin), passphrase=passphrase)
    trust = Trust(
        site=new.site,
        version=1,
        roots=tuple(root.verifier.public_key for root in roots),
        hub=HubKeys(hub_keys.signer.name, hub_keys.sign_public, hub_keys.box_public),
        admins=(AdminKeys(new.admin, admin_keys.sign_public, admin_keys.box_public, roles=EVERY_ROLE),),
    )
    signed = sign_trust(trust, *roots)
    for place in (hub, admin):
        store_trust(place / StateFile.TRUST, signed)


def _new_place(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True)
    return folder


def _write_configuration(folder: Path, new: NewSite, roots: Roots) -> None:
    controller = folder / "controller"
    (controller / "state").mkdir(mode=0o700, parents=True)
    (controller / "run").mkdir(mode=0o700)
    (controller / "controller.toml").write_text(controller_toml(new, roots))
    (folder / "hub" / "hub.toml").write_text(hub_toml(new, roots))
    (folder / "admin" / "admin.toml").write_text(admin_toml(new, roots))


def _write_certificates(folder: Path, new: NewSite, authority: Authority, *, at: datetime) -> None:
    """Give hub and admin their certificates; the controller's is issued when it joins, for its own key."""
    make_client_files(authority, HUB_NAME, folder / "hub" / "state", at=at)
    make_client_files(authority, new.admin, folder / "admin", at=at)
    (folder / "controller" / "link").mkdir(mode=0o700)
    write_certificate(folder / "controller" / "link" / CA_CERTIFICATE, authority.pem)
