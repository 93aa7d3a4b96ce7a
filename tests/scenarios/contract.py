"""What holds on every broker: rights, orders, restarts, absence, snapshots, a restored hub, a broker that dies."""

import pytest

from doorctl.cli.desk import private
from doorctl.core.model import Status
from doorctl.core.reasons import Reason
from doorctl.wire.commands import GrantAdd, GroupAdd, PersonAdd, PersonSet, Revoke
from doorctl.wire.rights import Lockdown, LockdownEnd, OpenDoor
from tests.system.site import ADA, FLOOR, SERVER_ROOM, RunningSite

WHILE_AWAY = 12


class SiteContract:
    """Each test finds Ada's card granted at floor 3 and all processes running, and leaves it so."""

    def test_a_revoke_denies_and_a_grant_opens(self, site: RunningSite) -> None:
        site.change(Revoke(FLOOR, holder=ADA))

        site.assert_denies()
        site.change(GrantAdd("grant-again", FLOOR, holder=ADA))
        site.assert_opens()

    def test_a_suspended_person_is_denied_until_active_again(self, site: RunningSite) -> None:
        site.change(PersonSet(ADA, Status.SUSPENDED))

        site.assert_denies()
        site.change(PersonSet(ADA, Status.ACTIVE))
        site.assert_opens()

    def test_a_lockdown_denies_until_it_is_ended(self, site: RunningSite) -> None:
        site.change(Lockdown(FLOOR))

        site.assert_denies()
        site.change(LockdownEnd(FLOOR))
        site.assert_opens()

    def test_a_lockdown_of_every_door_outlives_hub_keeper_and_door(self, site: RunningSite) -> None:
        site.change(Lockdown())
        records = site.log_size()
        for act in (site.kill, site.start):
            for process in ("hub", "keeper", "door"):
                act(process)
        site.wait_until_ready(after=records - 1)
        site.wait_until_synchronous()

        for door in (FLOOR, SERVER_ROOM):
            site.assert_denies(door=door, why=Reason.LOCKDOWN)
        assert site.status().lockdowns == ("*",)
        site.change(LockdownEnd())
        site.assert_opens()

    def test_an_order_opens_the_door_once(self, site: RunningSite) -> None:
        site.until(lambda: not site.is_released(FLOOR), what="the strike to be secured")
        before = len(site.releases(FLOOR))

        assert site.change(OpenDoor(FLOOR)).verdict == "done"
        site.until(lambda: len(site.releases(FLOOR)) > before, what="the release")
        assert len(site.releases(FLOOR)) == before + 1

    @pytest.mark.parametrize("process", ["link", "keeper", "hub"])
    def test_a_process_that_was_killed_goes_on_where_it_was(self, site: RunningSite, process: str) -> None:
        site.kill(process)
        site.start(process)

        site.change(GroupAdd(f"after-{process}"))
        site.wait_until_synchronous()

    def test_a_door_that_was_killed_opens_again(self, site: RunningSite) -> None:
        records = site.log_size()
        site.kill("door")
        site.start("door")

        site.wait_until_ready(after=records - 1)
        site.assert_opens()

    def test_a_controller_that_was_away_gets_every_change_it_missed(self, site: RunningSite) -> None:
        site.stop("link")
        for number in range(WHILE_AWAY):
            site.accept(PersonAdd(f"away-{number}"), private(handle=f"away-{number}", name="Alan"))
        site.accept(Revoke(FLOOR, holder=ADA))
        site.assert_opens()  # it decides on, by what it has

        site.start("link")
        site.wait_until_synchronous()
        site.assert_denies()
        site.change(GrantAdd("grant-back", FLOOR, holder=ADA))
        site.assert_opens()

    def test_a_controller_that_lost_its_policy_gets_it_anew(self, site: RunningSite) -> None:
        newest = site.revision(site.site_db)
        site.stop("keeper")
        site.until(lambda: site.times_applied(newest) > 0, what="the door to answer by the newest policy")
        before = site.times_applied(newest)
        for file in site.policy_db.parent.glob("policy*"):
            file.unlink()
        site.start("keeper")

        site.wait_until_synchronous()
        site.until(lambda: site.times_applied(newest) > before, what="the door to go over to the new policy")
        site.assert_opens()

    def test_a_new_epoch_of_the_policy_is_collected_as_a_snapshot(self, site: RunningSite) -> None:
        trusts = [f"--trust={site.site / place / 'trust.note'}" for place in ("hub/state", "admin")]
        site.doorctl("trust", "new-epoch", "--root", str(site.site / "root-1"), *trusts)

        site.until(lambda: "event=policy_taken_over" in site.said("keeper"), what="the snapshot to take over")
        del site.account  # the admin reads the new trust, too
        site.change(GroupAdd("in-the-new-epoch"))
        site.wait_until_synchronous()
        site.assert_opens()

    def test_a_hub_that_was_restored_from_an_old_copy_gets_its_changes_back(self, site: RunningSite) -> None:
        site.stop("hub")
        old = {file.name: file.read_bytes() for file in site.site_db.parent.glob("site.db*")}
        site.start("hub")
        site.change(Revoke(FLOOR, holder=ADA))
        newest = site.revision(site.site_db)
        site.stop("hub")
        for file in site.site_db.parent.glob("site.db*"):
            file.unlink()
        for name, data in old.items():
            (site.site_db.parent / name).write_bytes(data)

        site.start("hub")
        site.until(lambda: site.revision(site.site_db) >= newest, what="the changes to be back")
        site.assert_denies()
        site.change(GrantAdd("grant-restored", FLOOR, holder=ADA))
        site.assert_opens()

    def test_a_broker_that_dies_and_forgets_everything_loses_nothing(self, site: RunningSite) -> None:
        site.broker.kill()
        site.assert_opens()
        site.broker.start()

        site.change(GroupAdd("after-the-broker"))
        site.wait_until_synchronous()
