"""``doorctl admin join``: an admin's keys and configuration, made where the admin sits."""

from pathlib import Path
from typing import Annotated

import typer

from doorctl.cli.desk import JsonOption, example
from doorctl.cli.output import Output
from doorctl.cli.site.setup import NoPassphraseOption
from doorctl.cli.site.site_texts import NewSite, Roots, admin_toml
from doorctl.cli.trust.new_passphrases import choose_passphrases
from doorctl.config import AdminConfig, read_config, resolve
from doorctl.errors import KeyFileError
from doorctl.keys.certificates import CA_CERTIFICATE, TLS_KEY, tls_public_key, write_certificate
from doorctl.keys.identity import Identity, admin_key_name, load_identity, new_identity, new_signing_key
from doorctl.places import StateFile
from doorctl.trust.join_codes import AdminCode, admin_code
from doorctl.trust.note import AdminKeys
from doorctl.wire.topics import HUB_NAME, is_name


def register(app: typer.Typer) -> None:
    """Put the command into the family ``admin``."""
    app.command("join", epilog=example("doorctl admin join grace --like admin.toml --dir grace"))(join_admin)


def join_admin(
    name: Annotated[str, typer.Argument(metavar="NAME", help="the new admin")],
    like: Annotated[
        Path,
        typer.Option("--like", metavar="FILE", help="another admin's admin.toml: the site, its root, its broker"),
    ],
    folder: Annotated[Path, typer.Option("--dir", metavar="DIR", help="the new admin's folder")],
    no_passphrase: NoPassphraseOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make an admin's keys and admin.toml, here, and print the code by which the site learns of them.

    Said again, it prints the same code. `doorctl trust add-admin CODE` signs it; bring the new trust.note into the
    folder, and the certificate as tls.crt where the broker asks for one.
    """
    if not is_name(name) or name == HUB_NAME:
        raise typer.BadParameter(f"{name!r} is not a name for an admin: use 1 to 32 of a-z, 0-9 and -")
    config = read_config(like, AdminConfig)
    if (folder / StateFile.KEYS).exists():
        _refuse_anothers(folder, name)
        identity = load_identity(folder / StateFile.KEYS, admin_key_name(name))
    else:
        identity = _make(folder, name, like, config, skip=no_passphrase)
    tls = tls_public_key(folder) if (folder / TLS_KEY).exists() else None
    keys = AdminKeys(id=name, sign=identity.sign_public, box=identity.box_public, roles=())
    code = admin_code(AdminCode(keys, tls))
    Output(as_json).result({"admin": name, "dir": str(folder), "code": code}, code)


def _refuse_anothers(folder: Path, name: str) -> None:
    """Let nobody be known by the keys of another: a roster would count them as two."""
    known = read_config(folder / "admin.toml", AdminConfig).admin.name
    if known != name:
        raise KeyFileError(f"{folder} holds the keys of {known}: name another folder for {name}")


def _make(folder: Path, name: str, like: Path, config: AdminConfig, *, skip: bool) -> Identity:
    if (folder / "admin.toml").exists():
        raise KeyFileError(f"{folder / 'admin.toml'} is there without keys: nothing is overwritten, move it away")
    ca = None if config.mqtt.ca is None else resolve(like, config.mqtt.ca).read_bytes()
    (passphrase,) = choose_passphrases([name], skip=skip)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    brokers, site = tuple(config.mqtt.brokers), config.admin
    new = NewSite(site.site, site.timezone, "", name, brokers, config.mqtt.mqtt_version)
    (folder / "admin.toml").write_text(admin_toml(new, Roots(site.root_keys)))
    if new.has_tls:
        new_signing_key(folder / TLS_KEY)
        if ca is not None:
            write_certificate(folder / CA_CERTIFICATE, ca)
    return new_identity(folder / StateFile.KEYS, name=admin_key_name(name), passphrase=passphrase)
