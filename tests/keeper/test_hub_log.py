"""A controller is a witness of the hub's own log: it takes what is proven to follow, and keeps what does not."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorctl.errors import Refused
from doorctl.keeper.hub_log import MOST_NAMED, UNPROVEN_SECONDS, WRITE_SECONDS, HubLogSeen, Seen
from doorctl.keys.identity import hub_key_name
from doorctl.wire.bell import HubForked
from doorctl.wire.messages import LogAck
from doorctl.wire.notes import sign_text
from tests.full_disk import full_disk
from tests.keeper.hub_logs import AHubLog
from tests.keeper.site import SITE, ASite, a_signer


@pytest.fixture
def hub(site: ASite) -> AHubLog:
    return AHubLog(site, records=5)


@pytest.fixture
def seen(tmp_path: Path, hub: AHubLog) -> HubLogSeen:
    """A controller that has seen all five records."""
    seen = opened(tmp_path)
    seen.take(hub.ack(), hub.keys, 0)
    return seen


def opened(folder: Path) -> HubLogSeen:
    return HubLogSeen(folder / "hub.log", site=SITE)


def refusal_of(seen: HubLogSeen, ack: LogAck, hub: AHubLog, *, now: float = 1) -> str:
    with pytest.raises(Refused) as refused:
        seen.take(ack, hub.keys, now)
    return refused.value.refusal


def test_the_first_checkpoint_is_taken_as_it_is(seen: HubLogSeen, hub: AHubLog) -> None:
    assert seen.seen == hub.seen()


def test_what_is_proven_to_follow_is_taken_and_told_to_the_door(seen: HubLogSeen, hub: AHubLog) -> None:
    hub.grow(3)

    is_news = seen.take(hub.ack(since=5), hub.keys, 1)

    told = hub.seen()
    assert (is_news, seen.seen) == (True, told)
    assert seen.packets == [hub.told()]


def test_the_same_again_is_no_news(seen: HubLogSeen, hub: AHubLog) -> None:
    assert not seen.take(hub.ack(since=5), hub.keys, 1)


def test_an_acknowledgement_without_the_hub_s_log_says_nothing_of_it(seen: HubLogSeen, hub: AHubLog) -> None:
    silent = msgspec.structs.replace(hub.ack(), hub_checkpoint="")

    assert not seen.take(silent, hub.keys, 1)


def test_a_root_that_does_not_follow_is_a_fork_with_both_checkpoints(
    seen: HubLogSeen, site: ASite, hub: AHubLog
) -> None:
    other = AHubLog(site, records=8, history="another ")
    before = seen.seen

    refusal = refusal_of(seen, other.ack(since=5), other)

    assert (refusal, seen.seen) == ("hub-log-forked", before)
    assert seen.packets == [hub.told(), HubForked(seen.fork)]
    assert "8 records" in seen.fork


def test_another_root_at_the_same_size_is_a_fork_whatever_is_said_of_it(seen: HubLogSeen, site: ASite) -> None:
    other = AHubLog(site, records=5, history="another ")

    assert [refusal_of(seen, other.ack(since=since), other) for since in (0, 3, 5)] == ["hub-log-forked"] * 3


def test_a_hub_that_answers_what_we_know_with_less_has_lost_its_log(seen: HubLogSeen, site: ASite) -> None:
    shorter = AHubLog(site, records=3)
    ack = msgspec.structs.replace(shorter.ack(), hub_since=5)

    assert refusal_of(seen, ack, shorter) == "hub-log-forked"


def test_a_proof_from_another_size_than_it_says_is_a_fork(seen: HubLogSeen, hub: AHubLog) -> None:
    hub.grow(3)
    wrong = msgspec.structs.replace(hub.ack(since=3), hub_since=5)

    assert refusal_of(seen, wrong, hub) == "hub-log-forked"


def test_without_a_proof_nothing_follows(seen: HubLogSeen, hub: AHubLog) -> None:
    hub.grow(3)
    unproven = msgspec.structs.replace(hub.ack(since=5), hub_proof=())

    assert refusal_of(seen, unproven, hub) == "hub-log-forked"


def test_an_old_acknowledgement_played_again_is_no_fork(seen: HubLogSeen, hub: AHubLog) -> None:
    seen.name()
    hub.grow(1)
    old = hub.ack(since=5)
    seen.take(old, hub.keys, 1)
    seen.name()
    hub.grow(4)
    seen.take(hub.ack(since=6), hub.keys, 2)

    seen.take(old, hub.keys, 3)

    assert (seen.seen, seen.fork) == (hub.seen(), "")


def test_one_of_several_on_their_way_is_checked_and_moves_nothing(
    seen: HubLogSeen, site: ASite, hub: AHubLog
) -> None:
    seen.name()
    hub.grow(1)
    seen.take(hub.ack(since=5), hub.keys, 1)
    hub.grow(1)

    seen.take(hub.ack(since=5), hub.keys, 2)
    known = seen.seen.size
    other = AHubLog(site, records=9, history="another ")

    assert (known, refusal_of(seen, other.ack(since=5), other)) == (6, "hub-log-forked")


def test_what_answers_a_batch_of_long_ago_is_refused_as_old(seen: HubLogSeen, hub: AHubLog) -> None:
    seen.name()
    for now in range(MOST_NAMED + 1):
        since = seen.seen.size
        hub.grow(1)
        seen.take(hub.ack(since=since), hub.keys, now)
        seen.name()
    hub.grow(1)

    assert (refusal_of(seen, hub.ack(since=5), hub), seen.fork) == ("old-hub-log", "")


def test_what_says_to_answer_nothing_that_we_knew_moves_nothing(seen: HubLogSeen, hub: AHubLog) -> None:
    hub.grow(3)

    seen.take(hub.ack(since=0), hub.keys, 1)

    assert seen.seen.size == 5


def test_a_hub_that_proves_nothing_for_a_quarter_of_an_hour_is_told_of(
    seen: HubLogSeen, hub: AHubLog, capfd: pytest.CaptureFixture[str]
) -> None:
    hub.grow(3)
    for now in (1.0, UNPROVEN_SECONDS, UNPROVEN_SECONDS + 1):
        seen.take(hub.ack(since=0), hub.keys, now)
        seen.watch(now)

    assert capfd.readouterr().err.count("event=hub_log_unproven") == 1


def test_a_hub_that_proves_what_it_says_is_not_told_of(
    seen: HubLogSeen, hub: AHubLog, capfd: pytest.CaptureFixture[str]
) -> None:
    for now in range(0, 3600, 300):
        since = seen.seen.size
        hub.grow(1)
        seen.take(hub.ack(since=since), hub.keys, now)
        seen.watch(now)

    assert "hub_log_unproven" not in capfd.readouterr().err


def test_a_higher_epoch_is_taken_and_a_lower_one_refused(seen: HubLogSeen, site: ASite, hub: AHubLog) -> None:
    anew = AHubLog(site, epoch=2, records=1)

    is_news = seen.take(anew.ack(), anew.keys, 1)

    assert (is_news, seen.seen, seen.packets) == (True, anew.seen(), [anew.told()])
    assert refusal_of(seen, hub.ack(since=5), hub) == "old-hub-log"


def test_under_another_key_of_the_hub_a_lower_epoch_begins_anew(seen: HubLogSeen, site: ASite) -> None:
    far = AHubLog(site, epoch=2**52, records=1)
    seen.take(far.ack(), far.keys, 1)
    site.hub = replace(site.hub, signer=a_signer(hub_key_name(SITE)))
    rotated = AHubLog(site, epoch=2, records=1)

    seen.take(rotated.ack(), rotated.keys, 2)

    assert seen.seen == rotated.seen()


def test_under_another_key_of_the_hub_the_same_epoch_goes_on(seen: HubLogSeen, site: ASite, hub: AHubLog) -> None:
    site.hub = replace(site.hub, signer=a_signer(hub_key_name(SITE)))
    other = AHubLog(site, records=8, history="another ")
    refusal = refusal_of(seen, other.ack(since=5), other)
    hub.grow(1)

    seen.take(hub.ack(since=5), hub.keys, 2)

    assert (refusal, seen.seen) == ("hub-log-forked", hub.seen())


def test_a_fork_outlives_a_restart_and_ends_with_a_higher_epoch(
    tmp_path: Path, seen: HubLogSeen, site: ASite, hub: AHubLog
) -> None:
    other = AHubLog(site, records=8, history="another ")
    refusal_of(seen, other.ack(since=5), other)
    again = opened(tmp_path)
    kept = (again.fork, again.seen)
    hub.grow(1)
    again.take(hub.ack(since=5), hub.keys, 2)
    after_its_own_word = again.fork

    anew = AHubLog(site, epoch=2, records=1)
    again.take(anew.ack(), anew.keys, 3)

    assert (kept, after_its_own_word) == ((seen.fork, seen.seen), seen.fork)
    assert (again.fork, opened(tmp_path).fork) == ("", "")


def test_both_checkpoints_of_a_fork_stand_in_the_file(tmp_path: Path, seen: HubLogSeen, site: ASite) -> None:
    other = AHubLog(site, records=8, history="another ")

    refusal_of(seen, other.ack(since=5), other)

    kept = msgspec.json.decode((tmp_path / "hub.log").read_bytes())
    assert (kept["seen"]["note"], kept["other"]) == (seen.seen.note, other.checkpoint())


def test_the_file_is_written_once_a_minute(tmp_path: Path, seen: HubLogSeen, hub: AHubLog) -> None:
    sizes = []
    for now in (1.0, WRITE_SECONDS - 1, WRITE_SECONDS):
        since = seen.seen.size
        hub.grow(1)
        seen.take(hub.ack(since=since), hub.keys, now)
        sizes.append(opened(tmp_path).seen.size)

    assert sizes == [5, 5, 8]


def test_a_full_disk_ends_nothing(seen: HubLogSeen, site: ASite) -> None:
    anew = AHubLog(site, epoch=2, records=1)
    with full_disk():
        seen.take(anew.ack(), anew.keys, 1)

    assert seen.seen == anew.seen()


@pytest.mark.parametrize("content", [b"", b"{", b'{"seen":{"epoch":1,"more":2}}', b"\xff"])
def test_a_file_that_cannot_be_read_says_nothing(
    tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hub.log").write_bytes(content)

    assert opened(tmp_path).seen == Seen()
    assert "event=hub_log_unreadable" in capfd.readouterr().err


def test_what_the_hub_has_not_signed_is_refused(seen: HubLogSeen, site: ASite, hub: AHubLog) -> None:
    hub.grow(1)
    of_another = replace(site.hub, signer=a_signer(hub_key_name(SITE)))
    stranger = AHubLog(site, records=6)
    site.hub, own = of_another, site.hub
    forged = stranger.ack(since=5)
    site.hub = own

    assert refusal_of(seen, forged, hub) == "unknown-signer"


def test_a_signature_of_the_hubs_that_does_not_fit_is_refused_and_nothing_is_told(
    seen: HubLogSeen, hub: AHubLog
) -> None:
    before = seen.packets
    spoilt = hub.checkpoint()
    hub.grow(1)
    signature = spoilt.splitlines()[-1]
    ack = hub.ack(since=5)
    forged = "\n".join([*ack.hub_checkpoint.splitlines()[:-1], signature, ""])

    refusal = refusal_of(seen, msgspec.structs.replace(ack, hub_checkpoint=forged), hub)

    assert (refusal, seen.packets) == ("bad-signature", before)


def test_a_door_is_told_the_hubs_signature_whatever_else_stands_under_the_checkpoint(
    seen: HubLogSeen, site: ASite, hub: AHubLog
) -> None:
    hub.grow(1)
    ack = hub.ack(since=5)
    *text, own = ack.hub_checkpoint.splitlines()
    stranger = sign_text(b"x\n", a_signer(hub_key_name(SITE))).decode().splitlines()[-1]
    crowded = "\n".join([*text, stranger, own, stranger, ""])

    seen.take(msgspec.structs.replace(ack, hub_checkpoint=crowded), hub.keys, 1)

    assert (seen.packets, seen.seen) == ([hub.told()], hub.seen())


@pytest.mark.parametrize(
    "origin", ["doorctl/hq/pi-4f/1", "doorctl/lab/hub/1", "doorctl/hq/hub/", "doorctl/hq/hub/01"]
)
def test_the_checkpoint_of_another_log_is_refused(seen: HubLogSeen, hub: AHubLog, origin: str) -> None:
    ack = hub.ack(since=5)
    other = ack.hub_checkpoint.replace("doorctl/hq/hub/1", origin)

    assert refusal_of(seen, msgspec.structs.replace(ack, hub_checkpoint=other), hub) == "wrong-log"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["arrives", "lost", "twice", "late"])), max_size=20)
)
def test_an_honest_hub_is_never_called_forked_however_its_words_come(
    tmp_path_factory: pytest.TempPathFactory, site: ASite, steps: list[tuple[int, str]]
) -> None:
    hub, seen = AHubLog(site, records=1), opened(tmp_path_factory.mktemp("any"))
    late: list[LogAck] = []
    for now, (records, fate) in enumerate(steps):
        named = seen.name()
        hub.grow(records)
        ack = hub.ack(since=named.size)
        late += [ack] if fate == "late" else []
        for _ in range({"arrives": 1, "twice": 2}.get(fate, 0)):
            seen.take(ack, hub.keys, now)
    for ack in reversed(late):
        seen.take(ack, hub.keys, 99)
    seen.take(hub.ack(since=seen.name().size), hub.keys, 100)

    assert (seen.seen, seen.fork) == (hub.seen(), "")
