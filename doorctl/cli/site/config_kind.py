"""Whose configuration file it is, told by its tables."""

from pathlib import Path

from doorctl.config import read_toml
from doorctl.errors import ConfigError

KINDS = ("hub", "controller", "admin")


def kind_of(path: Path) -> str:
    """Tell by its tables whose file it is. Raises ConfigError."""
    tables = read_toml(path)
    for kind in KINDS:
        if kind in tables:
            return kind
    raise ConfigError(f"{path} has none of the tables [hub], [controller] and [admin]: which process is it for?")
