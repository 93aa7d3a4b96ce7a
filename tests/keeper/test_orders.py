"""Orders: only by the hub, only now, only what an admin has signed; handed over once, answered when repeated."""

from dataclasses import dataclass

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from doorctl.core.rules.order_rules import ORDER_SECONDS
from doorctl.hub.rights.roles import RIGHTS, word_of
from doorctl.keeper.controller import Outgoing
from doorctl.keeper.orders_desk import ORDERS_KEPT
from doorctl.keys.identity import Identity, admin_key_name
from doorctl.policy.rows import SuspendedAdminRow
from doorctl.trust.note import AdminKeys, Role
from doorctl.wire.bell import CarriedOut, CarryOut
from doorctl.wire.commands import COMMAND_SECONDS, Command, Verb
from doorctl.wire.messages import to_text
from doorctl.wire.notes import sign_text
from doorctl.wire.orders import (
    NO_LONGER,
    Carried,
    Deed,
    DenyAdmin,
    DenyCard,
    DenyHolder,
    Enrol,
    HoldOpenUntil,
    LockDown,
    OpenNow,
    Order,
    order_id,
)
from doorctl.wire.rights import CardEnrol, HoldOpen, OpenDoor
from doorctl.wire.topics import Channel
from tests.keeper.site import CONTROLLER, SITE, AController, ASite, a_signer

NOW = 1_800_000_000
ID = "a" * 32


@dataclass(frozen=True, slots=True)
class AnAdmin:
    """An admin with keys of their own."""

    name: str
    identity: Identity
    roles: tuple[str, ...]

    @property
    def keys(self) -> AdminKeys:
        return AdminKeys(self.name, self.identity.sign_public, self.identity.box_public, roles=self.roles)

    def command(self, do: Verb, *, command_id: str = ID, expires: int = NOW + 60, admin: str = "") -> str:
        command = Command(site=SITE, id=command_id, admin=admin or self.name, expires=expires, do=do)
        return sign_text(to_text(command), self.identity.signer).decode()


def an_admin(name: str, *roles: str) -> AnAdmin:
    return AnAdmin(name, Identity(a_signer(admin_key_name(name)), X25519PrivateKey.generate()), roles)


ADA = an_admin("ada", Role.ADMIN)
GRACE = an_admin("grace", Role.ADMIN, Role.OFFICER)
OPEN_FRONT = ADA.command(OpenDoor(door="front"))
THEIRS = order_id("ada", ID, OpenNow("front"))


@pytest.fixture
def attended(controller: AController, site: ASite) -> AController:
    """A controller with a door process; its trust knows two admins."""
    trusting(controller, site, ADA, GRACE)
    return controller


def trusting(controller: AController, site: ASite, *admins: AnAdmin) -> None:
    """Let trust name these admins, and a door process be there."""
    controller.clock.seconds = NOW
    trust = site.trust(version=2, admins=[each.keys for each in admins])
    controller.keeper.handle(Channel.TRUST, trust.note, 0)
    controller.door_arrives()


def an_order(
    deed: Deed = OpenNow(door="front"),  # noqa: B008 - frozen
    *,
    command_id: str = ID,
    admin: str = "ada",
    expires: int = NOW + ORDER_SECONDS,
    controller: str = CONTROLLER,
    command: str = OPEN_FRONT,
) -> Order:
    its_id = order_id(admin, command_id, deed)
    return Order(SITE, controller, its_id, admin, expires, deed, command)


def give(controller: AController, site: ASite, order: Order) -> list[Outgoing]:
    return controller.keeper.handle(Channel.ORDER, site.sign(order), 0)


def handed_over(controller: AController) -> list[CarryOut]:
    return [packet for packet in controller.door.told if isinstance(packet, CarryOut)]


def carried(controller: AController, outgoing: list[Outgoing]) -> Carried:
    (only,) = outgoing
    assert only.channel is Channel.CARRIED
    note = controller.read(only.payload, Carried)
    assert isinstance(note, Carried)
    return note


def test_an_order_is_handed_to_the_door_with_whose_it_is(attended: AController, site: ASite) -> None:
    outgoing = give(attended, site, an_order())

    assert outgoing == []
    assert handed_over(attended) == [
        CarryOut(THEIRS, "ada", NOW + ORDER_SECONDS, OpenNow(door="front"), by_officer=False, command=ID)
    ]


