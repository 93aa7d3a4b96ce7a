"""What a door records of the hub and the way to it: silence, a root now and then, a fork once, and each link."""

import string
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from doorctl.audit.anchor import LogMark
from doorctl.audit.checkpoint import HUB_LOG, Checkpoint, origin_of, sign_checkpoint
from doorctl.audit.hub_word import signature_in
from doorctl.audit.leaf import TreeMark
from doorctl.audit.writer import AuditWriter
from doorctl.core.records import RecordKind
from doorctl.door.hub_watch import QUIET_ROOT_SECONDS, ROOT_SECONDS, SILENCE_SECONDS, HubWatch
from doorctl.trust.note import HubKeys, Trust
from doorctl.wire.bell import Confirmed, HubForked, HubHolds, HubLog, HubSigned, LinkIs
from doorctl.wire.notes import Signer
from tests.audit.logs import ForgetfulLog, a_draft
from tests.door.hand_driven import Notebook
from tests.note_samples import HUB, SITE, a_fixed_signer

ROTATED = Signer(HUB.signer.name, a_fixed_signer("hub.hq, later").private_key)


@dataclass
class Held:
    """A log that notes what the hub holds of it."""

    marks: list[LogMark] = field(default_factory=list)

    def hub_holds(self, held: LogMark) -> None:
        self.marks.append(held)


class Watched:
    """A watch whose time is in the test's hand, and whose writer has not begun to write."""

    def __init__(self, *, room: bool = True) -> None:
        self.now = 5000.0
        self.held = Held()
        self.notebook = Notebook()
        self.writer = AuditWriter(ForgetfulLog())
        self.watch = HubWatch(self.notebook, self.writer, self.held, room=lambda: room, counter=lambda: self.now)

    def pass_seconds(self, seconds: float) -> None:
        for _ in range(10):
            self.now += seconds / 10
            self.watch.tick()

    def record_something(self) -> None:
        self.writer.submit([a_draft()], lambda _: None)

    @property
    def kinds(self) -> list[RecordKind]:
        return [draft.statement.kind for draft in self.notebook.drafts]


@pytest.fixture
def watched() -> Watched:
    return Watched()


def a_root(size: int) -> HubLog:
    return HubLog(3, size, f"{size:064x}")


def a_trust(hub: Signer = HUB.signer, *, former: tuple[bytes, ...] = ()) -> Trust:
    """Say who is the hub."""
    keys = HubKeys(hub.name, hub.verifier.public_key, bytes(32), former)
    return Trust(site=SITE, version=1, roots=(bytes(32),), hub=keys)


def a_signed_root(size: int, *, by: Signer = HUB.signer, site: str = SITE) -> HubSigned:
    root = a_root(size)
    checkpoint = Checkpoint(origin_of(site, HUB_LOG, root.epoch), size, bytes.fromhex(root.root))
    return HubSigned(root.epoch, size, root.root, signature_in(sign_checkpoint(checkpoint, by).decode()))


def test_silence_of_the_hub_is_a_heartbeat_each_quarter_of_an_hour(watched: Watched) -> None:
    watched.pass_seconds(SILENCE_SECONDS - 1)
    before = watched.kinds
    watched.pass_seconds(1)
    watched.pass_seconds(SILENCE_SECONDS)

    assert before == []
    assert watched.kinds == [RecordKind.HEARTBEAT] * 2


@pytest.mark.parametrize("word", [Confirmed(4000.0, 1), HubHolds(1, 1, "00" * 32)])
def test_a_word_of_the_hub_puts_the_heartbeat_off(watched: Watched, word: Confirmed | HubHolds) -> None:
    watched.pass_seconds(SILENCE_SECONDS - 1)
    watched.watch.take(word)
    watched.pass_seconds(SILENCE_SECONDS - 1)

    assert watched.kinds == []


@pytest.mark.parametrize("word", [LinkIs(True), HubLog(1, 1, "00" * 32)])
def test_what_is_no_answer_of_the_hub_puts_no_heartbeat_off(watched: Watched, word: LinkIs | HubLog) -> None:
    watched.pass_seconds(SILENCE_SECONDS - 1)
    watched.watch.take(word)
    watched.pass_seconds(1)

    assert RecordKind.HEARTBEAT in watched.kinds


def test_the_hub_s_root_is_recorded_as_it_was_told(watched: Watched) -> None:
    watched.watch.take(a_root(8))
    watched.watch.tick()

    (draft,) = watched.notebook.drafts
    assert (draft.statement.kind, draft.statement.tree) == (RecordKind.HUB_ROOT, TreeMark("hub", 3, 8, f"{8:064x}"))


@pytest.mark.parametrize(
    "trust", [a_trust(), a_trust(ROTATED, former=(HUB.sign_public,))], ids=["of today", "former"]
)
def test_the_hub_s_root_is_recorded_with_its_signature_by_any_of_its_keys(watched: Watched, trust: Trust) -> None:
    told = a_signed_root(8)
    watched.watch.take(trust)
    watched.watch.take(told)
    watched.watch.tick()

    (draft,) = watched.notebook.drafts
    assert draft.statement.tree == TreeMark("hub", 3, 8, told.root, told.signature)
    assert len(told.signature) == 92
    assert watched.watch.refused == {}


