"""Messages: frozen samples of every type and verb, and the strictness of reading them."""

import msgspec
import pytest

from doorctl import commands, messages
from doorctl.commands import Command, Private
from doorctl.errors import Refused
from doorctl.keys import open_sealed
from doorctl.messages import Delta, Head, Message, change_from, decode_strictly, from_text, to_text
from doorctl.notes import Signer, detach, open_note, sign_text
from tests.note_samples import CHANGE, HEAD, HUB, MESSAGES, NONCE, SITE, VECTORS, VERBS

TEXT = to_text(HEAD)


def refusal_of(text: bytes, message_type: type[Message] = Head) -> str:
    with pytest.raises(Refused) as refused:
        from_text(text, message_type, site=SITE)
    return refused.value.refusal


@pytest.mark.parametrize(("message", "signer"), MESSAGES, ids=lambda value: getattr(value, "kind", ""))
def test_a_frozen_note_still_reads_and_is_still_written_so(message: Message, signer: Signer) -> None:
    note = (VECTORS / f"{message.kind}.note").read_bytes()

    assert from_text(open_note(note, [signer.verifier]).text, type(message), site=SITE) == message
    assert sign_text(to_text(message), signer) == note


def test_every_type_of_message_has_a_frozen_note() -> None:
    kinds = {each.kind for each in Message.__subclasses__()}

    assert {path.stem for path in VECTORS.glob("*.note")} == kinds
    assert {message.kind for message, _ in MESSAGES} == kinds


def test_every_frozen_verb_still_reads_and_is_still_written_so() -> None:
    lines = (VECTORS / "verbs.jsonl").read_bytes().splitlines()

    assert [msgspec.json.decode(line, type=commands.Verb) for line in lines] == list(VERBS)
    assert [msgspec.json.encode(verb) for verb in VERBS] == lines


def test_every_verb_has_a_frozen_line() -> None:
    assert {type(verb) for verb in VERBS} == set(Command.__annotations__["do"].__args__)


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
        (TEXT.replace(b'"epoch":1', b'"epoch":1,"more":1'), "malformed"),
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
    assert messages.FEATURE_LEVEL == 1
