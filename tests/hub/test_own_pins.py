"""Own PINs at the hub: who gets a code, what comes of a door's record, and what no controller can do without it."""

from base64 import b64encode

import pytest

from doorctl.audit.leaf import Opening, read_leaf
from doorctl.core.records import RecordKind
from doorctl.core.rules.pin_code import code_of
from doorctl.hub.own_pins.arrivals import MOST_KEPT, keep_own_pins
from doorctl.hub.own_pins.deciding import MOST_TRIES
from doorctl.hub.strict_leaves import ControllerLeaf
from doorctl.keys.card_keys import CardKeys, code_text
from doorctl.policy.apply import position_of, recomputed_digest, rows_where
from doorctl.policy.rows import PinCodeRow, PinRow
from doorctl.trust.note import Role
from doorctl.wire.commands import PersonAdd, PersonRemove, PinCodeSet, PinRemove, PinSet
from doorctl.wire.messages import Response
from doorctl.wire.own_pin import OwnPin
from doorctl.wire.privacy import PersonErase
from doorctl.wire.rights import CardKeysRotate
from tests.hub.builders import CARD_KEYS, NOON_SECONDS, ASite, a_private, later
from tests.hub.disks import a_disk_of
from tests.hub.logs import ALog, send

CODE = code_of("7992739")
CHANGES = "SELECT change FROM changes"
DAY = 86_400
UNTIL = NOON_SECONDS + DAY
NEW, OTHER = "258036", "147025"
OWN = RecordKind.OWN_PIN
SECRET = CARD_KEYS.credential_key(code_text(CODE, holder="h1"))


def key_of(pin: str, holder: str = "h1") -> bytes:
    return CARD_KEYS.credential_key(f"pin:{holder}:{pin}")


@pytest.fixture
def site(site_with_two: ASite) -> ASite:
    """Two people, and nobody has a PIN."""
    for holder, handle in (("h1", "ada"), ("h2", "grace")):
        site_with_two.ask(PersonAdd(holder), a_private(handle=handle))
    return site_with_two


@pytest.fixture
def log(site: ASite) -> ALog:
    return ALog(site.controllers[0])


def give(site: ASite, *, holder: str = "h1", until: int = UNTIL, code: str = CODE) -> Response:
    return site.ask(PinCodeSet(holder, until), a_private(pin=code))


def bring(
    site: ASite, log: ALog, pin: OwnPin | str = NEW, *, secret: bytes = SECRET, days: int = 0, kind: RecordKind = OWN
) -> None:
    """Let a door's record of an own PIN come, and the hub decide about it, so many days later."""
    own_pin = OwnPin("h1", 1, len(pin), key_of(pin)) if isinstance(pin, str) else pin
    first = len(log.leaves)
    log.write(subject=own_pin.text(secret), kind=kind)
    send(site, log.batch(first, first + 1), log.openings[-1:], at=later(days * DAY))
    site.hub.tick(later(days * DAY + 1))


def pin_of(site: ASite, holder: str = "h1") -> PinRow | None:
    rows = rows_where(site.connection, PinRow, holder=holder)
    return rows[0] if rows else None


def code_of_h1(site: ASite) -> list[PinCodeRow]:
    return rows_where(site.connection, PinCodeRow, holder="h1")


def acts(site: ASite) -> list[tuple[str, str, str]]:
    """What the hub's own log tells of own PINs: where, what became of it, and why."""
    leaves = site.rows("SELECT leaf FROM records WHERE controller = 'hub' AND kind = 'command' ORDER BY seq")
    read = [read_leaf(leaf) for (leaf,) in leaves if isinstance(leaf, bytes)]
    return [(it.door, str(it.act.verdict), it.act.reason) for it in read if it.act and it.act.verb == "own-pin"]


def test_a_code_stands_in_the_policy_as_the_keyed_hash_of_its_beginning(site: ASite) -> None:
    response = give(site)

    told = CARD_KEYS.credential_key(code_text("799", holder="h1"))
    assert response.verdict == "accepted"
    assert code_of_h1(site) == [PinCodeRow("h1", ring_keys=1, key=told, valid_until=UNTIL)]
    assert b64encode(SECRET) not in b"".join(change for (change,) in site.rows(CHANGES) if isinstance(change, bytes))


@pytest.mark.parametrize(
    ("holder", "code", "until", "reason"),
    [
        ("h9", CODE, UNTIL, "unknown-holder"),
        ("h1", "", UNTIL, "bad-code"),
        ("h1", "79927399", UNTIL, "bad-code"),
        ("h1", "4711", UNTIL, "bad-code"),
        ("h1", CODE, NOON_SECONDS, "bad-time"),
        ("h1", CODE, NOON_SECONDS + 7 * DAY + 1, "bad-time"),
    ],
)
def test_a_code_that_cannot_be_is_refused_by_name(
    site: ASite, holder: str, code: str, until: int, reason: str
) -> None:
    assert give(site, holder=holder, code=code, until=until).reason == reason
    assert code_of_h1(site) == []


