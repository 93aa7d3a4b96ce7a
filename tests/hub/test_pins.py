"""PINs: what the hub takes, what it keeps of it, and what becomes of it."""

import base64

import pytest
from msgspec.structs import replace

from doorctl.keys.card_keys import CardKeys
from doorctl.policy.apply import position_of, recomputed_digest, rows_where
from doorctl.policy.rows import PinRow
from doorctl.trust.note import Role
from doorctl.wire.commands import PersonAdd, PersonRemove, PinRemove, PinSet
from doorctl.wire.privacy import PersonErase
from doorctl.wire.rights import CardKeysRotate
from tests.hub.builders import CARD_KEYS, ASite, a_private

PEOPLE = {f"h{number}": f"person{number}" for number in range(1, 12)}


@pytest.fixture
def peopled(site: ASite) -> ASite:
    """A site with some people."""
    for holder, handle in PEOPLE.items():
        site.ask(PersonAdd(holder), a_private(handle=handle))
    return site


def pin_of(site: ASite, holder: str = "h1") -> PinRow:
    (row,) = rows_where(site.connection, PinRow, holder=holder)
    return row


def test_a_pin_stands_in_the_policy_as_a_keyed_hash_for_its_holder(peopled: ASite) -> None:
    response = peopled.ask(PinSet("h1"), a_private(pin="4711"))

    assert response.verdict == "accepted"
    assert pin_of(peopled) == PinRow("h1", ring_keys=1, key=CARD_KEYS.credential_key("pin:h1:4711"))


def test_one_that_counts_alone_has_a_hash_of_its_own_and_so_has_the_one_for_duress(peopled: ASite) -> None:
    peopled.ask(PinSet("h1", alone=True), a_private(pin="471100", duress="471101"))

    texts = ("pin:h1:471100", "pin:h1:471101", "pin:471100", "pin:471101")
    assert pin_of(peopled) == PinRow("h1", 1, *map(CARD_KEYS.credential_key, texts))


def test_another_pin_takes_the_place_of_the_one_before(peopled: ASite) -> None:
    peopled.ask(PinSet("h1", alone=True), a_private(pin="471100", duress="471101"))

    peopled.ask(PinSet("h1"), a_private(pin="2580"))

    assert pin_of(peopled) == PinRow("h1", 1, CARD_KEYS.credential_key("pin:h1:2580"))
    assert peopled.rows("SELECT * FROM pin_lengths") == [("h1", 4)]


def test_it_is_told_how_a_pin_counts_and_when_the_one_for_duress_goes(peopled: ASite) -> None:
    asked = [
        (PinSet("h1", alone=True), a_private(pin="471100", duress="471101")),
        (PinSet("h1"), a_private(pin="2580")),
        (PinSet("h1"), a_private(pin="2581")),
        (PinSet("h1", alone=True), a_private(pin="471102")),
    ]

    assert [peopled.ask(do, private).text for do, private in asked] == [
        "PIN set: it counts alone, too; and one for duress",
        "PIN set: it counts with a card; the one for duress is gone",
        "PIN set: it counts with a card",
        "PIN set: it counts alone, too",
    ]


@pytest.mark.parametrize(
    ("pin", "duress", "reason"),
    [
        ("", "", "bad-pin"),
        ("123", "", "bad-pin"),
        ("12a4", "", "bad-pin"),
        ("4711", "47", "bad-pin"),
        ("4711", "4711", "bad-pin"),
        ("4711", "47112", "bad-pin"),
        ("0000", "", "weak-pin"),
        ("12345678", "", "weak-pin"),
        ("9876", "", "weak-pin"),
        ("4711", "7777", "weak-pin"),
    ],
)
def test_what_is_no_pin_or_guessed_first_is_refused_by_name(
    peopled: ASite, pin: str, duress: str, reason: str
) -> None:
    assert peopled.ask(PinSet("h1"), a_private(pin=pin, duress=duress)).reason == reason
    assert rows_where(peopled.connection, PinRow, holder="h1") == []


def test_a_pin_of_nobody_is_refused(site: ASite) -> None:
    assert site.ask(PinSet("h1"), a_private(pin="4711")).reason == "unknown-holder"
    assert site.ask(PinRemove("h1")).reason == "unknown-holder"


@pytest.mark.parametrize(
    ("pin", "duress"), [("471100", ""), ("258000", "471100"), ("471101", ""), ("258000", "471101")]
)
def test_a_pin_that_counts_alone_is_nobody_elses(peopled: ASite, pin: str, duress: str) -> None:
    peopled.ask(PinSet("h1", alone=True), a_private(pin="471100", duress="471101"))

    assert peopled.ask(PinSet("h2", alone=True), a_private(pin=pin, duress=duress)).reason == "pin-taken"
    assert peopled.ask(PinSet("h2"), a_private(pin=pin, duress=duress)).verdict == "accepted"


