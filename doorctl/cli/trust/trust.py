"""``doorctl trust``: whom the site trusts, changed offline with a key of the site root."""

import time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from doorctl.cli.desk import JsonOption, example, family
from doorctl.cli.site.setup import NoPassphraseOption
from doorctl.cli.site.site_files import ROOT_KEY, write_root_publics
from doorctl.cli.times import unix_seconds
from doorctl.cli.trust.certificate import CaOption, CertificateOption, Client
from doorctl.cli.trust.new_passphrases import choose_passphrases
from doorctl.cli.trust.root_desk import (
    RootDesk,
    RootOption,
    TrustOption,
    YesOption,
    ask_before,
    root_desk,
)
from doorctl.cli.trust.trust_shown import show, what_admin_may
from doorctl.errors import Refused
from doorctl.keys.identity import encode_public, hub_key_name, load_signer, new_identity, new_signing_key
from doorctl.keys.passphrase import Passphrases
from doorctl.trust.edits import add_admin, add_controller, new_epoch, revoke_key, rotate_hub, set_expiry
from doorctl.trust.join_codes import parse_admin_code, parse_join_code
from doorctl.trust.note import MAX_ROOTS, HubKeys, Role, Trust
from doorctl.trust.root_history import change_root
from doorctl.wire.notes import Signer

app = family("trust", "Say whom the site trusts; needs a key of the site root.")

CodeArgument = Annotated[str, typer.Argument(metavar="CODE", help="what `join` printed where the keys were made")]
_BROKEN_INTO = "if the old ones may be in other hands, sign `doorctl trust new-epoch` now, too"
_WITHOUT = {
    Role.ADMIN: "nobody can grant, add zones or open a door",
    Role.OFFICER: "nobody can lock down, release, sign rosters or suspend an admin",
}
_FILES = "--root root-1 --trust hub/state/trust.note"

app.command("show", epilog=example("doorctl trust show --config admin/admin.toml"))(show)


