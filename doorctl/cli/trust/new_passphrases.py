"""Passphrases for new keys: from the file that the environment names, or typed twice at the terminal."""

from collections.abc import Sequence

from doorctl.cli.output import say_error
from doorctl.errors import KeyFileError
from doorctl.keys.passphrase import FILE_VARIABLE, Ask, ask_at_terminal, stored_passphrases


def choose_passphrases(
    whose: Sequence[str], *, skip: bool = False, ask: Ask = ask_at_terminal
) -> tuple[bytes | None, ...]:
    """Return a passphrase for each of these keys, None for one that stays without; ``skip`` asks for none.

    Each line of the file is for one key, in their order; where there are too few, the last is for those left.
    Raises KeyFileError when a passphrase was typed differently the second time.
    """
    if skip:
        return tuple(None for _ in whose)
    if stored := stored_passphrases():
        of_each = tuple(stored[min(number, len(stored) - 1)] for number in range(len(whose)))
        _warn_of_alike(whose, of_each)
        return of_each
    chosen = tuple(_typed(each, ask) for each in whose)
    open_keys = [each for each, passphrase in zip(whose, chosen, strict=True) if passphrase is None]
    if open_keys:
        say_error(
            f"warning: without a passphrase, whoever reads the file has the key: {', '.join(open_keys)}; "
            f"run this at a terminal, or set ${FILE_VARIABLE}; --no-passphrase says that it is meant so"
        )
    _warn_of_alike(whose, chosen)
    return chosen


def _warn_of_alike(whose: Sequence[str], chosen: Sequence[bytes | None]) -> None:
    for passphrase in dict.fromkeys(each for each in chosen if each is not None):
        alike = [key for key, each in zip(whose, chosen, strict=True) if each == passphrase]
        if len(alike) > 1:
            say_error(f"warning: {', '.join(alike)} have the same passphrase: whoever learns it has them all")


def _typed(whose: str, ask: Ask) -> bytes | None:
    first = ask(f"a passphrase for the key of {whose} (empty: none): ")
    if not first:
        return None
    if ask("the same once more: ") != first:
        raise KeyFileError("the two passphrases differ; nothing was made, run it again")
    return first.encode()
