"""Messages: frozen samples of every type and verb, and the strictness of reading them."""

from pathlib import Path

import msgspec
import pytest

from doorctl.errors import Refused
from doorctl.keys.sealing import open_sealed
from doorctl.policy.rows import ROW_TYPES, Row
from doorctl.trust.note import Trust
from doorctl.wire import bell, commands, orders
from doorctl.wire.commands import Command, Private
from doorctl.wire.messages import (
    FEATURE_LEVEL,
    ChangeFrame,
    Delta,
    Head,
    Message,
    change_from,
    decode_strictly,
    frame_from,
    from_text,
    to_text,
)
from doorctl.wire.notes import Signer, detach, open_note, sign_text
from doorctl.wire.roster import Roster, RosterLine
from tests.note_samples import CHANGE, HEAD, HUB, MESSAGES, NONCE, SITE, VECTORS, VERBS
from tests.note_samples_2 import BELL, CHANGE_2, DEEDS, MESSAGES_2, ROWS, VECTORS_2, VERBS_2
from tests.note_samples_3 import BELL_3, DEEDS_3, ROWS_3, VECTORS_3, VERBS_3
from tests.note_samples_4 import BY_DAY, ROWS_4, VECTORS_4, VERBS_4
from tests.note_samples_5 import BELL_5, DEEDS_5, ROWS_5, VECTORS_5, VERBS_5

TEXT = to_text(HEAD)


def refusal_of(text: bytes, message_type: type[Message] = Head) -> str:
    with pytest.raises(Refused) as refused:
        from_text(text, message_type, site=SITE)
    return refused.value.refusal


@pytest.mark.parametrize(("message", "signer"), MESSAGES, ids=lambda value: getattr(value, "kind", ""))
def test_a_frozen_note_of_the_first_level_still_reads(message: Message, signer: Signer) -> None:
    note = (VECTORS / f"{message.kind}.note").read_bytes()

    assert from_text(open_note(note, [signer.verifier]).text, type(message), site=SITE) == message


@pytest.mark.parametrize(("message", "signers"), MESSAGES_2, ids=lambda value: getattr(value, "kind", ""))
def test_a_frozen_note_still_reads_and_is_still_written_so(message: Message, signers: tuple[Signer, ...]) -> None:
    note = (VECTORS_2 / f"{message.kind}.note").read_bytes()

    opened = open_note(note, [signer.verifier for signer in signers])
    assert from_text(opened.text, type(message), site=SITE) == message
    assert opened.signers == {signer.name for signer in signers}
    assert sign_text(to_text(message), *signers) == note


def test_every_type_of_message_has_a_frozen_note() -> None:
    kinds = {each.kind for each in Message.__subclasses__()}

    assert {path.stem for path in VECTORS_2.glob("*.note")} == kinds
    assert {message.kind for message, _ in MESSAGES_2} == kinds


@pytest.mark.parametrize(
    ("path", "values", "value_type"),
    [
        (VECTORS_2 / "verbs.jsonl", VERBS_2, commands.Verb),
        (VECTORS_2 / "rows.jsonl", ROWS, Row),
        (VECTORS_2 / "deeds.jsonl", DEEDS, orders.Deed),
        (VECTORS_2 / "bell.jsonl", BELL, bell.FromKeeper | bell.FromDoor),
        (VECTORS_3 / "verbs.jsonl", VERBS_3, commands.Verb),
        (VECTORS_3 / "rows.jsonl", ROWS_3, Row),
        (VECTORS_3 / "deeds.jsonl", DEEDS_3, orders.Deed),
        (VECTORS_3 / "bell.jsonl", BELL_3, bell.FromKeeper | bell.FromDoor),
        (VECTORS_4 / "verbs.jsonl", VERBS_4, commands.Verb),
        (VECTORS_4 / "rows.jsonl", ROWS_4, Row),
        (VECTORS_5 / "verbs.jsonl", VERBS_5, commands.Verb),
        (VECTORS_5 / "rows.jsonl", ROWS_5, Row),
        (VECTORS_5 / "deeds.jsonl", DEEDS_5, orders.Deed),
        (VECTORS_5 / "bell.jsonl", BELL_5, bell.FromKeeper | bell.FromDoor),
    ],
)
def test_every_frozen_line_still_reads_and_is_still_written_so(
    path: Path, values: tuple[msgspec.Struct, ...], value_type: type[msgspec.Struct]
) -> None:
    lines = path.read_bytes().splitlines()

    assert [msgspec.json.decode(line, type=value_type) for line in lines] == list(values)
    assert [msgspec.json.encode(value) for value in values] == lines


