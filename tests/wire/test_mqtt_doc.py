"""docs/mqtt.md says what the code says: topics, types, rows, deeds, verbs, refusals, and examples that are true."""

import ast
import base64
import hashlib
import re
from enum import StrEnum
from pathlib import Path

import msgspec
import pytest

from doorctl.clock import ClockQuality
from doorctl.core.model import HolidayRule, OnAuditFailure, Status, Weekday, ZoneKind
from doorctl.core.modes import Mode
from doorctl.core.rules.order_rules import OrderRefusal
from doorctl.hub.verbs.asked import UNKNOWN
from doorctl.hub.verbs.lists import LISTS
from doorctl.keys.card_keys import CardKeys, pin_text
from doorctl.keys.identity import decode_public
from doorctl.policy.apply import chain_after
from doorctl.policy.digest import digest_of
from doorctl.policy.rows import ROW_TYPES, Row
from doorctl.trust.join_codes import parse_join_code
from doorctl.trust.note import AdminKeys, ControllerKeys, Role
from doorctl.wire.commands import Command, Private
from doorctl.wire.messages import Change, Message, Offer, Put, change_from, from_text
from doorctl.wire.notes import Verifier, open_note
from doorctl.wire.orders import Deed
from doorctl.wire.topics import RETAINED, Channel
from doorctl.wire.verdict import Verdict
from tests.note_samples import SITE
from tests.note_samples_2 import MESSAGES_2

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs/mqtt.md").read_text()
REFUSERS = [
    *(ROOT / "doorctl/wire" / name for name in ("notes.py", "messages.py", "topics.py", "roster.py")),
    *(ROOT / "doorctl/keys" / name for name in ("sealing.py", "card_keys.py")),
    *(ROOT / "doorctl/trust" / name for name in ("verify.py", "root_history.py")),
    *(ROOT / "doorctl/keeper").rglob("*.py"),
    *(ROOT / "doorctl/link").rglob("*.py"),
    *(ROOT / "doorctl/policy").rglob("*.py"),
    *(ROOT / "doorctl/audit").rglob("*.py"),
    *(ROOT / "doorctl/hub").rglob("*.py"),
]
MESSAGE_TYPES = sorted({type(message) for message, _ in MESSAGES_2}, key=lambda each: each.kind)
VERBS = Command.__annotations__["do"].__args__


def section(title: str) -> str:
    """Return what stands below a heading, up to the next one of its level or above."""
    level = title.split(" ", maxsplit=1)[0]
    match = re.search(
        rf"^{re.escape(title)}$(.*?)(?=^#{{1,{len(level)}}} |\Z)", DOCUMENT, flags=re.MULTILINE | re.DOTALL
    )
    assert match is not None, title
    return match[1]


def rows_of(text: str) -> dict[str, list[str]]:
    """Return the rows of tables whose first cell is code: its text, and the other cells."""
    rows = re.findall(r"^\| `([^`]+)` \| (.*) \|$", text, flags=re.MULTILINE)
    return {first: others.split(" | ") for first, others in rows}


