"""The documents say what the code does: keys, words, and every file they point at."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from doorctl.config import AdminConfig, HubConfig, LinkConfig
from doorctl.door.config import DoorConfig
from firmware_bridge.reader_options import ReaderKind

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CONFIGURATION = (ROOT / "docs/configuration.md").read_text()
_LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def structs_in(kind: object) -> Iterator[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
        for field in msgspec.structs.fields(kind):
            yield from structs_in(field.type)
    for inner in get_args(kind):
        yield from structs_in(inner)


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
    targets = [target for target in _LINK.findall(document.read_text()) if "://" not in target]

    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_the_architecture_names_every_folder() -> None:
    architecture = (ROOT / "docs/architecture.md").read_text()
    folders = [path.name for path in (ROOT / "doorctl").iterdir() if (path / "__init__.py").exists()]

    assert [name for name in folders if f"{name}/" not in architecture] == []
