"""The documents say what the code does: keys, words, and every file they point at."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from doorctl.config import AdminConfig, HubConfig, LinkConfig
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.door.config.door_config import DoorConfig
from doorctl.hub.refusals import ALARMS
from doorctl.places import RunSocket, StateFile
from doorctl.policy.rows import ROW_TYPES
from doorctl.tally import ALARMING
from firmware_bridge.reader_options import ReaderKind
from tests.note_samples_2 import MESSAGES_2

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CONFIGURATION = (ROOT / "docs/configuration.md").read_text()
_LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")
_SOURCE = re.compile(r"`((?:benchmarks|doorctl|firmware_bridge|hardware|systemd|tests)/[\w/]*\.\w+)(?:::[^`]*)?`")


def structs_in(kind: object) -> Iterator[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
        for field in msgspec.structs.fields(kind):
            yield from structs_in(field.type)
    for inner in get_args(kind):
        yield from structs_in(inner)


def parts_of(document: Path) -> set[str]:
    """Return what can follow ``#`` in a link to a document: its headings, spelt as GitHub does."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


CONFIG_STRUCTS = sorted(
    {
        struct
        for config in (DoorConfig, LinkConfig, HubConfig, AdminConfig)
        for struct in structs_in(config)
        if struct is not config
    },
    key=lambda struct: struct.__name__,
)


@pytest.mark.parametrize("struct", CONFIG_STRUCTS, ids=lambda struct: struct.__name__)
def test_every_configuration_key_is_documented(struct: type[msgspec.Struct]) -> None:
    first_cells = " ".join(re.findall(r"^\| (.*?) \|", CONFIGURATION, flags=re.MULTILINE))

    missing = [
        field.name
        for field in msgspec.structs.fields(struct)
        if f"`{field.name}`" not in first_cells and not any(True for _ in structs_in(field.type))
    ]

    assert missing == []


def test_no_configuration_key_is_documented_that_does_not_exist() -> None:
    known = {field.name for struct in CONFIG_STRUCTS for field in msgspec.structs.fields(struct)}
    documented = {
        key
        for cell in re.findall(r"^\| (`.*?) \|", CONFIGURATION, flags=re.MULTILINE)
        for key in re.findall("`(.*?)`", cell)
    }

    assert documented <= known


def test_every_kind_of_line_is_documented() -> None:
    assert [kind for kind in ReaderKind if f"`{kind}`" not in CONFIGURATION] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    targets = [
        (document.parent / file if file else document, part) for file, part in _LINK.findall(document.read_text())
    ]

    assert [str(file) for file, _ in targets if not file.exists()] == []
    assert [part for file, part in targets if part and part not in parts_of(file)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_source_that_a_document_names_is_there(document: Path) -> None:
    assert [name for name in _SOURCE.findall(document.read_text()) if not (ROOT / name).exists()] == []


def test_the_architecture_names_every_folder() -> None:
    architecture = (ROOT / "docs/architecture.md").read_text()
    folders = [path.name for path in (ROOT / "doorctl").iterdir() if (path / "__init__.py").exists()]

    assert [name for name in folders if f"{name}/" not in architecture] == []


def test_the_architecture_names_every_module_that_stands_in_no_folder() -> None:
    architecture = (ROOT / "docs/architecture.md").read_text()
    folders = architecture.partition("## Folders")[2].partition("\n## ")[0]
    modules = [path.name for path in (ROOT / "doorctl").glob("*.py") if path.name != "__init__.py"]

    assert [name for name in sorted(modules) if not re.search(rf"[`/]{re.escape(name)}`", folders)] == []


@pytest.mark.parametrize("names", [StateFile, RunSocket], ids=lambda names: names.__name__)
def test_the_architecture_names_every_file_and_socket(names: type[StateFile | RunSocket]) -> None:
    architecture = (ROOT / "docs/architecture.md").read_text()

    assert [name for name in names if not re.search(rf"/{re.escape(name)}/?`", architecture)] == []


@pytest.mark.parametrize("words", [Reason, RecordKind], ids=lambda words: words.__name__)
def test_every_documented_word_is_said_by_somebody(words: type[Reason | RecordKind]) -> None:
    home = Path(inspect.getfile(words))
    source = "".join(path.read_text() for path in (ROOT / "doorctl").rglob("*.py") if path != home)

    assert [word.name for word in words if not re.search(rf"\b{words.__name__}\.{word.name}\b", source)] == []


@pytest.mark.parametrize("unit", sorted((ROOT / "systemd").glob("*.service")), ids=lambda path: path.stem)
def test_operations_installs_what_a_unit_runs_with(unit: Path) -> None:
    settings = dict(re.findall(r"^(\w+)=(.*)$", unit.read_text(), flags=re.MULTILINE))
    command, _, config = settings["ExecStart"].partition(" --config ")
    rows = {"StateDirectory": "state_dir", "RuntimeDirectory": "runtime_dir"}
    places = {"StateDirectory": "/var/lib", "RuntimeDirectory": "/run"}
    needed = [
        f'| `{config}` | `{key} = "{places[row]}/{settings[row]}"` |' for row, key in rows.items() if row in settings
    ]
    operations = (ROOT / "docs/operations.md").read_text()
    users = (ROOT / "systemd/doorctl.sysusers.conf").read_text()

    assert [each for each in (*needed, command.split()[0], f"`{settings['User']}`") if each not in operations] == []
    assert f"\nu {settings['User']} - " in users


def events_said() -> set[str]:
    """Collect the events of the journal from the source."""
    events: set[str] = set()
    for path in (ROOT / "doorctl").rglob("*.py"):
        source = path.read_text()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and node.args and isinstance(said := node.args[0], ast.Constant):
                function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if function == "say" and isinstance(said.value, str):
                    events.add(said.value)
        events.update(re.findall(r'"event=(\w+) ', source))
    said_by_name = {RecordKind.READER_ONLINE, RecordKind.READER_OFFLINE, RecordKind.READER_TAMPER, "dropped"}
    of_peers = {f"{peer}_{what}" for peer in ("link", "door") for what in ("arrived", "left")}
    return events | said_by_name | of_peers


def test_operations_tells_every_event_of_the_journal_once_and_no_other() -> None:
    operations = (ROOT / "docs/operations.md").read_text()
    events = operations.partition("## What each process says")[2].partition("\n## ")[0]
    first_cells = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| [a-z, ]+ \|", events, flags=re.MULTILINE)

    assert sorted(event for cell in first_cells for event in re.findall(r"`(\w+)`", cell)) == sorted(events_said())


def test_operations_tells_every_alarm_of_hub_and_keeper() -> None:
    operations = (ROOT / "docs/operations.md").read_text()

    assert [alarm for alarm in sorted(ALARMS | ALARMING) if f"`{alarm}`" not in operations] == []


def test_the_glossary_is_in_order_and_says_each_word_once() -> None:
    words = re.findall(r"^\| ([a-zA-Z][^|]*?) \|", (ROOT / "docs/glossary.md").read_text(), flags=re.MULTILINE)[1:]

    assert [word.lower() for word in words] == sorted({word.lower() for word in words})


def test_the_glossary_has_a_word_for_every_kind_of_row_and_of_message() -> None:
    glossary = (ROOT / "docs/glossary.md").read_text()
    rows = {str(row.__struct_config__.tag) for row in ROW_TYPES} - {"member", "group", "holiday"}
    messages = {message.kind for message, _ in MESSAGES_2}

    assert [word for word in sorted(rows | messages) if f"| {word} |" not in glossary] == []
