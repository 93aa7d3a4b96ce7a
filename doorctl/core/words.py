"""Stable words that carry what they mean."""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A choice whose members are a word each, the same in record, message and documentation, with its meaning."""

    meaning: str

    def __new__(cls, word: str, meaning: str) -> Self:
        """Make a member whose text is the word alone."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.meaning = meaning
        return member