def test_of_an_officer_s_order_the_door_is_told_that_it_is_one_s(attended: AController, site: ASite) -> None:
    until = NOW + 3600
    command = GRACE.command(HoldOpen(door="front", until=until))

    give(attended, site, an_order(HoldOpenUntil(door="front", until=until), admin="grace", command=command))

    assert [order.by_officer for order in handed_over(attended)] == [True]


def test_what_the_door_did_is_signed_for_the_hub(attended: AController, site: ASite) -> None:
    give(attended, site, an_order())

    outgoing = attended.keeper.hear_door(CarriedOut(THEIRS, "done", record=12), 1)

    assert carried(attended, outgoing) == Carried(SITE, CONTROLLER, THEIRS, "done", record=12)


def test_an_enrolment_is_handed_over_as_its_admin_has_signed_it(attended: AController, site: ASite) -> None:
    enrol = Enrol("front", 60, ID, "front-in")

    give(attended, site, an_order(enrol, command=ADA.command(CardEnrol("front", 60, ID, "front-in"))))

    assert [order.deed for order in handed_over(attended)] == [enrol]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    ("deed", "do"),
    [
        (OpenNow("front"), OpenDoor("front")),
        (HoldOpenUntil("front", NOW + 60), HoldOpen("front", NOW + 60)),
        (HoldOpenUntil("front", NO_LONGER), HoldOpen("front", NO_LONGER)),
        (Enrol("front", 60, ID, "front-in"), CardEnrol("front", 60, ID, "front-in")),
    ],
    ids=["open", "hold", "end", "enrol"],
)
def test_by_a_hub_that_is_broken_into_nobody_has_more_done_at_a_door_than_their_roles_allow(
    controller: AController, site: ASite, role: Role, deed: Deed, do: Verb
) -> None:
    edith = an_admin("edith", role)
    trusting(controller, site, edith)

    give(controller, site, an_order(deed, admin="edith", command=edith.command(do)))

    may = role in RIGHTS[word_of(do)].roles
    assert (len(handed_over(controller)), controller.tally) == ((1, {}) if may else (0, {"not-allowed": 1}))


