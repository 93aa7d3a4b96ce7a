"""Every command that a document names is there, and has the options that stand behind it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from doorctl.cli.app import app
from doorctl.cli.reference import helps
from doorctl.processes import PROCESSES, parser_of
from tests.test_docs import DOCUMENTS

NOT_BUILT_YET: tuple[str, ...] = ()
_BLOCK = re.compile(r"^```\w*\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
_IN_BLOCK = re.compile(r"^(?:\$ |\S*/)?doorctl ([a-z][^\n|#;&]*)", flags=re.MULTILINE)
_IN_TEXT = re.compile(r"`doorctl\s([a-z][^`|…]*)")
_OPTION = re.compile(r"--[a-z][a-z-]*")


def commands() -> Iterator[tuple[str, str]]:
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    yield from helps(root)
    for name in PROCESSES:
        yield f"doorctl {name}", parser_of(name).format_help()


OPTIONS = {words.removeprefix("doorctl "): set(_OPTION.findall(text)) for words, text in commands()}
FAMILIES = {words[:end] for words in OPTIONS for end, each in enumerate(words) if each == " "}


def what_is_wrong_with(mention: str) -> str:
    """Say what of a mention is no command or no option; nothing if all of it is there."""
    words = mention.split()
    known = next((" ".join(words[:count]) for count in (3, 2, 1) if " ".join(words[:count]) in OPTIONS), None)
    if known is None:
        return "" if mention in FAMILIES else mention
    return " ".join(sorted({*_OPTION.findall(mention)} - OPTIONS[known]))


def mentions_in(text: str) -> list[str]:
    """Return what follows ``doorctl`` in the code of a document."""
    return [
        *_IN_TEXT.findall(_BLOCK.sub("", text)),
        *(mention for block in _BLOCK.findall(text) for mention in _IN_BLOCK.findall(block)),
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_that_a_document_names_is_there_with_its_options(document: Path) -> None:
    mentions = [each for each in mentions_in(document.read_text()) if not each.startswith(NOT_BUILT_YET)]
    wrong = {mention: what_is_wrong_with(mention) for mention in mentions}

    assert {mention: why for mention, why in wrong.items() if why} == {}


def test_what_is_called_not_built_is_not() -> None:
    assert [mention for mention in NOT_BUILT_YET if not what_is_wrong_with(mention)] == []


def test_mentions_are_found_in_text_and_in_blocks() -> None:
    text = "doorctl is `doorctl why CARD`:\n```\n/opt/bin/doorctl door add x y  # a door\n```\n"

    assert mentions_in(text) == ["why CARD", "door add x y  "]


@pytest.mark.parametrize(
    ("mention", "why"),
    [("grant ada floor-3 --untl 2027-01-31", "--untl"), ("trust add-hub", "trust add-hub"), ("trust", "")],
)
def test_what_is_not_there_is_found(mention: str, why: str) -> None:
    assert what_is_wrong_with(mention) == why
