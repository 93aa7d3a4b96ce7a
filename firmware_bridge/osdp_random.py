"""True random numbers for a library that asks the C library's ``rand()``, which nobody seeds.

libosdp makes the challenges of its secure channels by it: unseeded they are the same after each start, and whoever
has recorded a session once could play it back. So the state of ``rand()`` is filled with the system's random bytes
before each turn of the library. With glibc that is 2016 bits; where that does not work, no OSDP line is opened.
"""

import ctypes
import os
from functools import cache

_STATE_BYTES = 256
_TYPE_BYTES = 4
"""At the beginning of the state; the rest is what ``rand()`` adds up."""


class NoRandomness(Exception):
    """The C library's ``rand()`` cannot be given a state."""


class RandomState:
    """Holds the state of this process's ``rand()`` from now on."""

    def __init__(self) -> None:
        """Take it over. Raises NoRandomness."""
        self._state = ctypes.create_string_buffer(_STATE_BYTES)
        try:
            self._library = ctypes.CDLL(None)
            self._library.initstate.restype = ctypes.c_void_p
            self._library.initstate.argtypes = (ctypes.c_uint, ctypes.c_char_p, ctypes.c_size_t)
            self._library.initstate(1, self._state, _STATE_BYTES)
        except (OSError, AttributeError) as error:
            raise NoRandomness("this C library's rand() cannot be seeded") from error
        if not self._rules():
            raise NoRandomness("this C library's rand() is not by its state: OSDP needs glibc")

    def refill(self) -> None:
        """Forget all that was, so that nothing that was seen tells what comes."""
        self._fill(os.urandom(_STATE_BYTES - _TYPE_BYTES))

    def _rules(self) -> bool:
        """Tell whether the same state gives the same numbers, and another others."""
        return self._numbers(b"\x5a") == self._numbers(b"\x5a") != self._numbers(b"\x33")

    def _numbers(self, byte: bytes) -> list[int]:
        self._library.initstate(1, self._state, _STATE_BYTES)
        self._fill(byte * (_STATE_BYTES - _TYPE_BYTES))
        return [self._library.rand() for _ in range(8)]

    def _fill(self, data: bytes) -> None:
        ctypes.memmove(ctypes.addressof(self._state) + _TYPE_BYTES, data, len(data))


@cache
def random_state() -> RandomState:
    """Return the one there can be: a second would take ``rand()`` from the first. Raises NoRandomness."""
    return RandomState()