def test_of_four_digits_ten_count_alone_and_no_more(peopled: ASite) -> None:
    pins = [f"4{number:03}" for number in range(1, 12)]

    told = [
        peopled.ask(PinSet(holder, alone=True), a_private(pin=pin)).reason
        for holder, pin in zip(PEOPLE, pins, strict=True)
    ]

    assert told == [""] * 10 + ["pin-too-short"]
    assert peopled.ask(PinSet("h1", alone=True), a_private(pin="4999")).verdict == "accepted"
    assert peopled.ask(PinSet("h11", alone=True), a_private(pin="47110")).verdict == "accepted"


def test_a_pin_for_duress_counts_as_one_more_that_could_be_hit(peopled: ASite) -> None:
    told = [
        peopled.ask(PinSet(f"h{number}", alone=True), a_private(pin=f"4{number}01", duress=f"4{number}02")).reason
        for number in range(1, 7)
    ]

    assert told == [""] * 5 + ["pin-too-short"]


def test_a_pin_is_taken_away(peopled: ASite) -> None:
    peopled.ask(PinSet("h1"), a_private(pin="4711"))

    assert peopled.ask(PinRemove("h1")).verdict == "accepted"
    assert peopled.rows("SELECT * FROM pins UNION ALL SELECT *, 0, 0, 0, 0 FROM pin_lengths") == []
    assert peopled.ask(PinRemove("h1")).verdict == "done"


@pytest.mark.parametrize("do", [PersonRemove("h1"), PersonErase("h1")])
def test_with_a_person_goes_the_pin(peopled: ASite, do: PersonRemove | PersonErase) -> None:
    peopled.ask(PinSet("h1", alone=True), a_private(pin="471100"))

    assert peopled.ask(do).verdict == "accepted"
    assert peopled.rows("SELECT holder FROM pins UNION ALL SELECT holder FROM pin_lengths") == []
    assert recomputed_digest(peopled.connection) == position_of(peopled.connection).digest


def test_an_erased_persons_pin_stands_in_no_kept_change(peopled: ASite) -> None:
    peopled.ask(PinSet("h1"), a_private(pin="4711"))

    peopled.ask(PersonErase("h1"))

    assert peopled.rows('SELECT revision FROM changes WHERE instr(change, \'"type":"pin"\')') == []


@pytest.mark.parametrize(
    ("verbs", "told"),
    [
        ((PinSet("h1", alone=True),), '"after":{"rows":[{"type":"pin","holder":"h1","alone":true,"duress":true}]}'),
        (
            (PinSet("h1"), PinRemove("h1")),
            '"before":{"rows":[{"type":"pin","holder":"h1","alone":false,"duress":true}]}',
        ),
        ((PinSet("h1", alone=True), CardKeysRotate()), ""),
        ((PinSet("h1"), PersonRemove("h1")), ""),
        ((PinSet("h1"), PersonErase("h1")), ""),
    ],
    ids=["set", "removed", "rotated", "left", "erased"],
)
def test_a_record_tells_whether_there_is_a_pin_in_its_opening_alone_and_never_its_keyed_hash(
    peopled: ASite, verbs: tuple[PinSet, ...], told: str
) -> None:
    pins = []
    for do in verbs:
        peopled.ask(do, a_private(pin="471100", duress="471101"))
        pins += rows_where(peopled.connection, PinRow, holder="h1")

    leaves = str(peopled.rows("SELECT leaf FROM records"))
    openings = str(peopled.rows("SELECT text FROM openings"))

    hashes = [key for pin in pins for key in (pin.key, pin.duress, pin.alone, pin.alone_duress) if key]
    assert told in openings
    assert [key for key in hashes if base64.b64encode(key).decode() in leaves + openings] == []
    assert '"type":"pin"' not in leaves


def test_a_rotation_of_the_card_keys_wraps_pins(peopled: ASite) -> None:
    peopled.ask(PinSet("h1", alone=True), a_private(pin="471100", duress="471101"))
    before = pin_of(peopled)

    peopled.ask(CardKeysRotate())

    two = CardKeys(peopled.ring.ring[:2])
    texts = ("pin:h1:471100", "pin:h1:471101", "pin:471100", "pin:471101")
    assert pin_of(peopled) == PinRow("h1", 2, *map(two.credential_key, texts))
    assert pin_of(peopled) != replace(before, ring_keys=2)


def test_who_enrols_gives_pins_and_an_auditor_does_not(peopled: ASite) -> None:
    clerk, auditor = peopled.hire("edith", Role.CLERK), peopled.hire("olga", Role.AUDITOR)

    assert peopled.ask(PinSet("h1"), a_private(pin="4711"), admin=clerk).verdict == "accepted"
    assert peopled.ask(PinSet("h1"), a_private(pin="4712"), admin=auditor).reason == "not-allowed"


def test_no_digits_stand_in_anything_that_the_hub_keeps(peopled: ASite) -> None:
    peopled.ask(PinSet("h1", alone=True), a_private(pin="47110815", duress="47110816"))

    peopled.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = b"".join(path.read_bytes() for path in peopled.path.parent.iterdir() if path.is_file())
    assert not any(digits in kept for digits in (b"47110815", b"47110816"))