def test_every_frozen_verb_of_the_first_level_still_reads() -> None:
    lines = (VECTORS / "verbs.jsonl").read_bytes().splitlines()

    assert [msgspec.json.decode(line, type=commands.Verb) for line in lines] == list(VERBS)


def test_every_verb_row_deed_and_packet_has_a_frozen_line() -> None:
    verbs = (*VERBS_2, *VERBS_3, *VERBS_4, *VERBS_5)
    assert {type(verb) for verb in verbs} == set(Command.__annotations__["do"].__args__)
    assert {type(row) for row in (*ROWS, *ROWS_3, *ROWS_4, *ROWS_5)} == set(ROW_TYPES)
    assert {type(deed) for deed in (*DEEDS, *DEEDS_3, *DEEDS_5)} == set(orders.Deed.__args__)
    assert {type(packet) for packet in (*BELL, *BELL_3, *BELL_5)} == {
        *bell.FromKeeper.__args__,
        *bell.FromDoor.__args__,
    }


def test_a_frozen_sealed_part_still_opens() -> None:
    _, sealed = detach((VECTORS / "sealed.payload").read_bytes())

    assert sealed is not None
    plain = open_sealed(sealed, box=HUB.box, about=f"command:{NONCE}")
    assert msgspec.json.decode(plain, type=Private) == Private(NONCE, handle="ada", name="Ada")


@pytest.mark.parametrize("body", [b"", b"\xff", b"[", b'{"y":' + b"[" * 5000 + b"]" * 5000 + b"}"])
def test_json_that_is_broken_or_nested_too_deep_is_malformed(body: bytes) -> None:
    lenient = msgspec.json.Decoder(dict[str, object])

    with pytest.raises(Refused, match="malformed"):
        decode_strictly(lenient, body)


def test_a_delta_keeps_the_exact_bytes_of_its_changes() -> None:
    spaced = msgspec.Raw(b'{ "revision":42,"at":0,  "operations":[] }')
    delta = Delta(SITE, 1, 42, 42, "5e" * 32, (spaced,))

    read = from_text(to_text(delta), Delta, site=SITE)

    assert bytes(read.changes[0]) == bytes(spaced)
    assert change_from(read.changes[0]).revision == 42


def test_a_change_reads_back() -> None:
    assert change_from(msgspec.Raw(msgspec.json.encode(CHANGE))) == CHANGE


@pytest.mark.parametrize("raw", [b"{}", b"[]", b'{"revision":-1,"at":0,"operations":[]}', b'{"revision":1}'])
def test_a_change_that_is_none_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused, match="malformed"):
        change_from(msgspec.Raw(raw))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"", "wrong-type"),
        (TEXT.replace(b"v1/head", b"v1/delta"), "wrong-type"),
        (TEXT.replace(b"v1/head", b"v2/head"), "wrong-type"),
        (TEXT[:-1], "malformed"),
        (TEXT + b"{}\n", "malformed"),
        (TEXT.replace(b"{", b"["), "malformed"),
        (TEXT.replace(b'"epoch":1', b'"epoch":"1"'), "malformed"),
        (TEXT.replace(b'"epoch":1', b'"epoch":-1'), "malformed"),
        (TEXT.replace(b'"epoch":1', b'"epoch":99999999999999999999'), "malformed"),
        (TEXT.replace(b'"epoch":1,', b""), "malformed"),
        (TEXT.replace(b"5e5e", b"5E5E"), "malformed"),
        (TEXT.replace(b'"hq"', b'"HQ"'), "malformed"),
        (TEXT.replace(b'"hq"', b'"hq\\n"'), "malformed"),
        (TEXT.replace(b'"hq"', b'"\xff"'), "malformed"),
        (b"doorctl/v1/head\n" + b"[" * 50_000 + b"\n", "malformed"),
        (TEXT.replace(b'"hq"', b'"lab"'), "wrong-site"),
    ],
)
def test_a_text_that_is_not_this_message_is_refused_by_name(text: bytes, word: str) -> None:
    assert refusal_of(text) == word


