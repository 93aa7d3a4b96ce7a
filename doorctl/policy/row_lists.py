"""Lists that rows hold, out of their columns: JSON."""

import msgspec

from doorctl.policy.rows import FactorTime, WindowRow

_windows = msgspec.json.Decoder(tuple[WindowRow, ...])
_factor_times = msgspec.json.Decoder(tuple[FactorTime, ...])


def windows_of(column: str) -> tuple[WindowRow, ...]:
    """Read the windows of a schedule. Raises msgspec.DecodeError."""
    return _windows.decode(column)


def factor_times_of(column: str) -> tuple[FactorTime, ...]:
    """Read when a zone asks for something else at its doors. Raises msgspec.DecodeError."""
    return _factor_times.decode(column)
