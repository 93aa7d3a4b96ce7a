"""Whose configuration file it is, told by its tables."""

import tomllib
from pathlib import Path

from doorctl.errors import ConfigError

KINDS = ("hub", "controller", "admin")


def kind_of(path: Path) -> str:
    """Tell by its tables whose file it is. Raises ConfigError."""
    try:
        tables = tomllib.loads(path.read_text())
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    for kind in KINDS:
        if kind in tables:
            return kind
    raise ConfigError(f"{path} has none of the tables [hub], [controller] and [admin]: which process is it for?")
