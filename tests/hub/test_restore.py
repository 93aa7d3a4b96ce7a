"""A hub restored from an old backup: it learns so, takes nothing more, and fetches its own changes back."""

import shutil
from pathlib import Path

import pytest

from doorctl.core.model import Status, ZoneKind
from doorctl.hub.claims import CLAIM_SECONDS
from doorctl.hub.history import delta_notes
from doorctl.hub.kept_reductions import MOST_KEPT
from doorctl.hub.outgoing import Outgoing
from doorctl.wire.commands import (
    CardAdd,
    CardSet,
    GrantAdd,
    GroupAdd,
    PersonAdd,
    PersonRemove,
    PersonSet,
    Revoke,
    ZoneSet,
)
from doorctl.wire.messages import Ack, Answer, Head, Recall, to_text
from doorctl.wire.notes import attach, detach, sign_text
from doorctl.wire.orders import DenyHolder, Order
from doorctl.wire.questions import ListRows, StatusOf
from doorctl.wire.results import Page, SiteStatus
from doorctl.wire.rights import AdminSuspend, Lockdown
from doorctl.wire.topics import Address, Channel
from tests.hub.builders import ADAS_CARD, NOON, SITE, ASite, a_private, an_admin, an_identity, later

FLOOR = ZoneSet("floor-3", ZoneKind.FLOOR)
GRANT = GrantAdd("g1", "floor-3", holder="h1")
REVOKE = Revoke("floor-3", holder="h1")
DAY = 86_400


