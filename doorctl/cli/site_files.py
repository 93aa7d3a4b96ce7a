"""The folders of a new site: keys, trust and configuration for a hub, a controller, an admin and the site root.

They are built aside and then moved into place, so a site is there as a whole or not at all.
"""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doorctl.cli.account import KEY_FOLDER, TRUST_FILE
from doorctl.cli.site_texts import NewSite, admin_toml, controller_toml, hub_toml
from doorctl.errors import Refused
from doorctl.keys import (
    Identity,
    admin_key_name,
    encode_public,
    hub_key_name,
    load_identity,
    load_signer,
    new_card_keys,
    new_identity,
    new_signing_key,
    root_key_name,
)
from doorctl.notes import Signer
from doorctl.trust import sign_trust, store_trust
from doorctl.trust_note import AdminKeys, HubKeys, Trust

FOLDERS = ("hub", "controller", "admin", "root")
CARD_KEYS, ROOT_KEY = "card.keys", "sign.pem"


def make_site(folder: Path, new: NewSite) -> None:
    """Make the four folders of a site. Raises Refused ``exists``: nothing is ever overwritten."""
    folder.mkdir(parents=True, exist_ok=True)
    _refuse_what_exists(folder)
    with _aside(folder) as aside:
        root = _make_root(aside / "root", new)
        hub = _make_identity(aside / "hub" / "state" / KEY_FOLDER, hub_key_name(new.site))
        admin = _make_identity(aside / "admin" / KEY_FOLDER, admin_key_name(new.admin))
        new_card_keys(aside / "hub" / "state" / CARD_KEYS)
        _write_trust(aside, new, root=root, hub=hub, admin=admin)
        _write_configuration(aside, new, encode_public(root.verifier.public_key))
        _refuse_what_exists(folder)
        for name in FOLDERS:
            (aside / name).rename(folder / name)


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    aside = folder / f".new-site-{secrets.token_hex(4)}"
    aside.mkdir(mode=0o700)
    try:
        yield aside
    finally:
        shutil.rmtree(aside)


def _refuse_what_exists(folder: Path) -> None:
    there = [str(folder / name) for name in FOLDERS if (folder / name).exists()]
    if there:
        raise Refused("exists", f"{', '.join(there)}: nothing is overwritten; choose another --dir or move it away")


def _make_root(folder: Path, new: NewSite) -> Signer:
    folder.mkdir(mode=0o700)
    new_signing_key(folder / ROOT_KEY)
    return load_signer(folder / ROOT_KEY, root_key_name(new.site))


def _make_identity(folder: Path, name: str) -> Identity:
    folder.parent.mkdir(mode=0o700, parents=True)
    new_identity(folder)
    return load_identity(folder, name)


def _write_trust(folder: Path, new: NewSite, *, root: Signer, hub: Identity, admin: Identity) -> None:
    trust = Trust(
        site=new.site,
        version=1,
        roots=(root.verifier.public_key,),
        hub=HubKeys(hub_key_name(new.site), hub.sign_public, hub.box_public),
        admins=(AdminKeys(new.admin, admin.sign_public, admin.box_public),),
    )
    signed = sign_trust(trust, root)
    for path in (folder / "hub" / "state" / TRUST_FILE, folder / "admin" / TRUST_FILE):
        store_trust(path, signed)


def _write_configuration(folder: Path, new: NewSite, root_key: str) -> None:
    controller = folder / "controller"
    (controller / "state").mkdir(mode=0o700, parents=True)
    (controller / "run").mkdir(mode=0o700)
    (controller / "controller.toml").write_text(controller_toml(new, root_key))
    (folder / "hub" / "hub.toml").write_text(hub_toml(new, root_key))
    (folder / "admin" / "admin.toml").write_text(admin_toml(new, root_key))