REFUSED: dict[str, tuple[Order, str]] = {
    "to another controller": (an_order(controller="pi-5"), "wrong-controller"),
    "over": (an_order(expires=NOW), "expired"),
    "over long ago": (an_order(expires=NOW - 86_400), "expired"),
    "good for too long": (an_order(expires=NOW + ORDER_SECONDS + 1), "expires-too-late"),
    "by nobody": (an_order(command=""), "not-a-note"),
    "by an admin that trust does not name": (an_order(admin="alan"), "unknown-admin"),
    "in another's name": (an_order(admin="grace"), "unknown-signer"),
    "signed by another": (
        an_order(command=GRACE.command(OpenDoor(door="front"), admin="ada")),
        "unknown-signer",
    ),
    "with a command in another's name": (
        an_order(command=ADA.command(OpenDoor(door="front"), admin="grace")),
        "bad-command",
    ),
    "with another command's id": (an_order(command_id="b" * 32), "bad-command"),
    "for another door": (an_order(OpenNow(door="vault")), "bad-command"),
    "to do something else": (an_order(HoldOpenUntil(door="front", until=NOW + 9)), "bad-command"),
    "to enrol where a door was to be opened": (an_order(Enrol("front", 60, ID)), "bad-command"),
    "to enrol at another reader": (
        an_order(Enrol("front", 60, ID, "front-out"), command=ADA.command(CardEnrol("front", 60, ID, "front-in"))),
        "bad-command",
    ),
    "until another time": (
        an_order(
            HoldOpenUntil(door="front", until=NOW + 9),
            command=ADA.command(HoldOpen(door="front", until=NOW + 8)),
        ),
        "bad-command",
    ),
    "with a command of last year": (
        an_order(command=ADA.command(OpenDoor(door="front"), expires=NOW - 31_536_000)),
        "bad-command",
    ),
    "with a command that never ends": (
        an_order(command=ADA.command(OpenDoor(door="front"), expires=NOW + 2 * COMMAND_SECONDS)),
        "bad-command",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_an_order_that_does_not_hold_is_refused_by_name(attended: AController, site: ASite, what: str) -> None:
    order, refusal = REFUSED[what]

    outgoing = give(attended, site, order)

    assert (outgoing, handed_over(attended), attended.tally) == ([], [], {refusal: 1})


def test_an_order_that_the_hub_has_not_signed_is_refused(attended: AController, site: ASite) -> None:
    attended.keeper.handle(Channel.ORDER, sign_text(to_text(an_order()), ADA.identity.signer), 0)

    assert (handed_over(attended), attended.tally) == ([], {"unknown-signer": 1})


def test_a_suspended_admin_opens_nothing(attended: AController, site: ASite) -> None:
    site.change(rows=[SuspendedAdminRow(id="ada")])
    attended.keeper.handle(Channel.DELTA, site.delta(1, 4), 0)

    give(attended, site, an_order())

    assert (handed_over(attended), attended.tally) == ([], {"suspended-admin": 1})


def test_an_order_that_is_repeated_is_handed_over_once(attended: AController, site: ASite) -> None:
    give(attended, site, an_order())

    again = give(attended, site, an_order())

    assert (again, len(handed_over(attended)), attended.tally) == ([], 1, {"repeated-order": 1})


def test_an_order_that_is_repeated_is_answered_as_before(attended: AController, site: ASite) -> None:
    give(attended, site, an_order())
    attended.keeper.hear_door(CarriedOut(THEIRS, "done", record=12), 1)

    again = carried(attended, give(attended, site, an_order()))

    assert (again.outcome, again.record, len(handed_over(attended))) == ("done", 12, 1)


def test_without_a_door_process_an_order_is_refused_for_good(attended: AController, site: ASite) -> None:
    attended.door_leaves()
    first = carried(attended, give(attended, site, an_order()))

    attended.door_arrives()
    again = carried(attended, give(attended, site, an_order()))

    assert (first.outcome, first.reason, handed_over(attended)) == ("refused", "no-door", [])
    assert again == first


@pytest.mark.parametrize(
    "deed",
    [DenyHolder("ada", 4), DenyCard(b"c" * 32, 4), DenyAdmin("ada", 4), LockDown("floor-3", 4)],
    ids=["holder", "card", "admin", "zone"],
)
def test_who_is_denied_is_denied_by_the_hub_s_word_and_again_when_it_is_repeated(
    attended: AController, site: ASite, *, deed: Deed
) -> None:
    order = msgspec.structs.replace(an_order(deed, admin="alan", command=""), epoch=3)

    give(attended, site, order)
    give(attended, site, order)

    assert [(each.deed, each.epoch) for each in handed_over(attended)] == [(deed, 3)] * 2


def test_no_number_of_denials_lets_an_order_to_open_be_forgotten(attended: AController, site: ASite) -> None:
    give(attended, site, an_order())
    for number in range(ORDERS_KEPT + 1):
        give(attended, site, an_order(DenyHolder(f"h{number}", 9), command=""))
    give(attended, site, an_order())

    assert [each.id for each in handed_over(attended)].count(THEIRS) == 1


def test_of_denials_too_only_so_many_are_remembered(attended: AController, site: ASite) -> None:
    orders = [an_order(DenyHolder(f"h{number}", 9), command="") for number in range(ORDERS_KEPT + 1)]
    for order in orders:
        give(attended, site, order)

    answers = [attended.keeper.hear_door(CarriedOut(order.id, "done"), 1) for order in (orders[0], orders[-1])]

    assert [len(each) for each in answers] == [0, 1]


def test_an_id_that_another_admin_has_given_too_is_that_of_another_order(attended: AController, site: ASite) -> None:
    give(attended, site, an_order())
    give(attended, site, an_order(admin="grace", command=GRACE.command(OpenDoor(door="front"))))

    assert [each.admin for each in handed_over(attended)] == ["ada", "grace"]


def test_what_the_door_says_of_an_order_that_nobody_gave_is_passed_over(attended: AController) -> None:
    assert attended.keeper.hear_door(CarriedOut("f" * 32, "done"), 0) == []


def test_an_order_of_tomorrow_s_sort_is_refused(attended: AController, site: ASite) -> None:
    text = to_text(an_order()).replace(b'"do":"open"', b'"do":"explode"')

    attended.keeper.handle(Channel.ORDER, sign_text(text, site.hub.signer), 0)

    assert (handed_over(attended), attended.tally) == ([], {"malformed": 1})


def test_over_a_restart_the_order_goes_to_the_door_which_remembers(attended: AController, site: ASite) -> None:
    give(attended, site, an_order())
    again = attended.restart()
    again.clock.seconds = NOW + 1
    again.door_arrives()

    give(again, site, msgspec.structs.replace(an_order()))

    assert [each.id for each in handed_over(again)] == [THEIRS]
    again.close()
