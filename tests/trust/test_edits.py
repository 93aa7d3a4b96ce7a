"""The next version of trust: what was said changes, and nothing else does."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from doorctl.errors import Refused
from doorctl.trust.edits import (
    MOST_FORMER,
    add_admin,
    add_controller,
    new_epoch,
    replace_controller,
    revoke_key,
    rotate_hub,
    set_expiry,
)
from doorctl.trust.join_codes import AdminCode, admin_code, join_code
from doorctl.trust.note import ControllerKeys, HubKeys, Role, Trust
from tests.trust.builders import ADA, PI, some_trust

OLD_PI = ControllerKeys(id="pi-4f", ack=b"x" * 32, log=b"x" * 32, box=b"x" * 32)
OTHER_PI = replace(PI, id="pi-2")
ADAS_CODE = admin_code(AdminCode(ADA))
NEW_HUB = HubKeys(name="hub.hq", sign=b"2" * 32, box=b"3" * 32)
FULL = some_trust(admins=(ADA,), controllers=(OLD_PI, OTHER_PI), epoch=3)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda trust: add_controller(trust, join_code(PI)), {"controllers": (PI, OTHER_PI)}),
        (lambda trust: replace_controller(trust, "pi-4f", join_code(PI)), {"controllers": (PI, OTHER_PI)}),
        (lambda trust: revoke_key(trust, "pi-4f"), {"controllers": (OTHER_PI,)}),
        (lambda trust: revoke_key(trust, "ada"), {"admins": ()}),
        (lambda trust: rotate_hub(trust, NEW_HUB), {"hub": replace(NEW_HUB, former=(FULL.hub.sign,))}),
        (new_epoch, {"epoch": 4, "supersedes": 3}),
        (lambda trust: set_expiry(trust, 1_900_000_000), {"expires": 1_900_000_000}),
        (lambda trust: set_expiry(trust, None), {"expires": None}),
        (
            lambda trust: add_admin(trust, ADAS_CODE, roles=[Role.ADMIN, Role.ADMIN], zones=["floor-3"]),
            {"admins": (replace(ADA, roles=(Role.ADMIN,), zones=("floor-3",)),)},
        ),
    ],
)
def test_an_edit_makes_the_next_version_and_changes_nothing_else(
    edit: Callable[[Trust], Trust], expected: dict[str, object]
) -> None:
    assert edit(FULL) == replace(FULL, version=FULL.version + 1, **expected)


def test_a_new_epoch_lies_beyond_those_that_a_thief_has_named() -> None:
    trust = new_epoch(FULL, beyond=900)

    assert (trust.epoch, trust.supersedes) == (901, 900)


def test_a_new_epoch_believes_no_former_key_of_the_hub() -> None:
    assert new_epoch(rotate_hub(FULL, NEW_HUB)).hub == NEW_HUB


def test_the_last_few_former_keys_of_the_hub_are_remembered() -> None:
    trust = FULL
    for number in range(MOST_FORMER + 1):
        trust = rotate_hub(trust, replace(NEW_HUB, sign=bytes([number]) * 32))

    assert trust.hub.former == tuple(bytes([number]) * 32 for number in range(MOST_FORMER))


def test_a_new_controller_comes_after_those_that_are_known() -> None:
    assert add_controller(FULL, join_code(replace(PI, id="pi-9"))).controllers == (
        OLD_PI,
        OTHER_PI,
        replace(PI, id="pi-9"),
    )


def refusal_of(edit: Callable[[], Trust]) -> str:
    with pytest.raises(Refused) as refused:
        edit()
    return refused.value.refusal


def test_no_name_is_given_twice_to_an_admin_and_a_controller() -> None:
    admin_like_pi = admin_code(AdminCode(replace(ADA, id="pi-4f")))

    assert refusal_of(lambda: add_controller(FULL, join_code(replace(PI, id="ada")))) == "name-taken"
    assert refusal_of(lambda: add_admin(FULL, admin_like_pi, roles=[Role.ADMIN])) == "name-taken"


def test_nobody_is_called_hub() -> None:
    admin_like_hub = admin_code(AdminCode(replace(ADA, id="hub")))

    assert refusal_of(lambda: add_controller(FULL, join_code(replace(PI, id="hub")))) == "name-taken"
    assert refusal_of(lambda: add_admin(FULL, admin_like_hub, roles=[Role.ADMIN])) == "name-taken"


def test_an_admin_has_a_role() -> None:
    assert refusal_of(lambda: add_admin(FULL, ADAS_CODE, roles=[])) == "no-role"


def test_only_who_is_there_is_revoked_or_replaced() -> None:
    assert refusal_of(lambda: revoke_key(FULL, "alan")) == "unknown-name"
    assert refusal_of(lambda: replace_controller(FULL, "pi-9", join_code(PI))) == "unknown-name"


def test_a_controller_is_not_replaced_by_the_code_of_another() -> None:
    assert refusal_of(lambda: replace_controller(FULL, "pi-2", join_code(PI))) == "wrong-name"
