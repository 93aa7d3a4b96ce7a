"""A controller that says it knows more than a restored hub: how long it is waited for, and what it bars."""

import pytest

from doorctl.core.model import Status
from doorctl.hub.outgoing import Outgoing
from doorctl.hub.restored.claims import CLAIM_SECONDS
from doorctl.trust.verify import MOST_AHEAD
from doorctl.wire.commands import GroupAdd, PersonRemove, PersonSet
from doorctl.wire.messages import Ack, Answer, Head, Recall
from doorctl.wire.orders import DenyHolder, Order
from doorctl.wire.rights import Lockdown
from doorctl.wire.topics import Address, Channel
from tests.hub.builders import NOON, SITE, later
from tests.hub.restored.restored_site import DAY, REVOKE, ARestoredSite, kept


def with_an_unproven_claim(site: ARestoredSite, *, is_followed: bool = True) -> None:
    """Controller pi-1 has said that it knows more, and has not shown it in its time; pi-2 follows our history."""
    ack = Ack(SITE, "pi-1", epoch=1, revision=4, chain="1" * 64, digest="1" * 64)
    site.hub.handle(Address(Channel.ACK, "pi-1"), site.controllers[0].says(ack), NOON)
    let_pass(site, CLAIM_SECONDS)
    if is_followed:
        site.ack(site.controllers[1])


def let_pass(site: ARestoredSite, seconds: int, *, since: int = 0) -> list[Outgoing]:
    """Let the hub tick each second."""
    return [each for second in range(seconds + 1) for each in site.hub.tick(later(since + second))]


def test_a_controller_that_is_ahead_is_given_time_to_prove_it(site: ARestoredSite) -> None:
    ack = Ack(SITE, "pi-1", epoch=1, revision=4, chain="1" * 64, digest="1" * 64)
    site.hub.handle(Address(Channel.ACK, "pi-1"), site.controllers[0].says(ack), NOON)

    barred, asked = site.ask(GroupAdd("guests")).reason, site.messages(site.hub.tick(later(1)), Recall)

    assert (barred, asked) == ("hub-behind", [Recall(SITE, epoch=1, revision=2)])
    assert site.messages(site.ask_as(site.controllers[1], revision=2, at=later(1)), Answer) == []


@pytest.mark.parametrize("ahead", [MOST_AHEAD + 1, 2**53 - 2])
def test_nobody_claims_more_changes_than_a_hub_can_have_lost(site: ARestoredSite, ahead: int) -> None:
    own = site.head().revision
    ack = Ack(SITE, "pi-1", epoch=1, revision=own + ahead, chain="1" * 64, digest="1" * 64)
    site.hub.handle(Address(Channel.ACK, "pi-1"), site.controllers[0].says(ack), NOON)

    outgoing = site.send(site.a_command(PersonSet("h1", Status.SUSPENDED)))

    assert (site.hub.refusals, site.verdicts(outgoing)[0][0]) == ({"version-jump": 1}, "accepted")
    (order,) = (site.read(each.payload, Order) for each in outgoing if each.address == Address(Channel.ORDER, "pi-2"))
    assert order.deed == DenyHolder("h1", own + 1)


def test_a_hub_whose_lost_changes_nobody_shows_adds_nothing_by_itself(site: ARestoredSite) -> None:
    with_an_unproven_claim(site)
    for reduction in (Lockdown(), Lockdown("floor-3"), PersonRemove("h1")):
        site.ask(reduction)

    refused = site.ask(GroupAdd("guests"))
    site.restart()
    let_pass(site, CLAIM_SECONDS, since=60)

    assert site.head().revision > 4  # its own revisions have come to where the claim was
    assert (refused.reason, "new-epoch" in refused.text) == ("hub-behind", True)
    assert (site.ask(GroupAdd("guests")).reason, site.status().unproven) == ("hub-behind", ("pi-1",))


def test_an_unproven_claim_bars_additions_and_nothing_else(site: ARestoredSite) -> None:
    with_an_unproven_claim(site)
    site.ask_as(site.controllers[0], revision=99, at=later(CLAIM_SECONDS + 1))

    answer = site.messages(site.ask_as(site.controllers[1], revision=2, at=later(CLAIM_SECONDS + 2)), Answer)

    assert (len(answer), site.ask(Lockdown()).verdict) == (1, "accepted")
    assert len(site.messages(site.hub.greet(NOON), Head)) == 1


def with_a_claim_and_a_kept_revoke(site: ARestoredSite) -> None:
    """Controller pi-1 says that it knows more, and pi-2, which was away for long, knows nothing but our history."""
    site.ask_as(site.controllers[0], revision=4)
    ack = Ack(SITE, "pi-2", epoch=1, revision=1, chain=site.chain(1), digest="1" * 64)
    site.hub.handle(Address(Channel.ACK, "pi-2"), site.controllers[1].says(ack), NOON)
    site.ask(REVOKE)