def with_loose_bits(signature: str) -> str:
    """Spell the last byte otherwise: decoders that are not strict read the same."""
    digits = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
    return signature[:-2] + digits[digits.index(signature[-2]) + 1] + "="


UNSIGNED = {
    "of another root": replace(a_signed_root(8), root=a_root(9).root),
    "of another size": replace(a_signed_root(8), size=9),
    "of another epoch": replace(a_signed_root(8), epoch=4),
    "of another site": a_signed_root(8, site="lab"),
    "by another key of the name": a_signed_root(8, by=ROTATED),
    "no base64": replace(a_signed_root(8), signature="x"),
    "loose bits": replace(a_signed_root(8), signature=with_loose_bits(a_signed_root(8).signature)),
}


@pytest.mark.parametrize("name", UNSIGNED)
def test_what_the_hub_has_not_signed_is_dropped_counted_and_told(
    watched: Watched, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    watched.watch.take(a_trust())
    watched.watch.take(UNSIGNED[name])
    watched.pass_seconds(20)

    assert (watched.kinds, watched.watch.refused) == ([], {"bad-signature": 1})
    assert "event=refused reason=bad-signature source=hub-signed" in capfd.readouterr().err


def test_before_there_is_trust_nothing_is_the_hub_s_word(watched: Watched) -> None:
    watched.watch.take(a_signed_root(8))
    watched.pass_seconds(20)
    watched.watch.take(a_trust())
    watched.watch.take(a_signed_root(8))
    watched.pass_seconds(20)

    assert watched.kinds == [RecordKind.HUB_ROOT]


def test_a_root_is_recorded_once_a_quarter_of_an_hour_and_the_newest_one(watched: Watched) -> None:
    for size in range(1, 40):
        watched.watch.take(a_root(size))
        watched.record_something()
        watched.pass_seconds(ROOT_SECONDS / 10)

    sizes = [draft.statement.tree.size for draft in watched.notebook.drafts if draft.statement.tree is not None]
    assert sizes == [1, 11, 21, 31]


def test_a_root_that_is_the_same_is_not_recorded_again(watched: Watched) -> None:
    for _ in range(4):
        watched.watch.take(a_root(8))
        watched.record_something()
        watched.pass_seconds(QUIET_ROOT_SECONDS)

    assert watched.kinds.count(RecordKind.HUB_ROOT) == 1


def test_where_nothing_else_happens_a_root_is_recorded_once_a_day(watched: Watched) -> None:
    for size in range(1, 98):
        watched.watch.take(a_root(size))
        watched.pass_seconds(ROOT_SECONDS)

    assert watched.kinds.count(RecordKind.HUB_ROOT) == 2


def test_a_fork_of_the_hub_is_recorded_once(watched: Watched) -> None:
    for _ in range(3):
        watched.watch.take(HubForked("below 7"))
    watched.watch.take(HubForked("below 9"))

    assert watched.notebook.told == [(RecordKind.HUB_FORKED, "", "below 7"), (RecordKind.HUB_FORKED, "", "below 9")]


def test_the_link_is_recorded_when_it_changes(watched: Watched) -> None:
    for up in (True, True, False, False, True):
        watched.watch.take(LinkIs(up))
        watched.now += 2

    assert [detail for _, _, detail in watched.notebook.told] == ["up", "down", "up"]


def test_a_link_that_flaps_is_counted(watched: Watched) -> None:
    for turn in range(100):
        watched.watch.take(LinkIs(turn % 2 == 0))
    watched.pass_seconds(61)

    assert watched.notebook.told == [
        (RecordKind.LINK, "", "up"),
        (RecordKind.LINK, "", "down"),
        (RecordKind.FLOOD_SUMMARY, "", "down=49 up=49"),
    ]


def test_a_link_that_is_up_within_a_second_is_recorded_so_and_no_flood(watched: Watched) -> None:
    for is_up in (False, True):
        watched.watch.take(LinkIs(is_up))
    watched.pass_seconds(120)

    assert watched.notebook.told == [(RecordKind.LINK, "", "down"), (RecordKind.LINK, "", "up")]


def test_without_room_a_link_is_counted() -> None:
    watched = Watched(room=False)
    watched.watch.take(LinkIs(up=False))
    watched.pass_seconds(61)

    assert watched.notebook.told == [(RecordKind.FLOOD_SUMMARY, "", "down=1")]


def test_what_the_hub_holds_goes_to_the_log_in_the_writer_s_thread(watched: Watched) -> None:
    watched.watch.take(HubHolds(7, 99, "ab" * 32))
    before = list(watched.held.marks)
    watched.writer.start()
    watched.writer.stop()

    assert (before, watched.held.marks) == ([], [LogMark(7, 99, b"\xab" * 32)])


def test_without_room_no_heartbeat_is_recorded() -> None:
    watched = Watched(room=False)
    watched.pass_seconds(2 * SILENCE_SECONDS)

    assert watched.kinds == []
