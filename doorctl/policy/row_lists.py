"""Lists that rows hold, out of their columns: JSON."""

import msgspec

from doorctl.policy.rows import FactorTime, ModeTime, WindowRow

_windows = msgspec.json.Decoder(tuple[WindowRow, ...])
_names = msgspec.json.Decoder(tuple[str, ...])
_factor_times = msgspec.json.Decoder(tuple[FactorTime, ...])
_mode_times = msgspec.json.Decoder(tuple[ModeTime, ...])


def windows_of(column: str) -> tuple[WindowRow, ...]:
    """Read the windows of a schedule. Raises msgspec.DecodeError."""
    return _windows.decode(column)


def factor_times_of(column: str) -> tuple[FactorTime, ...]:
    """Read when a zone asks for something else at its doors. Raises msgspec.DecodeError."""
    return _factor_times.decode(column)


def mode_times_of(column: str) -> tuple[ModeTime, ...]:
    """Read when a door is in another mode. Raises msgspec.DecodeError."""
    return _mode_times.decode(column)


def names_of(column: str) -> tuple[str, ...]:
    """Read the zones to which somebody may invite. Raises msgspec.DecodeError."""
    return _names.decode(column)