def test_who_has_a_pin_that_counts_alone_gets_no_code(site: ASite) -> None:
    site.ask(PinSet("h1", alone=True), a_private(pin="471100"))

    assert give(site).reason == "pin-alone"


def test_a_proven_pin_takes_the_place_of_the_one_before_and_uses_the_code_up(site: ASite, log: ALog) -> None:
    site.ask(PinSet("h1"), a_private(pin="4711"))
    give(site)
    bring(site, log)

    assert pin_of(site) == PinRow("h1", ring_keys=1, key=key_of(NEW))
    assert code_of_h1(site) == []
    assert site.rows("SELECT * FROM pin_lengths") == [("h1", 6)]
    assert site.rows("SELECT * FROM pin_secrets UNION SELECT holder, text, 0 FROM own_pins") == []
    assert acts(site) == [("door-1", "accepted", "")]
    assert position_of(site.connection).digest == recomputed_digest(site.connection)


def test_everybody_is_told_of_it(site: ASite, log: ALog) -> None:
    give(site)
    log.write(subject=OwnPin("h1", 1, 6, key_of(NEW)).text(SECRET), kind=OWN)
    send(site, log.batch(0, 1), log.openings)

    told = site.hub.tick(later(1))

    assert len(site.deltas(told)) > 0


def test_a_code_counts_once(site: ASite, log: ALog) -> None:
    give(site)
    bring(site, log)
    bring(site, log, OTHER)

    assert pin_of(site) == PinRow("h1", ring_keys=1, key=key_of(NEW))
    assert acts(site) == [("door-1", "accepted", "")]
    assert site.hub.refusals["no-code"] == 1


@pytest.mark.parametrize(
    ("pin", "secret"),
    [
        (NEW, bytes(32)),
        (NEW, CARD_KEYS.credential_key(code_text(code_of("7992738"), holder="h1"))),
        (NEW, CARD_KEYS.credential_key(code_text(CODE[:3], holder="h1"))),
    ],
)
def test_whoever_does_not_know_the_code_sets_no_pin(site: ASite, log: ALog, pin: str, secret: bytes) -> None:
    give(site)
    bring(site, log, pin, secret=secret)

    assert pin_of(site) is None
    assert acts(site) == [("door-1", "refused", "wrong-code")]


def test_a_proof_is_of_one_pin_and_one_person(site: ASite, log: ALog) -> None:
    give(site)
    give(site, holder="h2")
    own = OwnPin("h1", 1, 6, key_of(NEW))
    for changed in (own.text(SECRET).replace("h1", "h2"), own.text(SECRET).replace(":6:", ":5:")):
        first = len(log.leaves)
        log.write(subject=changed, kind=OWN)
        send(site, log.batch(first, first + 1), log.openings[-1:])
        site.hub.tick(later(1))

    assert (pin_of(site), pin_of(site, "h2")) == (None, None)
    assert acts(site) == [("door-1", "refused", "wrong-code")] * 2


def test_a_code_that_is_tried_too_often_is_used_up(site: ASite, log: ALog) -> None:
    give(site)
    for _ in range(MOST_TRIES):
        bring(site, log, secret=bytes(32))
    bring(site, log)

    assert (code_of_h1(site), pin_of(site)) == ([], None)
    assert site.hub.refusals["wrong-code"] == MOST_TRIES


def test_another_code_begins_anew(site: ASite, log: ALog) -> None:
    give(site)
    bring(site, log, secret=bytes(32))
    bring(site, log, secret=bytes(32))
    give(site)
    bring(site, log, secret=bytes(32))
    bring(site, log)

    assert pin_of(site) == PinRow("h1", ring_keys=1, key=key_of(NEW))


@pytest.mark.parametrize(
    ("until", "days", "counts"), [(UNTIL, 6, True), (UNTIL, 9, False), (NOON_SECONDS + 1, 0, False)]
)
def test_a_record_may_come_late_if_it_was_made_in_time(
    site: ASite, log: ALog, until: int, days: int, counts: bool
) -> None:
    give(site, until=until)
    log.write()
    log.write()
    send(site, log.batch(0, 2))
    bring(site, log, days=days)

    assert (pin_of(site) is not None) is counts
    assert [why for *_, why in acts(site)] == ["" if counts else "code-expired"]


def test_the_pin_for_duress_stays_and_the_own_one_is_as_long(site: ASite, log: ALog) -> None:
    site.ask(PinSet("h1"), a_private(pin="471100", duress="471101"))
    give(site)
    digits = code_of_h1(site)[0].digits
    bring(site, log, OwnPin("h1", 1, 4, key_of("2580")))
    bring(site, log)

    assert digits == 6
    assert pin_of(site) == PinRow("h1", ring_keys=1, key=key_of(NEW), duress=key_of("471101"))
    assert [why for *_, why in acts(site)] == ["bad-own-pin", ""]


def test_the_one_for_duress_is_no_own_pin(site: ASite, log: ALog) -> None:
    site.ask(PinSet("h1"), a_private(pin="471100", duress="471101"))
    give(site)
    bring(site, log, "471101")

    assert pin_of(site) == PinRow("h1", ring_keys=1, key=key_of("471100"), duress=key_of("471101"))


