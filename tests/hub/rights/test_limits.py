"""How often an admin may grant within an hour, and ask about cards by number; who may name a card at all."""

from doorctl.hub.rights.limits import Limits
from doorctl.trust.note import Role
from doorctl.wire.commands import CardAdd, GrantAdd, GroupJoin, Private, Revoke
from doorctl.wire.messages import Response
from doorctl.wire.questions import CredentialKeys, ListRows, Why
from doorctl.wire.results import Page
from tests.hub.builders import ADAS_CARD, CARD_KEYS, NOON_SECONDS, AnAdmin, ASite, a_private, later

DAY = 86_400


def with_limit(site: ASite, grants: int) -> AnAdmin:
    site.limits = Limits(grants_per_hour=grants)
    return site.hire("edith", Role.ADMIN)


def test_an_admin_gives_so_many_grants_within_an_hour_and_no_more(floor: ASite) -> None:
    edith = with_limit(floor, 2)

    def grant(number: int, at: float = 0) -> Response:
        wanted = GrantAdd(f"g{number}", "floor-1", holder="h1", valid_until=NOON_SECONDS + DAY * (number + 1))
        return floor.ask(wanted, admin=edith, at=later(at))

    first, join, third = grant(1), floor.ask(GroupJoin("staff", "h1"), admin=edith), grant(3)
    much_later = grant(4, at=3600)

    assert (first.verdict, join.verdict, third.reason) == ("accepted", "accepted", "too-many-grants")
    assert much_later.verdict == "accepted"


def test_an_officer_has_a_limit_too(floor: ASite) -> None:
    floor.limits = Limits(grants_per_hour=1, officer_grants_per_hour=2)
    floor.hub = floor.a_hub()

    given = [floor.ask(GrantAdd(f"g{n}", "floor-1", holder="h1", valid_until=2**32 + n)) for n in range(3)]

    assert [response.verdict for response in given] == ["accepted", "accepted", "refused"]


def test_an_auditor_does_not_learn_whether_a_number_is_a_card(floor: ASite) -> None:
    floor.ask(CardAdd("h1"), a_private(card=ADAS_CARD))
    eve = floor.hire("eve", Role.AUDITOR)

    asked = floor.ask(CredentialKeys(), Private("5" * 32, cards=(ADAS_CARD,)), admin=eve)
    (shown,) = floor.ask_for(ListRows("cards"), Page, admin=eve).rows

    assert asked.reason == "not-allowed"
    assert shown["credential"] == CARD_KEYS.credential_key(ADAS_CARD).hex()[:8]


def test_pages_of_short_credential_keys_together_are_the_list(floor: ASite) -> None:
    eve = floor.hire("eve", Role.AUDITOR)
    cards = [f"H10301:1:{number}" for number in range(3)]
    for card in cards:
        floor.ask(CardAdd("h1"), a_private(card=card))
    keys = sorted(CARD_KEYS.credential_key(card).hex()[:8] for card in cards)

    rest = floor.ask_for(ListRows("cards", after=keys[0]), Page, admin=eve).rows

    assert [row["credential"] for row in rest] == keys[1:]


def test_card_numbers_are_asked_about_so_many_times_an_hour_and_that_is_remembered(floor: ASite) -> None:
    floor.limits = Limits(cards_per_hour=3)
    floor.hub = floor.a_hub()
    cards = tuple(f"H10301:1:{number}" for number in range(4))

    def ask(*wanted: str, seconds: int = 0) -> Response:
        return floor.ask(CredentialKeys(), Private("5" * 32, cards=wanted), at=later(seconds))

    first, why, more = ask(*cards[:2]), floor.ask(Why("lab"), a_private(card=cards[2])), ask(cards[3])
    much_later = ask(*cards[:3], seconds=3600)

    assert [first.verdict, why.verdict, more.reason, much_later.verdict] == ["done", "done", "too-many-cards", "done"]
    asked = [
        ("credential-keys", "cards=2"),
        ("why", "cards=1 door=lab"),
        ("credential-keys", ""),
        ("credential-keys", "cards=3"),
    ]
    assert floor.rows("SELECT verb, about FROM given_commands WHERE verb IN ('why', 'credential-keys')") == asked


def test_card_numbers_asked_about_under_one_id_are_those_that_were_counted(floor: ASite) -> None:
    def ask(card: str) -> str:
        private = Private("5" * 32, cards=(card,))
        (response,) = floor.responses(floor.send(floor.a_command(CredentialKeys(), private, command_id="7" * 32)))
        return response.reason or response.verdict

    first, repeated, another = ask("H10301:1:1"), ask("H10301:1:1"), ask("H10301:1:2")

    assert (first, repeated, another) == ("done", "done", "id-used")


def test_what_is_no_grant_is_not_limited_and_officers_have_a_higher_limit(floor: ASite) -> None:
    edith = with_limit(floor, 1)
    floor.ask(GrantAdd("g1", "floor-1", holder="h1"), admin=edith)

    again = floor.ask(GrantAdd("g2", "floor-1", holder="h1"), admin=edith)
    revoked = floor.ask(Revoke("floor-1", holder="h1"), admin=edith)
    by_officer = [floor.ask(GrantAdd(f"g{n}", "floor-1", holder="h1", valid_until=2**32 + n)) for n in range(3, 6)]

    assert (again.verdict, revoked.verdict) == ("done", "accepted")  # what exists already is no grant
    assert {response.verdict for response in by_officer} == {"accepted"}
