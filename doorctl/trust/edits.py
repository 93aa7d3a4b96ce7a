"""The next version of trust: each function returns it unsigned, for a key of the site root to sign.

Names of admins and controllers are of one kind, because the broker knows both by their certificates' names:
none is given twice, and none is ``hub``.
"""

from collections.abc import Iterable
from typing import TypeVar

from msgspec.structs import replace

from doorctl.errors import Refused
from doorctl.trust.join_codes import parse_admin_code, parse_join_code
from doorctl.trust.note import AdminKeys, ControllerKeys, HubKeys, Role, Trust
from doorctl.wire.topics import HUB_NAME

MOST_FORMER = 4
"""So many former keys of the hub are remembered; controllers keep its notes for the last changes only."""

Keys = TypeVar("Keys", bound=AdminKeys | ControllerKeys)


def add_admin(trust: Trust, code: str, *, roles: Iterable[Role], zones: Iterable[str] | None = None) -> Trust:
    """Let an admin's keys command in these roles; they replace any keys the admin had.

    Raises Refused ``bad-join-code``, ``name-taken`` or ``no-role``.
    """
    keys = replace(
        parse_admin_code(code).keys,
        roles=tuple(dict.fromkeys(roles)),
        zones=None if zones is None else tuple(dict.fromkeys(zones)),
    )
    if not keys.roles:
        raise Refused("no-role", "say with --role what the admin may do")
    _refuse_taken(keys.id, by="controller", others=trust.controllers)
    return _next(trust, admins=_with(trust.admins, keys))


def add_controller(trust: Trust, code: str) -> Trust:
    """Trust the controller of a join code; its keys replace any it had.

    Raises Refused ``bad-join-code`` or ``name-taken``.
    """
    keys = parse_join_code(code)
    _refuse_taken(keys.id, by="admin", others=trust.admins)
    return _next(trust, controllers=_with(trust.controllers, keys))


def replace_controller(trust: Trust, name: str, code: str) -> Trust:
    """Give a controller that trust names the keys of a new machine.

    Raises Refused ``unknown-name``, ``wrong-name`` when the code is another controller's, or ``bad-join-code``.
    """
    if name not in {keys.id for keys in trust.controllers}:
        raise Refused("unknown-name", f"trust names no controller {name}")
    if parse_join_code(code).id != name:
        raise Refused("wrong-name", f"this is the code of {parse_join_code(code).id}: name the new machine {name}")
    return add_controller(trust, code)


def revoke_key(trust: Trust, name: str) -> Trust:
    """Trust an admin or a controller no more. Raises Refused ``unknown-name``."""
    admins = tuple(keys for keys in trust.admins if keys.id != name)
    controllers = tuple(keys for keys in trust.controllers if keys.id != name)
    if (admins, controllers) == (trust.admins, trust.controllers):
        raise Refused("unknown-name", f"trust names neither an admin nor a controller {name}")
    return _next(trust, admins=admins, controllers=controllers)


def rotate_hub(trust: Trust, keys: HubKeys) -> Trust:
    """Let other keys be the hub; the epoch goes on, and what the former keys have signed in it is the hub's own."""
    former = (*trust.hub.former, trust.hub.sign)[-MOST_FORMER:]
    return _next(trust, hub=replace(keys, former=former))


def new_epoch(trust: Trust, *, beyond: int = 0) -> Trust:
    """Begin the policy's next epoch; it supersedes all before it, and no former key of the hub counts in it.

    Epochs up to ``beyond`` are superseded, too: a thief of a root key may have named them.
    """
    last = max(trust.epoch, beyond)
    return _next(trust, epoch=last + 1, supersedes=last, hub=replace(trust.hub, former=()))


def set_expiry(trust: Trust, expires: int | None) -> Trust:
    """Say when trust expires, in Unix seconds; None is never."""
    return _next(trust, expires=expires)


def _next(trust: Trust, **changes: object) -> Trust:
    return replace(trust, version=trust.version + 1, **changes)


def _with(known: tuple[Keys, ...], keys: Keys) -> tuple[Keys, ...]:
    """Put keys in the place of those of the same name, or at the end."""
    if keys.id not in {each.id for each in known}:
        return (*known, keys)
    return tuple(keys if each.id == keys.id else each for each in known)


def _refuse_taken(name: str, *, by: str, others: Iterable[AdminKeys | ControllerKeys]) -> None:
    if name == HUB_NAME:
        raise Refused("name-taken", f"{HUB_NAME} is what the hub is called")
    if name in {each.id for each in others}:
        raise Refused("name-taken", f"there is a {by} called {name}: each name is given once")