@pytest.mark.parametrize("kind", [each.kind for each in Message.__subclasses__()])
def test_no_signed_message_has_a_field_for_a_person(kind: str) -> None:
    (message_type,) = [each for each in Message.__subclasses__() if each.kind == kind]
    personal = {field.name for field in msgspec.structs.fields(Private)} - {"salt"}

    assert personal.isdisjoint(field.name for field in msgspec.structs.fields(message_type))


def test_the_largest_count_is_exact_in_every_json() -> None:
    largest = msgspec.structs.replace(HEAD, revision=2**53)

    assert from_text(to_text(largest), Head, site=SITE) == largest


def with_more(text: bytes) -> bytes:
    """Put a field of a newer doorctl at the end of a JSON object, or a value at the end of a JSON list."""
    body = text.rstrip(b"\n")
    more = b',"newer":[1]}' if body.endswith(b"}") else b",1]"
    return body[:-1] + more + text[len(body) :]


STRICT = (Command, Roster)


@pytest.mark.parametrize("message", [each for each, _ in MESSAGES_2], ids=lambda each: each.kind)
def test_a_field_of_a_newer_doorctl_is_passed_over_but_in_what_people_sign(message: Message) -> None:
    text = with_more(to_text(message))

    if isinstance(message, STRICT):
        with pytest.raises(Refused, match="malformed"):
            from_text(text, type(message), site=SITE)
    else:
        assert from_text(text, type(message), site=SITE) == message


@pytest.mark.parametrize(
    "value",
    [
        *VERBS_2,
        *VERBS_4,
        *VERBS_5,
        *ROWS,
        *ROWS_3,
        *ROWS_4,
        *ROWS_5,
        BY_DAY,
        *DEEDS,
        *BELL,
        *BELL_3,
        *BELL_5,
        Private(NONCE),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_field_of_a_newer_doorctl_is_refused_in_what_is_done(value: msgspec.Struct) -> None:
    with pytest.raises(msgspec.ValidationError, match="newer"):
        msgspec.json.decode(with_more(msgspec.json.encode(value)), type=type(value))


def test_a_line_of_a_roster_has_no_more_than_we_know() -> None:
    line = msgspec.json.encode(RosterLine("h1", "A" * 22, "office", 1))

    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(with_more(line), type=RosterLine)


def test_trust_that_needs_more_than_we_know_can_be_read_so_that_it_can_be_refused() -> None:
    (trust,) = [each for each, _ in MESSAGES_2 if isinstance(each, Trust)]
    newer = msgspec.structs.replace(trust, needs=FEATURE_LEVEL + 1)

    assert from_text(with_more(to_text(newer)), Trust, site=SITE).needs == FEATURE_LEVEL + 1


def test_of_a_change_beyond_our_level_we_read_what_it_needs_and_which_zones_it_is_about() -> None:
    row = b'{"do":"put","row":{"type":"airlock","id":"a1"}}'
    raw = msgspec.Raw(b'{"revision":43,"at":1,"operations":[' + row + b'],"needs":9,"zones":["server-room"]}')

    with pytest.raises(Refused, match="malformed"):
        change_from(raw)
    assert frame_from(raw) == ChangeFrame(43, 1, needs=9, zones=("server-room",))


def test_what_a_change_says_of_itself_is_read_without_its_rows() -> None:
    raw = msgspec.Raw(msgspec.json.encode(CHANGE_2))

    assert frame_from(raw) == ChangeFrame(43, CHANGE_2.at, needs=2, zones=("server-room",))