@pytest.mark.parametrize("do", [PinSet("h1"), PinRemove("h1"), PersonRemove("h1"), PersonErase("h1")])
def test_whatever_else_becomes_of_the_pin_takes_the_code_away(
    site: ASite, log: ALog, do: PinSet | PinRemove | PersonRemove | PersonErase
) -> None:
    give(site)
    site.ask(do, a_private(pin="4711"))
    before = pin_of(site)
    bring(site, log)

    assert (code_of_h1(site), site.rows("SELECT * FROM pin_secrets")) == ([], [])
    assert pin_of(site) == before


def test_while_nothing_may_be_added_it_waits(site: ASite, log: ALog) -> None:
    give(site)
    disk = a_disk_of(site)
    log.write(subject=OwnPin("h1", 1, 6, key_of(NEW)).text(SECRET), kind=OWN)
    send(site, log.batch(0, 1), log.openings)
    disk.free = 0
    site.hub.tick(later(1))
    waiting = site.rows("SELECT holder, door FROM own_pins"), pin_of(site)
    disk.free = disk.total
    site.hub.tick(later(2))

    assert waiting == ([("h1", "door-1")], None)
    assert pin_of(site) is not None


def test_a_pin_of_before_a_rotation_of_keys_is_wrapped_and_so_is_the_one_beside_it(site: ASite, log: ALog) -> None:
    site.ask(PinSet("h1"), a_private(pin="471100", duress="471101"))
    give(site)
    site.ask(CardKeysRotate())
    bring(site, log)

    ring = site.ring
    assert isinstance(ring, CardKeys)
    texts = (f"pin:h1:{NEW}", "pin:h1:471101")
    key, duress = (ring.credential_key(text) for text in texts)
    assert pin_of(site) == PinRow("h1", ring_keys=2, key=key, duress=duress)


def test_no_opening_holds_it_and_the_log_is_whole(site: ASite, log: ALog) -> None:
    give(site)
    bring(site, log)

    texts = site.rows("SELECT coalesce(text, subject) FROM openings")
    assert [text for (text,) in texts if key_of(NEW).hex() in str(text)] == []
    assert site.rows("SELECT count(*) FROM records WHERE kind = 'own_pin'") == [(1,)]


def test_a_clerk_may_give_codes_and_an_auditor_may_not(site: ASite) -> None:
    clerk, auditor = site.hire("carol", Role.CLERK), site.hire("oscar", Role.AUDITOR)

    told = [site.ask(PinCodeSet("h1", UNTIL), a_private(pin=CODE), admin=who).verdict for who in (clerk, auditor)]

    assert told == ["accepted", "refused"]


def test_what_is_no_own_pin_or_stands_in_another_record_changes_nothing(site: ASite, log: ALog) -> None:
    give(site)
    bring(site, log, kind=RecordKind.DECISION)
    log.write(subject="holder:h1:own-pin:1:6:zz", kind=OWN)
    send(site, log.batch(1, 2), log.openings[-1:])
    site.hub.tick(later(1))

    assert pin_of(site) is None
    assert acts(site) == []


def test_a_hub_that_has_lost_the_code_takes_no_pin_by_it(site: ASite, log: ALog) -> None:
    give(site)
    site.connection.execute("DELETE FROM pin_secrets")
    bring(site, log)

    assert pin_of(site) is None
    assert acts(site) == [("door-1", "refused", "no-code")]


def test_no_more_are_kept_than_somebody_could_have_set(site: ASite) -> None:
    text = OwnPin("h1", 1, 6, key_of(NEW)).text(SECRET)
    leaves = [
        ControllerLeaf(v=1, controller="pi-1", epoch=1, seq=seq, kind=OWN, at="2027-01-15T12:00:00Z")
        for seq in range(MOST_KEPT + 1)
    ]
    openings = [Opening(leaf.seq, bytes(16), text) for leaf in leaves]

    keep_own_pins(site.connection, openings, leaves, times=[NOON_SECONDS] * len(leaves))

    assert site.rows("SELECT count(*) FROM own_pins") == [(MOST_KEPT,)]


def test_while_trust_has_expired_an_own_pin_waits(site: ASite, log: ALog) -> None:
    give(site)
    expires, site.trust_expires = site.trust_expires, NOON_SECONDS - 1
    site.hub = site.a_hub()
    bring(site, log)
    meanwhile = pin_of(site)

    site.trust_expires = expires
    site.hub = site.a_hub()
    site.hub.tick(later(2))

    assert meanwhile is None
    assert pin_of(site) == PinRow("h1", ring_keys=1, key=key_of(NEW))


def test_of_an_erased_person_none_is_kept_however_late_it_comes(site: ASite, log: ALog) -> None:
    site.ask(PersonErase("h1"))
    site.trust_expires = NOON_SECONDS - 1
    site.hub = site.a_hub()
    bring(site, log)

    assert site.rows("SELECT * FROM own_pins") == []
