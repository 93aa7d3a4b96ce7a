"""``doorctl controller``: a new machine in the place of an old one, and one that was stolen."""

from typing import Annotated

import typer

from doorctl.cli.desk import JsonOption, example, family
from doorctl.cli.trust.certificate import CaOption, CertificateOption, Client
from doorctl.cli.trust.root_desk import RootOption, TrustOption, root_desk
from doorctl.cli.trust.trust import CodeArgument
from doorctl.errors import Refused
from doorctl.trust.edits import replace_controller, revoke_key
from doorctl.trust.join_codes import parse_join_code

app = family("controller", "Replace a controller, or give a stolen one up; needs a key of the site root.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="the controller")]
_FILES = "--root root-1 --trust hub/state/trust.note"
_AFTER_A_THEFT = (
    "bring the new trust.note to the hub: it seals nothing more to {name}, and nothing that {name} says counts",
    "`doorctl broker-config … --ca hq/ca` with the new trust.note, restart the broker, and `doorctl check --broker`: "
    "until then its certificate opens its own topics, which nobody believes",
    "`doorctl card rotate-keys`: what is sealed, exported or backed up from now on is of no use to the thief",
    "replace the cards: the thief can find the number of every card in `doorctl list cards`, 26-bit ones in a "
    "minute; begin with those that open most (`doorctl list grants`): `doorctl card lost CARD`, and a new one",
    "give another PIN to everybody who has one in `doorctl list people`: the thief finds each at once, and which of "
    "two is the one for duress: `doorctl person pin HANDLE`",
    "set up the new machine under the name {name}, and `doorctl trust add-controller CODE`",
)


@app.command("replace", epilog=example(f"doorctl controller replace pi-4f CODE {_FILES}"))
def replace(
    name: NameArgument,
    code: CodeArgument,
    *,
    root: RootOption,
    trust: TrustOption,
    ca: CaOption = None,
    certificate: CertificateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a new machine be this controller, with the same doors; the old machine's keys count no more."""
    desk, keys = root_desk(root, trust, as_json=as_json), parse_join_code(code)
    following = replace_controller(desk.known, name, code)
    client = Client(name, keys.tls, ca, certificate)
    desk.let_in(following, f"{name} is the machine of this code", client, controller=name)


@app.command("stolen", epilog=example(f"doorctl controller stolen pi-4f {_FILES}"))
def stolen(name: NameArgument, root: RootOption, trust: TrustOption, as_json: JsonOption = False) -> None:
    """Trust a stolen controller no more, and say what else must be done, in this order."""
    desk = root_desk(root, trust, as_json=as_json)
    steps = [step.format(name=name) for step in _AFTER_A_THEFT]
    if name not in {keys.id for keys in desk.known.controllers}:
        raise Refused("unknown-name", f"trust names no controller {name}")
    following = revoke_key(desk.known, name)
    desk.put(following, f"{name} is trusted no more", controller=name, next=steps)
    desk.output.news("\n".join(["Do now, in this order:", *(f"{n:>3}. {step}" for n, step in enumerate(steps, 1))]))