class ARestoredSite(ASite):
    """A site whose hub went back to a backup: what was done since then is known only by what was published."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, controllers=("pi-1", "pi-2"))
        self.backup = folder / "backup.db"
        self.ask(FLOOR)
        self.ask(PersonAdd("h1"), a_private(handle="ada", name="Ada"))
        self.connection.execute("VACUUM INTO ?", (str(self.backup),))
        self.grant_command = self.a_command(GRANT)
        self.first_lost = next(each.payload for each in self.send(self.grant_command) if b"/delta" in each.payload)
        self.ask(GroupAdd("staff"))
        self.remember()

    def remember(self) -> None:
        """Note what brokers and controllers have kept of the hub."""
        self.kept_head = sign_text(to_text(self.head()), self.hub_identity.signer)
        self.kept_notes = list(delta_notes(self.connection, self.hub_identity.signer, after=2))

    def restore(self) -> None:
        """Put the backup in place, and start the hub."""
        self.connection.close()
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        shutil.copy(self.backup, self.path)
        self.restart()

    def restart(self) -> None:
        self.connection.close()
        super().restart()

    def hear_head(self, head: bytes | None = None, at_seconds: float = 0) -> list[Outgoing]:
        """Let a broker bring the head that it has kept."""
        return self.hub.handle(Address(Channel.HEAD), head or self.kept_head, later(at_seconds), retained=True)

    def hear_notes(self, note: bytes | None = None, at_seconds: float = 0) -> list[Outgoing]:
        """Let a controller bring a delta that it has kept: all that were published, if none is given."""
        return [
            outgoing
            for each in ([note] if note else self.kept_notes)
            for outgoing in self.hub.handle(Address(Channel.NOTES, "pi-1"), each, later(at_seconds))
        ]

    def status(self) -> SiteStatus:
        return self.ask_for(StatusOf(), SiteStatus)


@pytest.fixture
def site(tmp_path: Path) -> ARestoredSite:
    """The backup holds revision 2; revision 4 is known outside."""
    site = ARestoredSite(tmp_path)
    site.restore()
    return site


def test_a_head_that_a_broker_has_kept_makes_the_hub_ask_for_its_changes(site: ARestoredSite) -> None:
    outgoing = site.hear_head()

    assert [each.address.channel for each in outgoing] == [Channel.RECALL]
    assert site.messages(outgoing, Recall) == [Recall(SITE, epoch=1, revision=2)]
    assert site.status().lost_up_to == 4


def test_a_head_of_a_later_epoch_makes_it_behind_and_the_status_say_so(site: ARestoredSite) -> None:
    head = Head(SITE, epoch=2, revision=2, chain="1" * 64, digest="1" * 64, at=1)
    site.hear_head(sign_text(to_text(head), site.hub_identity.signer))

    assert (site.ask(GroupAdd("guests")).reason, site.status().lost_up_to) == ("hub-behind", 2)


def test_a_hub_that_is_behind_adds_nothing(site: ARestoredSite) -> None:
    site.hear_head()

    response = site.ask(GroupAdd("guests"))

    assert (response.verdict, response.reason) == ("refused", "hub-behind")
    assert site.status().revision == 2


def test_a_hub_that_is_behind_publishes_no_head_and_confirms_nobodys_policy(site: ARestoredSite) -> None:
    site.hear_head()

    told = [*site.hub.greet(NOON), *site.ask_as(site.controllers[0], revision=2), *site.hub.tick(later(1))]

    assert site.messages(told, Head) == []
    assert site.messages(told, Answer) == []


def test_questions_of_admins_go_on(site: ARestoredSite) -> None:
    site.hear_head()

    assert len(site.ask_for(ListRows("people"), Page).rows) == 1


def test_the_notes_of_a_controller_bring_the_very_same_history_back(site: ARestoredSite) -> None:
    site.hear_head()

    outgoing = site.hear_notes()

    assert sign_text(to_text(site.head()), site.hub_identity.signer) == site.kept_head
    assert site.rows("SELECT id FROM grants") == [("g1",)]
    assert [each.address.channel for each in outgoing] == [Channel.TRUST, Channel.DELTA, Channel.HEAD]
    assert site.ask(GroupAdd("guests")).revision == 5


def test_a_command_that_came_back_with_its_change_has_no_second_effect(site: ARestoredSite) -> None:
    site.hear_head()
    site.hear_notes()

    (response, *_) = site.responses(site.send(site.grant_command))

    assert (response.verdict, response.revision) == ("accepted", 3)
    assert site.head().revision == 4


def test_a_reduction_is_kept_over_a_restart_and_carried_out_right_after(site: ARestoredSite) -> None:
    site.hear_head()

    kept = site.send(site.a_command(Revoke("floor-3", holder="h1")))
    site.restart()
    outgoing = site.hear_notes(at_seconds=400) or [*site.hub.tick(later(400)), *site.hear_notes(at_seconds=401)]

    assert [(verdict, text[:5]) for verdict, text in site.verdicts(kept)] == [("accepted", "kept:")]
    assert [verdict for verdict, _ in site.verdicts(outgoing)] == ["accepted"]
    assert site.rows("SELECT id FROM grants") == []
    assert site.rows("SELECT * FROM kept_reductions") == []
    assert site.head().revision == 5


def test_while_a_suspension_is_kept_every_controller_is_ordered_to_deny_at_once(site: ARestoredSite) -> None:
    site.hear_head()

    kept = site.send(site.a_command(PersonSet("h1", Status.SUSPENDED), command_id="c" * 32))
    done = site.hear_notes()

    orders = [[(each.controller, each.deed) for each in site.messages(told, Order)] for told in (kept, done)]
    assert orders == [[("pi-1", DenyHolder("h1", 5)), ("pi-2", DenyHolder("h1", 5))]] * 2
    assert len({each.id for told in (kept, done) for each in site.messages(told, Order)}) == 2


def test_what_is_kept_is_ordered_once_and_not_where_nobody_is_known(site: ARestoredSite) -> None:
    site.hear_head()
    suspension = site.a_command(PersonSet("h1", Status.SUSPENDED))
    site.send(suspension)

    told = [*site.send(suspension), *site.send(site.a_command(PersonSet("h9", Status.SUSPENDED)))]

    assert [response.verdict for response in site.responses(told)] == ["accepted", "accepted"]
    assert site.messages(told, Order) == []


def test_a_reduction_that_is_repeated_is_kept_once(site: ARestoredSite) -> None:
    site.hear_head()
    payload = site.a_command(Revoke("floor-3", holder="h1"))

    for _ in range(3):
        site.send(payload)

    assert site.rows("SELECT count(*) FROM kept_reductions") == [(1,)]


def test_what_is_kept_is_signed_by_an_admin_and_fresh(site: ARestoredSite) -> None:
    site.hear_head()
    stranger = an_identity("admin.grace")

    site.send(site.a_command(Revoke("floor-3", holder="h1"), signer=stranger.signer))
    site.send(site.a_command(Revoke("floor-3", holder="h1"), expires=int(NOON.timestamp()) - 1))

    assert site.hub.refusals == {"unknown-signer": 1, "expired": 1}
    assert site.rows("SELECT * FROM kept_reductions") == []


def kept(site: ARestoredSite) -> list[tuple[object, ...]]:
    return site.rows("SELECT admin, count(*) FROM kept_reductions GROUP BY admin")


def test_a_reduction_with_another_part_beside_it_is_refused_and_not_kept(site: ARestoredSite) -> None:
    site.hear_head()
    revoke, lost = site.a_command(REVOKE), site.a_command(CardSet(Status.LOST), a_private(card=ADAS_CARD))

    told = [response.verdict for each in (revoke, lost) for response in site.responses(site.send(spoilt(each)))]

    assert (told, kept(site)) == (["refused", "refused"], [])


def test_a_reduction_that_is_kept_stays_so_whatever_copies_of_it_come(site: ARestoredSite) -> None:
    site.hear_head()
    revoke = site.a_command(REVOKE)
    site.send(revoke)

    told = [*site.send(spoilt(revoke)), *site.send(revoke, at=later(400))]

    assert [response.verdict for response in site.responses(told)] == ["accepted", "accepted"]
    assert [verdict for verdict, _ in site.verdicts(site.hear_notes(at_seconds=500))] == ["accepted"]


def test_what_an_admin_may_not_take_away_is_not_kept(site: ARestoredSite) -> None:
    eve = an_admin("eve", "auditor")
    site.others.append(eve)
    site.restart()
    site.hear_head()

    response = site.ask(REVOKE, admin=eve)

    assert (response.reason, kept(site)) == ("not-allowed", [])


def test_an_admin_fills_the_place_of_no_other(site: ARestoredSite) -> None:
    site.hear_head()
    for number in range(MOST_KEPT):
        values = "alan", f"at-{number}", b""
        site.connection.execute(
            "INSERT INTO kept_reductions (admin, command, payload, at) VALUES (?, ?, ?, 1)", values
        )

    answers = [site.ask(REVOKE, admin=admin) for admin in (site.alan, site.grace)]

    assert [(answer.verdict, answer.reason) for answer in answers] == [("refused", "hub-behind"), ("accepted", "")]


def test_a_kept_reduction_is_carried_out_however_long_the_hub_was_behind(site: ARestoredSite) -> None:
    site.hear_head()
    site.send(site.a_command(REVOKE))
    site.ask(GroupAdd("guests"), at=later(60))
    site.hub.tidy(later(2 * DAY))

    outgoing = site.hear_notes(at_seconds=2 * DAY + 1)

    assert [verdict for verdict, _ in site.verdicts(outgoing)] == ["accepted"]
    assert (site.rows("SELECT id FROM grants"), kept(site)) == ([], [])


def test_a_kept_reduction_that_the_disk_does_not_take_waits_until_it_does(site: ARestoredSite) -> None:
    site.hear_head()
    site.send(site.a_command(REVOKE))
    site.connection.execute(
        "CREATE TRIGGER full BEFORE INSERT ON given_commands BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    )
    failed = site.verdicts(site.hear_notes())
    waiting = kept(site)
    site.connection.execute("DROP TRIGGER full")

    told = site.verdicts(site.hub.tick(later(1)))

    assert (failed, waiting) == ([], [("grace", 1)])
    assert ("accepted", "revoked floor-3") in told
    assert (site.rows("SELECT id FROM grants"), kept(site)) == ([], [])


def test_a_kept_reduction_of_an_admin_suspended_meanwhile_is_refused(site: ARestoredSite) -> None:
    site.hear_head()
    site.send(site.a_command(REVOKE, admin=site.alan), admin=site.alan)
    site.send(site.a_command(AdminSuspend("alan")))
    site.connection.execute("UPDATE kept_reductions SET position = 0 WHERE admin = 'grace'")

    outgoing = site.hear_notes()

    assert {response.admin: response.reason for response in site.responses(outgoing)} == {
        "grace": "",
        "alan": "admin-suspended",
    }
    assert kept(site) == []


def spoilt(command: bytes) -> bytes:
    return attach(detach(command)[0], b"x" * 80)


def test_a_hub_that_starts_while_behind_still_knows(site: ARestoredSite) -> None:
    site.hear_head()
    site.restart()

    assert site.ask(GroupAdd("guests")).reason == "hub-behind"
    assert site.messages(site.hub.tick(later(1)), Recall) == [Recall(SITE, epoch=1, revision=2)]


def test_it_asks_again_every_five_seconds(site: ARestoredSite) -> None:
    site.hear_head()

    asked = [len(site.messages(site.hub.tick(later(seconds)), Recall)) for seconds in (1, 4.9, 5, 6, 10)]

    assert asked == [0, 0, 1, 0, 1]


@pytest.mark.parametrize("signer", ["hub.hq", "ack.pi-1"])
def test_a_head_that_another_key_has_signed_is_no_proof(site: ARestoredSite, signer: str) -> None:
    head = Head(SITE, epoch=1, revision=9, chain="1" * 64, digest="1" * 64, at=1)

    assert site.hear_head(sign_text(to_text(head), an_identity(signer).signer)) == []
    assert site.ask(GroupAdd("guests")).verdict == "accepted"


def test_a_delta_that_another_key_has_signed_is_not_applied(site: ARestoredSite) -> None:
    site.hear_head()
    forged = next(delta_notes(site.connection, an_identity("hub.hq").signer, after=1))

    site.hear_notes(forged)

    assert site.hub.refusals == {"unknown-signer": 1}


def test_notes_that_nobody_has_asked_for_are_passed_by(site: ARestoredSite) -> None:
    site.hear_notes()

    assert site.hub.refusals == {"unasked": 1}


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


def rotated(site: ARestoredSite, *, former: tuple[bytes, ...]) -> None:
    """Start the restored hub under other keys."""
    site.hub_identity, site.former = an_identity("hub.hq"), former
    site.restore()


def test_a_hub_with_other_keys_knows_its_old_words_by_its_former_ones(tmp_path: Path) -> None:
    site = ARestoredSite(tmp_path)
    rotated(site, former=(site.hub_identity.sign_public,))

    asked = site.hear_head()
    site.hear_notes()

    assert site.messages(asked, Recall) == [Recall(SITE, epoch=1, revision=2)]
    assert (site.rows("SELECT id FROM grants"), site.hub.refusals) == ([("g1",)], {})
    site.close()


def test_after_a_new_epoch_nobody_with_the_old_keys_gives_a_restored_hub_changes(tmp_path: Path) -> None:
    site = ARestoredSite(tmp_path)
    site.epoch = 2
    rotated(site, former=())

    told = [*site.hear_head(), *site.hear_notes()]

    assert (told, site.rows("SELECT id FROM grants")) == ([], [])
    assert site.ask(GroupAdd("guests")).verdict == "accepted"
    site.close()


def test_a_controller_that_is_ahead_can_prove_it(site: ARestoredSite) -> None:
    site.ask_as(site.controllers[0], revision=4)
    site.hub.tick(later(1))

    site.hear_notes(at_seconds=2)

    assert site.ask(GroupAdd("guests"), at=later(3)).revision == 5


def test_a_hub_that_made_changes_of_its_own_meanwhile_has_forked(site: ARestoredSite) -> None:
    site.ask(GroupAdd("guests"))
    site.ask(GroupAdd("visitors"))
    site.ask(GroupAdd("cleaners"))

    site.hear_head()

    assert site.ask(GroupAdd("more")).reason == "policy-fork"
    assert site.ask(Revoke("floor-3", holder="h1")).reason == "no-such-grant"
    assert site.status().is_forked


def test_a_fork_that_shows_only_in_the_notes_is_one_too(site: ARestoredSite) -> None:
    site.ask(GroupAdd("guests"))
    site.hear_head()

    site.hear_notes()

    assert site.hub.refusals["policy-fork"] + site.hub.refusals["gap"] > 0
    assert site.ask(GroupAdd("more")).reason == "policy-fork"


def test_a_controller_with_another_history_is_asked_for_the_proof(site: ARestoredSite) -> None:
    site.ask(GroupAdd("guests"))
    site.ack(site.controllers[0], chain="1" * 64)

    asked = site.messages(site.hub.tick(later(1)), Recall)
    site.hear_notes(site.first_lost)

    assert asked == [Recall(SITE, epoch=1, revision=2)]
    assert site.ask(GroupAdd("more")).reason == "policy-fork"


def test_an_epoch_that_the_root_names_ends_a_fork(site: ARestoredSite) -> None:
    site.ask(GroupAdd("guests"))
    site.ask(GroupAdd("visitors"))
    site.hear_head()

    site.epoch = 2
    site.hub.take_trust(site.trust(version=2), later(1))
    site.hear_head(at_seconds=2)

    assert site.ask(GroupAdd("more")).verdict == "accepted"
    assert not site.status().is_forked


def test_people_and_cards_come_back_without_their_names(tmp_path: Path) -> None:
    site = ARestoredSite(tmp_path)
    site.ask(PersonAdd("h2"), a_private(handle="alan", name="Alan"))
    site.ask(CardAdd("h2"), a_private(card=ADAS_CARD))
    site.ask(PersonRemove("h1"))
    site.remember()
    site.restore()
    site.hear_head()

    site.hear_notes()

    (alan,) = site.ask_for(ListRows("people"), Page).rows
    assert (alan["holder"], alan["handle"], alan["name"], alan["cards"]) == ("h2", "h2", "", 1)
    assert site.rows("SELECT format FROM cards") == [("unknown",)]
    assert site.status().nameless == 1
    site.close()
