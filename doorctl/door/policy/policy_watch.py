"""What the door does with the desk's news: records them, and tells each door where it leads."""

from collections.abc import Callable, Mapping
from functools import partial

from doorctl import journal
from doorctl.audit.leaf import Draft
from doorctl.audit.state import RosterAccepted
from doorctl.audit.writer import Committed, Verdict
from doorctl.core.records import RecordKind
from doorctl.door.doorway import Doorway
from doorctl.door.hub_watch import HubNews
from doorctl.door.orders.deny_list import DenyList
from doorctl.door.policy.policy_desk import PolicyNews
from doorctl.door.recorder import TakesRecords
from doorctl.door.statements import Statements
from doorctl.policy.building import Building, DoorPlace, PolicyPosition
from doorctl.trust.note import Trust
from doorctl.wire.bell import CarryOut, SiteOccupancy
from doorctl.wire.roster import RosterVersion

Submit = Callable[[list[Draft], Callable[[Verdict], None]], None]


class RosterRecords:
    """Records which rosters count, so that none before them counts again; tries until it is on disk."""

    def __init__(self, statements: Statements, submit: Submit) -> None:
        """Hand records to the writer by ``submit``."""
        self._statements = statements
        self._submit = submit
        self._owed: dict[str, RosterVersion] = {}

    def take(self, accepted: Mapping[str, RosterVersion]) -> None:
        """Record these versions, by zone."""
        for zone, version in accepted.items():
            detail = f"version={version.version} sha256={version.sha256}"
            remembered = (RosterAccepted(zone, version),)
            draft = self._statements.draft(RecordKind.ROSTER_ACCEPTED, detail, zone=zone, remembered=remembered)
            self._submit([draft], partial(self._settle, zone, version))

    def try_again(self) -> None:
        """Record what could not be recorded before."""
        owed, self._owed = self._owed, {}
        self.take(owed)

    def _settle(self, zone: str, version: RosterVersion, verdict: Verdict) -> None:
        owed = self._owed.get(zone, version)
        if not isinstance(verdict, Committed):
            self._owed[zone] = version if version.version >= owed.version else owed


class PolicyWatch:
    """Takes the news of the policy."""

    def __init__(
        self,
        doorways: Mapping[str, Doorway],
        recorder: TakesRecords,
        *,
        roster_records: RosterRecords,
        deny_list: DenyList,
        carry_out: Callable[[CarryOut], None],
        erase: Callable[[frozenset[str]], None],
        hear: Callable[[HubNews], None],
        learn: Callable[[Building], None] = lambda _: None,
        count: Callable[[SiteOccupancy], None] = lambda _: None,
    ) -> None:
        """Tell these doors, by id, and hand on orders, who is erased, news of the hub, and all of another policy.

        ``count`` takes what the hub tells of who is inside.
        """
        self._doorways = doorways
        self._recorder = recorder
        self._roster_records = roster_records
        self._deny_list = deny_list
        self._carry_out = carry_out
        self._erase = erase
        self._hear = hear
        self._learn = learn
        self._count = count

    def policy(self, news: PolicyNews) -> None:
        """Tell the doors, and record another revision, or that there is no policy any more."""
        building = news.building
        if building is None:
            self._tell_doors({}, position=None)
            journal.say("policy_unavailable", journal.Level.ALARM, why=news.why_unavailable)
            self._recorder.record(RecordKind.POLICY_APPLIED, "none: every card is denied")
        else:
            self._deny_list.suspend(building.suspended_admins)
            self._tell_doors(building.places(), position=building.position)
            detail = f"epoch={building.position.epoch} revision={building.position.revision}"
            self._recorder.record(RecordKind.POLICY_APPLIED, detail)
            self._erase(building.erased)
            self._learn(building)

    def _tell_doors(self, places: Mapping[str, DoorPlace], *, position: PolicyPosition | None) -> None:
        """End what orders deny, leave to the policy what it says itself by now, and let it count."""
        self._end_what_is_denied()
        self._deny_list.forget(position)
        for door, doorway in self._doorways.items():
            doorway.move_to(places.get(door))

    def _end_what_is_denied(self) -> None:
        for doorway in self._doorways.values():
            doorway.end_what_is_denied()

    def trust(self, trust: Trust) -> None:
        """End what those hold open who may no longer, and tell whose word is the hub's."""
        self._hear(trust)
        self._deny_list.believe(trust)
        self._end_what_is_denied()

    def rosters(self, accepted: Mapping[str, RosterVersion]) -> None:
        """Record which rosters count."""
        self._roster_records.take(accepted)

    def order(self, order: CarryOut) -> None:
        """Have an order carried out."""
        self._carry_out(order)

    def occupancy(self, told: SiteOccupancy) -> None:
        """Count who is inside the site."""
        self._count(told)

    def hub(self, news: HubNews) -> None:
        """Take what is told of the hub."""
        self._hear(news)
