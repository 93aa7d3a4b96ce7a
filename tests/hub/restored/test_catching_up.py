"""A hub restored from an old backup: it learns so, takes nothing more, and fetches its own changes back."""

from pathlib import Path

import msgspec
import pytest

from doorctl.core.model import Status
from doorctl.hub.history import delta_notes
from doorctl.hub.restored.recovery import STANDSTILL
from doorctl.policy.apply import chain_after
from doorctl.wire.commands import CardAdd, GroupAdd, PersonAdd, PersonEdit, PersonRemove, Revoke
from doorctl.wire.messages import FEATURE_LEVEL, Answer, Delta, Head, Recall, to_text
from doorctl.wire.notes import sign_text
from doorctl.wire.questions import ListRows
from doorctl.wire.results import Page
from doorctl.wire.topics import Channel
from tests.hub.builders import ADAS_CARD, NOON, SITE, a_private, an_identity, later
from tests.hub.restored.restored_site import ARestoredSite


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

    assert site.hub.refusals == {"policy-fork": 1}
    assert site.ask(GroupAdd("more")).reason == "policy-fork"


def test_a_change_of_a_newer_doorctl_that_comes_back_asks_for_an_upgrade(
    site: ARestoredSite, capfd: pytest.CaptureFixture[str]
) -> None:
    needs = FEATURE_LEVEL + 1
    row = '{"type":"newfangled","id":"x"}'
    raw = f'{{"revision":3,"at":1,"operations":[{{"do":"put","row":{row}}}],"needs":{needs}}}'.encode()
    chain = chain_after(bytes.fromhex(site.chain(2)), raw).hex()
    delta = Delta(SITE, epoch=1, first=3, last=3, chain=chain, changes=(msgspec.Raw(raw),))
    site.hear_head()

    site.hear_notes(sign_text(to_text(delta), site.hub_identity.signer))

    assert (site.hub.refusals, site.status().revision) == ({"needs-upgrade": 1}, 2)
    assert "<2>event=refused reason=needs-upgrade" in capfd.readouterr().err


def test_a_controller_with_another_history_is_asked_for_the_proof(site: ARestoredSite) -> None:
    site.ask(GroupAdd("guests"))
    site.ack(site.controllers[0], chain="1" * 64)

    asked = site.messages(site.hub.tick(later(1)), Recall)
    site.hear_notes(site.first_lost)

    assert asked == [Recall(SITE, epoch=1, revision=2, controller="pi-1")]
    assert site.ask(GroupAdd("more")).reason == "policy-fork"


def test_who_says_again_that_its_history_is_another_is_asked_once_in_a_while_and_keeps_nobody_else_from_it(
    site: ARestoredSite,
) -> None:
    site.ask(GroupAdd("guests"))
    asked = []
    for second, controller in enumerate([site.controllers[0], *site.controllers]):
        site.ack(controller, chain="1" * 64)
        asked += site.messages(site.hub.tick(later(second)), Recall)

    assert [recall.controller for recall in asked] == ["pi-1", "pi-2"]


def test_an_epoch_that_the_root_names_ends_a_fork(site: ARestoredSite) -> None:
    site.ask(GroupAdd("guests"))
    site.ask(GroupAdd("visitors"))
    site.hear_head()

    site.epoch = 2
    site.hub.take_trust(site.trust(version=2), later(1))
    site.hear_head(at_seconds=2)

    assert site.ask(GroupAdd("more")).verdict == "accepted"
    assert not site.status().is_forked


def test_a_restore_that_stands_still_is_an_alarm_that_names_the_way_out(
    site: ARestoredSite, capfd: pytest.CaptureFixture[str]
) -> None:
    site.hear_head()
    half, told = STANDSTILL.total_seconds() / 2, []
    for second in (0, half, 2 * half, 3 * half):
        if second == half:
            site.hear_notes(site.first_lost, at_seconds=half)
        site.hub.tick(later(second))
        told.append(capfd.readouterr().err.count("<2>event=restore_stands_still own=3"))

    assert told == [0, 0, 0, 1]


def test_a_restore_that_is_done_stands_still_no_more(site: ARestoredSite, capfd: pytest.CaptureFixture[str]) -> None:
    site.hear_head()
    site.hub.tick(later(0))
    site.hear_notes()

    for second in (1, STANDSTILL.total_seconds() + 1):
        site.hub.tick(later(second))

    assert "restore_stands_still" not in capfd.readouterr().err


def test_a_head_of_a_new_epoch_counts_though_the_trust_that_names_it_comes_after(site: ARestoredSite) -> None:
    site.hear_head(a_head_of(site, epoch=2))

    site.epoch = 2
    site.hub.take_trust(site.trust(version=2), later(1))

    assert (site.ask(GroupAdd("guests")).reason, site.status().lost_up_to) == ("hub-behind", 9)


def test_a_head_beyond_the_epoch_that_trust_names_counts_no_more(site: ARestoredSite) -> None:
    site.hear_head(a_head_of(site, epoch=3))

    site.epoch = 2
    site.hub.take_trust(site.trust(version=2), later(1))

    assert site.ask(GroupAdd("guests")).verdict == "accepted"


def a_head_of(site: ARestoredSite, *, epoch: int) -> bytes:
    head = Head(SITE, epoch=epoch, revision=9, chain="1" * 64, digest="1" * 64, at=1)
    return sign_text(to_text(head), site.hub_identity.signer)


def test_people_and_cards_come_back_without_their_names_which_are_given_by_hand(tmp_path: Path) -> None:
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
    site.ask(PersonEdit("h2", Status.ACTIVE), a_private(handle="alan", name="Alan"))
    assert site.status().nameless == 0
    site.close()