def test_each_change_that_comes_back_begins_the_time_for_the_proof_anew(site: ARestoredSite) -> None:
    with_a_claim_and_a_kept_revoke(site)

    early = let_pass(site, CLAIM_SECONDS - 1)
    site.hear_notes(site.first_lost, at_seconds=CLAIM_SECONDS)
    told = [*early, *let_pass(site, CLAIM_SECONDS, since=CLAIM_SECONDS), *site.hear_notes(at_seconds=60)]

    assert [(response.verdict, response.revision) for response in site.responses(told)] == [("accepted", 5)]
    assert site.hub.refusals == {"ahead-of-hub": 1}


def test_a_claim_counts_as_true_once_any_lost_change_has_come_back(site: ARestoredSite) -> None:
    with_a_claim_and_a_kept_revoke(site)
    site.hear_notes(site.first_lost)

    let_pass(site, 3 * CLAIM_SECONDS)
    waiting = kept(site)
    site.restart()
    let_pass(site, 3 * CLAIM_SECONDS, since=100)

    assert waiting == kept(site) == [("grace", 1)]
    assert site.messages(site.ask_as(site.controllers[1], revision=1, nonce="b" * 32, at=later(200)), Answer) == []


@pytest.mark.parametrize("seconds", [-DAY, DAY])
def test_no_jump_of_the_clock_ends_the_time_for_the_proof(site: ARestoredSite, seconds: int) -> None:
    with_a_claim_and_a_kept_revoke(site)

    told = [*site.hub.tick(later(0)), *site.hub.tick(later(seconds)), *site.hub.tick(later(seconds + 1))]

    assert (site.responses(told), kept(site)) == ([], [("grace", 1)])


def test_beside_a_claim_a_reduction_waits_until_another_controller_follows_our_history(site: ARestoredSite) -> None:
    with_an_unproven_claim(site, is_followed=False)

    site.ask(REVOKE)
    alone = [*site.hub.tick(later(100)), *kept(site)]
    site.ack(site.controllers[1], at=later(101))
    followed = site.hub.tick(later(101))

    assert alone == [("grace", 1)]
    assert [response.reason for response in site.responses(followed)] == ["no-such-grant"]


def test_a_new_epoch_ends_an_unproven_claim(site: ARestoredSite) -> None:
    with_an_unproven_claim(site)

    site.epoch = 2
    site.hub.take_trust(site.trust(version=2), later(60))

    assert (site.ask(GroupAdd("guests")).verdict, site.status().unproven) == ("accepted", ())


def test_trust_without_the_controller_ends_its_claim(site: ARestoredSite) -> None:
    with_an_unproven_claim(site)
    del site.controllers[0]

    site.hub.take_trust(site.trust(version=2), later(60))
    site.hub.tick(later(61))

    assert (site.ask(GroupAdd("guests")).verdict, site.status().unproven) == ("accepted", ())


def test_a_claim_that_is_proven_late_is_taken_all_the_same(site: ARestoredSite) -> None:
    with_an_unproven_claim(site)

    outgoing = site.hear_notes(at_seconds=300)

    assert [each.address.channel for each in outgoing] == [Channel.TRUST, Channel.DELTA, Channel.HEAD]
    assert site.ask(GroupAdd("guests")).revision == 5


def test_a_controller_that_is_ahead_can_prove_it(site: ARestoredSite) -> None:
    site.ask_as(site.controllers[0], revision=4)
    site.hub.tick(later(1))

    site.hear_notes(at_seconds=2)

    assert site.ask(GroupAdd("guests"), at=later(3)).revision == 5


def test_what_a_keeper_had_whose_policy_was_lost_is_fetched_back(site: ARestoredSite) -> None:
    site.ask_as(site.controllers[0], kept_epoch=1, kept=4)
    barred, asked = site.ask(GroupAdd("guests")).reason, site.messages(site.hub.tick(later(1)), Recall)

    site.hear_notes(at_seconds=2)

    assert (barred, asked) == ("hub-behind", [Recall(SITE, epoch=1, revision=2)])
    assert site.ask(GroupAdd("guests"), at=later(3)).revision == 5


def test_a_keeper_whose_policy_was_lost_gets_answers_though_nobody_shows_what_it_had(site: ARestoredSite) -> None:
    site.ask_as(site.controllers[0], kept_epoch=1, kept=99, nonce="1" * 32)
    let_pass(site, CLAIM_SECONDS)

    told = site.ask_as(site.controllers[0], kept_epoch=1, kept=99, nonce="2" * 32, at=later(CLAIM_SECONDS + 1))

    assert len(site.messages(told, Answer)) == 1
    assert site.status().unproven == ("pi-1",)


def test_what_a_keeper_had_in_an_epoch_that_is_over_is_no_claim(site: ARestoredSite) -> None:
    site.epoch = 2
    site.hub.take_trust(site.trust(version=2), NOON)

    site.ask_as(site.controllers[0], kept_epoch=1, kept=99)

    assert site.ask(GroupAdd("guests")).verdict == "accepted"