def code_in(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def fields_of(struct: type[msgspec.Struct]) -> set[str]:
    return {field.name for field in msgspec.structs.fields(struct)}


def words_in(path: Path) -> set[str]:
    """Return the refusals that a source file names."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return {
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id in {"Refused", "Conflict"}
        and isinstance(call.args[0], ast.Constant)
    }


def test_every_topic_is_documented_with_what_brokers_keep() -> None:
    rows = rows_of(section("# What goes over MQTT").split("## ")[0])

    assert {topic: cells[1] for topic, cells in rows.items()} == {
        str(channel): "yes" if channel in RETAINED else "no" for channel in Channel
    }


@pytest.mark.parametrize("message_type", MESSAGE_TYPES, ids=lambda each: each.kind)
def test_every_field_of_a_note_is_documented(message_type: type[Message]) -> None:
    table = section(f"### `{message_type.kind}`").partition("\n\nA **change**")[0]

    assert set(rows_of(table)) == fields_of(message_type)


def test_every_field_of_a_change_is_documented() -> None:
    assert set(rows_of(section("### `delta`").partition("A **change**")[2])) == fields_of(Change)


@pytest.mark.parametrize(
    ("field", "struct"),
    [("admins", AdminKeys), ("controllers", ControllerKeys), ("offer", Offer)],
    ids=str,
)
def test_every_field_of_what_a_field_holds_is_documented(field: str, struct: type[msgspec.Struct]) -> None:
    cells = {
        name: cell[0] for kind in ("trust", "answer") for name, cell in rows_of(section(f"### `{kind}`")).items()
    }

    assert fields_of(struct) == code_in(cells[field]) - {str(role) for role in Role}


def test_every_row_is_documented_with_its_level_key_and_fields() -> None:
    documented = {
        row: (int(cells[0]), code_in(cells[1]), tuple(re.findall(r"`([^`]+)`\\\*", cells[1])))
        for row, cells in rows_of(section("## Rows")).items()
    }

    assert documented == {
        str(row.__struct_config__.tag): (row.level, fields_of(row), row.primary_key) for row in ROW_TYPES
    }


def test_the_tables_of_a_snapshot_are_documented_in_their_order() -> None:
    (sentence,) = re.findall(
        r"^The tables come in the order .* are called (.*?);", DOCUMENT, re.MULTILINE | re.DOTALL
    )

    assert re.findall(r"`([^`]+)`", sentence) == [row.table for row in ROW_TYPES]


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("kind", ZoneKind),
        ("mode", Mode),
        ("on_audit_failure", OnAuditFailure),
        ("status", Status),
        ("days", Weekday),
        ("holidays", HolidayRule),
    ],
)
def test_every_word_of_a_row_is_documented(field: str, words: type[StrEnum]) -> None:
    (cell,) = re.findall(rf"^\| an? [^|]*`{field}` \| (.*) \|$", section("## Rows"), flags=re.MULTILINE)

    assert code_in(cell) == {str(word) for word in words}


def test_every_word_of_a_clock_is_documented() -> None:
    (cell,) = rows_of(section("### `ack`"))["clock"]

    assert code_in(cell) == {str(word) for word in ClockQuality}


def test_every_deed_is_documented_with_its_fields() -> None:
    documented = {deed: code_in(cells[0]) for deed, cells in rows_of(section("### Orders")).items()}

    assert documented == {str(deed.__struct_config__.tag): fields_of(deed) for deed in Deed.__args__}


def test_no_type_of_note_is_documented_that_does_not_exist() -> None:
    documented = re.findall(r"^### `(.+)`$", section("## Types of notes"), flags=re.MULTILINE)

    assert set(documented) == {each.kind for each in MESSAGE_TYPES}


def test_every_verb_is_documented_with_its_fields() -> None:
    personal = fields_of(Private) - {"salt"}
    documented = {verb: code_in(cells[0]) - personal for verb, cells in rows_of(section("## Verbs")).items()}

    assert documented == {str(verb.__struct_config__.tag): fields_of(verb) - personal for verb in VERBS}


def test_every_list_is_documented() -> None:
    (sentence,) = re.findall(r"^`list` knows (.*?)\.", DOCUMENT, flags=re.MULTILINE)

    assert code_in(sentence) == set(LISTS)


def test_every_verdict_is_documented_with_its_meaning() -> None:
    documented = {word: cells[0] for word, cells in rows_of(section("## Verdicts")).items()}

    assert documented == {verdict.value: verdict.meaning for verdict in Verdict}


def test_every_refusal_is_documented_and_no_other() -> None:
    known = {word for path in REFUSERS for word in words_in(path)} | {word for word, _ in UNKNOWN.values()}

    assert set(rows_of(section("## Refusals"))) == known


def test_every_refusal_of_an_order_is_documented_with_its_meaning() -> None:
    assert rows_of(section("## Refusals of orders")) == {str(word): [word.meaning] for word in OrderRefusal}


def test_the_examples_of_a_row_and_a_change_have_the_hashes_beside_them() -> None:
    text = section("### Following")
    row, change = re.findall(r"^```json\n(.*?)\n^```$", text, flags=re.MULTILINE | re.DOTALL)
    share, chain = re.findall(r"`([0-9a-f]{64})`", text)
    read: Row = msgspec.json.decode(row, type=Row)

    assert change_from(msgspec.Raw(change.encode())).operations == (Put(read),)
    assert f"{digest_of(read):064x}" == share == hashlib.sha256(row.encode()).hexdigest()
    assert chain_after(bytes(32), change.encode()).hex() == chain


def test_the_example_verifies_with_the_key_beside_it() -> None:
    (note,) = re.findall(r"^```\n(doorctl.*?)^```$", DOCUMENT, flags=re.MULTILINE | re.DOTALL)
    (key,) = re.findall(r"by the key `(.{43})`", DOCUMENT)

    opened = open_note(note.encode(), [Verifier("admin.grace", decode_public(key))])

    assert from_text(opened.text, Command, site=SITE).admin == "grace"


def test_the_join_code_is_one() -> None:
    (code,) = re.findall(r"^(doorctl-join:.*)$", section("### Joining"), flags=re.MULTILINE)

    assert parse_join_code(code).id == "pi-1"


def test_the_card_and_the_pin_have_the_hashes_beside_them() -> None:
    *ring, card, pin = (
        base64.b64decode(text) for text in re.findall(r"`([A-Za-z0-9+/]{43}=)`", section("### Card keys"))
    )

    assert CardKeys(tuple(ring)).credential_key("H10301:123:4567") == card
    assert CardKeys(tuple(ring)).credential_key(pin_text("2580", holder="h1")) == pin
