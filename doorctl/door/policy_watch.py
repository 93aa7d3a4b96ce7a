"""Records by which revision the doors answer, and tells each door what its zone is."""

from collections.abc import Mapping

from doorctl import journal
from doorctl.core.records import RecordKind
from doorctl.door.doorway import Doorway
from doorctl.door.policy_desk import PolicyNews
from doorctl.door.recorder import TakesRecords


class PolicyWatch:
    """Takes the news of the policy."""

    def __init__(self, doorways: Mapping[str, Doorway], recorder: TakesRecords) -> None:
        """Tell these doors, by id."""
        self._doorways = doorways
        self._recorder = recorder

    def take(self, news: PolicyNews) -> None:
        """Record another revision, or that there is no policy any more."""
        for door, doorway in self._doorways.items():
            doorway.zone = news.zones.get(door, "")
        if news.position is None:
            journal.say("policy_unavailable", journal.Level.ALARM, why=news.why_unavailable)
            self._recorder.record(RecordKind.POLICY_APPLIED, "none: every card is denied")
        else:
            detail = f"epoch={news.position.epoch} revision={news.position.revision}"
            self._recorder.record(RecordKind.POLICY_APPLIED, detail)