@app.command("add-controller", epilog=example(f"doorctl trust add-controller CODE {_FILES}"))
def trust_controller(
    code: CodeArgument,
    *,
    root: RootOption,
    trust: TrustOption,
    ca: CaOption = None,
    certificate: CertificateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Trust a controller by the code that `doorctl join` printed on it; with --ca, let it through to the broker."""
    desk, keys = root_desk(root, trust, as_json=as_json), parse_join_code(code)
    following = add_controller(desk.known, code)
    client = Client(keys.id, keys.tls, ca, certificate)
    desk.let_in(following, f"{keys.id} is trusted", client, controller=keys.id)


@app.command(
    "add-admin", epilog=example(f"doorctl trust add-admin CODE --role admin --zone floor-3 --role clerk {_FILES}")
)
def trust_admin(
    code: CodeArgument,
    *,
    root: RootOption,
    trust: TrustOption,
    role: Annotated[list[Role], typer.Option("--role", help="what the admin may do; may be repeated")],
    zone: Annotated[
        list[str] | None,
        typer.Option("--zone", metavar="ZONE", help="grant in these zones only; may be repeated (default: in all)"),
    ] = None,
    ca: CaOption = None,
    certificate: CertificateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Trust an admin by the code that `doorctl admin join` printed; roles and keys replace those they had."""
    desk, admin = root_desk(root, trust, as_json=as_json), parse_admin_code(code)
    name = admin.keys.id
    following = add_admin(desk.known, code, roles=role, zones=zone or None)
    changed = f"{name} is trusted as {what_admin_may(following, name)}"
    desk.let_in(following, changed, Client(name, admin.tls, ca, certificate), admin=name)


@app.command("revoke-key", epilog=example(f"doorctl trust revoke-key grace {_FILES}"))
def trust_no_more(
    name: Annotated[str, typer.Argument(metavar="NAME", help="an admin or a controller")],
    root: RootOption,
    trust: TrustOption,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Trust an admin or a controller no more; to stop an admin at once, an officer says `doorctl admin suspend`."""
    desk = root_desk(root, trust, as_json=as_json)
    following = revoke_key(desk.known, name)
    for role in (Role.ADMIN, Role.OFFICER):
        if _has(desk.known, role) and not _has(following, role):
            ask_before(f"{name} is the last {role}: {_WITHOUT[role]} until the root trusts another.", yes=yes)
    desk.put(following, f"the keys of {name} count no more", name=name)
    desk.output.news(
        "The certificate still opens the broker: `doorctl broker-config … --ca DIR` (with --revoke FILE for one that "
        "is not in DIR/issued), and restart it."
    )


@app.command("rotate-hub", epilog=example(f"doorctl trust rotate-hub --hub hub/state {_FILES}"))
def trust_other_hub(
    root: RootOption,
    trust: TrustOption,
    hub: Annotated[
        Path, typer.Option("--hub", metavar="DIR", help="the hub's state folder: its new keys go beside the old")
    ],
    as_json: JsonOption = False,
) -> None:
    """Make new keys for the hub, beside its old ones, and let them be the hub.

    A running hub goes on under them by itself. Where the root is not on the hub's machine, bring the new folder of
    keys there first, then trust.note. What the old keys have signed still proves to a restored hub what it did: if
    they may be in other hands, also sign `doorctl trust new-epoch`, before the hub gets trust.note.
    """
    desk = root_desk(root, trust, as_json=as_json)
    name, folder = hub_key_name(desk.known.site), hub / f"keys-{desk.known.version + 1}"
    if folder.exists():
        raise Refused("exists", f"{folder} is there already: nothing is overwritten; move it away")
    keys = new_identity(folder, name=name)
    following = rotate_hub(desk.known, HubKeys(name, keys.sign_public, keys.box_public))
    desk.put(following, f"the hub is whoever has the keys in {folder} ({_BROKEN_INTO})", keys=str(folder))


@app.command(
    "replace-root",
    epilog=example(
        "doorctl trust replace-root --root root-1 --new-root root-3 --new-root root-4 --trust hub/state/trust.note",
        "doorctl trust replace-root --root root-1 --new-root root-1 --new-root root-3 --trust hub/state/trust.note",
    ),
)
def trust_other_root(
    root: RootOption,
    trust: TrustOption,
    new_root: Annotated[
        list[Path],
        typer.Option("--new-root", metavar="DIR", help="all keys of the new root; what is not there yet is made"),
    ],
    no_passphrase: NoPassphraseOption = False,
    as_json: JsonOption = False,
) -> None:
    """Replace the keys of the site root; the old and the new keys sign it together, and everybody follows.

    Whoever is set up from now on needs the new keys in `root_keys`; whoever has the old ones is led on by trust.
    """
    if not 1 <= len({folder.resolve() for folder in new_root}) == len(new_root) <= MAX_ROOTS:
        raise typer.BadParameter(f"name one or {MAX_ROOTS} folders, each once", param_hint="--new-root")
    desk = root_desk(root, trust, as_json=as_json)
    signers = _signers_in(new_root, desk, no_passphrase=no_passphrase)
    following = change_root(desk.known, old=desk.signers, new=signers)
    roots = [encode_public(key) for key in following.roots]
    keys = ", ".join(f'"{key}"' for key in roots)
    desk.put(
        following,
        f"the root is replaced; in new configurations write root_keys = [{keys}]",
        also_by=signers,
        roots=roots,
    )
    write_root_publics(new_root, signers)


@app.command("set-expiry", epilog=example(f"doorctl trust set-expiry 2032-01-31 {_FILES}"))
def trust_until(
    date: Annotated[str, typer.Argument(metavar="DATE", help="the first day that no longer counts (UTC), or never")],
    root: RootOption,
    trust: TrustOption,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say when trust expires: then whatever lets somebody in is refused until it is renewed.

    That is: every add, grant, edit, resume, approve and plan, `open`, `hold-open`, `release` and changes of rules.
    Doors go on as they are, and whatever takes away: revoke, suspend, lost, remove, lockdown.
    """
    desk = root_desk(root, trust, as_json=as_json)
    expires = None if date == "never" else unix_seconds(date, ZoneInfo("UTC"))
    if expires is not None and expires <= time.time():
        ask_before(f"{date} is over: from now on whatever adds or opens is refused.", yes=yes)
    desk.put(set_expiry(desk.known, expires), f"trust expires: {date}", expires=expires)


@app.command("new-epoch", epilog=example(f"doorctl trust new-epoch {_FILES}"))
def trust_new_epoch(
    root: RootOption,
    trust: TrustOption,
    beyond: Annotated[
        int, typer.Option(metavar="EPOCH", min=0, help="supersede also those that a thief of a root key has named")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Begin the policy's history anew, for a hub whose own is lost or forked; controllers take it by snapshot."""
    desk = root_desk(root, trust, as_json=as_json)
    following = new_epoch(desk.known, beyond=beyond)
    desk.put(following, f"epoch {following.epoch} supersedes all up to {following.supersedes}", epoch=following.epoch)


def _has(trust: Trust, role: Role) -> bool:
    return any(role in each.roles for each in trust.admins)


def _signers_in(folders: list[Path], desk: RootDesk, *, no_passphrase: bool) -> list[Signer]:
    """Load or make the keys in these folders; all passphrases are asked for before anything is made."""
    name, known = desk.signers[0].name, {signer.verifier.public_key: signer for signer in desk.signers}
    missing = [folder for folder in folders if not (folder / ROOT_KEY).exists()]
    phrases = dict(zip(missing, choose_passphrases([str(each) for each in missing], skip=no_passphrase), strict=True))
    passphrases, signers = Passphrases(), []
    for folder in folders:
        if folder in phrases:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            signers.append(Signer(name, new_signing_key(folder / ROOT_KEY, phrases[folder])))
        else:
            signers.append(load_signer(folder / ROOT_KEY, name, passphrases))
    return [known.get(signer.verifier.public_key, signer) for signer in signers]
