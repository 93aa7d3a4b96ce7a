"""Configuration files: TOML read into structs, strictly, with every mistake reported at once by its key.

A controller has one file for its three processes; each process checks the tables it uses and passes over
those of the others. Relative paths count from the folder of the file.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, get_args, get_origin
from urllib.parse import SplitResult, urlsplit

import msgspec

from doorctl.brokers import Broker, BrokerUrl, Tls, broker_address
from doorctl.core.suspicion.alerts import Severity
from doorctl.errors import ConfigError
from doorctl.policy.rows import Name, PartyName

CONTROLLER_TABLES = frozenset({"controller", "link", "board", "audit", "feedback", "line", "door", "elevator"})

Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
_NO_SUCH_WORD = re.compile(r"Invalid enum value ('.*')")
PublicKeyText = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]


class ControllerTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[controller]``: which controller this is and where it keeps its files."""

    site: Name
    name: PartyName
    root_keys: Annotated[tuple[PublicKeyText, ...], msgspec.Meta(min_length=1)]
    state_dir: str = "state"
    runtime_dir: str = "run"


class LinkTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[link]`` and ``[mqtt]``: how to reach the broker."""

    brokers: Annotated[tuple[BrokerUrl, ...], msgspec.Meta(min_length=1)]
    mqtt_version: Annotated[int, msgspec.Meta(ge=4, le=5)] = 5
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None

    def __post_init__(self) -> None:
        """Refuse what does not go together. Raises ValueError, with every mistake."""
        with_tls = {url.has_tls for url in self.brokers}
        mistakes = [
            ("brokers: all mqtts:// or all mqtt://, for whoever jams the one would get the other", len(with_tls) > 1),
            ("certificate needs key, and key needs certificate", (self.certificate is None) != (self.key is None)),
            ("ca, certificate and key are for mqtts:// brokers", True not in with_tls and self._names_files),
        ]
        if told := "; ".join(text for text, is_wrong in mistakes if is_wrong):
            raise ValueError(told)

    @property
    def _names_files(self) -> bool:
        return any(file is not None for file in (self.ca, self.certificate, self.key))


class HubTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[hub]``: which site this is and where its files are."""

    site: Name
    root_keys: Annotated[tuple[PublicKeyText, ...], msgspec.Meta(min_length=1)]
    timezone: str
    state_dir: str = "state"
    grants_per_hour: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 600
    approval_seconds: Annotated[int, msgspec.Meta(ge=60, le=2_592_000)] = 86_400


class BackupTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[backup]``: whose keys open the hub's backups (``age1…``), and where they go."""

    recipients: tuple[str, ...] = ()
    to: str | None = None


class MailTls(StrEnum):
    """How the conversation with a mail server is kept to oneself."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class AlertsTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[alerts]``: where the hub sends alerts to, besides its topic."""

    webhook: str | None = None
    mail_server: Annotated[str, msgspec.Meta(pattern=r"^[^\s:]+:[0-9]{1,5}\Z")] | None = None
    mail_tls: MailTls = MailTls.STARTTLS
    mail_user: str | None = None
    mail_password_file: str | None = None
    mail_from: str = ""
    mail_to: tuple[str, ...] = ()
    ca: str | None = None
    least: Severity = Severity.LOW

    def __post_init__(self) -> None:
        """Refuse what does not go together, or would be said in the open. Raises ValueError, with every mistake."""
        url = urlsplit(self.webhook or "https://none")
        is_local = self.mail_server is None or is_this_machine(self.mail_server.rpartition(":")[0])
        mistakes = [
            ("webhook: write https://, or http:// for this machine alone", not _is_kept_to_oneself(url)),
            (
                "mail_server needs mail_from and mail_to",
                bool(self.mail_server) and not (self.mail_from and self.mail_to),
            ),
            ("mail_server: no such port", not _is_port(self.mail_server)),
            ("mail_tls: none is for this machine alone", self.mail_tls is MailTls.NONE and not is_local),
        ]
        if told := "; ".join(text for text, is_wrong in mistakes if is_wrong):
            raise ValueError(told)


class AnchorTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[anchor]``: where `doorctl audit anchor` sends the heads of all logs to; mail goes by the server of [alerts].

    ``timestamp`` is an authority of RFC 3161, and ``timestamp_ca`` the certificates that its tokens lead to.
    """

    file: str | None = None
    webhook: str | None = None
    mail_to: tuple[str, ...] = ()
    timestamp: Annotated[str, msgspec.Meta(pattern=r"^https?://[^/\s]+")] | None = None
    timestamp_ca: str | None = None
    ca: str | None = None

    def __post_init__(self) -> None:
        """Refuse what would be said in the open. Raises ValueError."""
        if not _is_kept_to_oneself(urlsplit(self.webhook or "https://none")):
            raise ValueError("webhook: write https://, or http:// for this machine alone")


class AdminTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[admin]``: who gives commands, which site obeys them, and by whose wall clock times are read and shown."""

    site: Name
    name: PartyName
    root_keys: Annotated[tuple[PublicKeyText, ...], msgspec.Meta(min_length=1)]
    timezone: str = "UTC"
    state_dir: str = "."


class HubConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A hub's configuration file."""

    hub: HubTable
    mqtt: LinkTable
    backup: BackupTable | None = None
    alerts: AlertsTable | None = None
    anchor: AnchorTable | None = None


class AdminConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An admin's configuration file."""

    admin: AdminTable
    mqtt: LinkTable


class KeeperConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the keeper uses of a controller's configuration file."""

    controller: ControllerTable


class LinkConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the link uses of a controller's configuration file."""

    controller: ControllerTable
    link: LinkTable


C = TypeVar("C", bound=msgspec.Struct)
CrossCheck = Callable[[Mapping[str, Any], Mapping[str, Any]], Sequence[str]]
"""Gets the valid pieces by top-level key, and the same tables as they are written; returns further mistakes."""


def read_config(
    path: Path,
    config_type: type[C],
    *,
    others: frozenset[str] = frozenset(),
    cross_check: CrossCheck = lambda _pieces, _document: (),
) -> C:
    """Read a configuration file. ``others`` names the top-level tables that belong to other processes.

    Raises ConfigError, whose text has one line per mistake, each with its key.
    """
    document = read_toml(path)
    fields = {field.name for field in msgspec.structs.fields(config_type)}
    ours = {key: value for key, value in document.items() if key in fields or key not in others}
    mistakes: list[str] = []
    pieces = _check_struct(ours, config_type, "", mistakes)
    mistakes.extend(cross_check(pieces, ours))
    if mistakes:
        raise ConfigError("\n".join([f"{path} has {len(mistakes)} mistake(s):", *mistakes]))
    return config_type(**pieces)


def read_toml(path: Path) -> dict[str, Any]:
    """Read the tables of a configuration file as they are written. Raises ConfigError."""
    try:
        return tomllib.loads(path.read_text())
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error


def resolve(config_path: Path, folder: str) -> Path:
    """Return a configured path, counted from the folder of the configuration file."""
    return (config_path.parent / folder).absolute()


def brokers_of(table: LinkTable, config_path: Path) -> tuple[Broker, ...]:
    """Return the brokers of a configuration file, in order; its paths count from its folder."""
    files = (
        None if file is None else resolve(config_path, file) for file in (table.ca, table.certificate, table.key)
    )
    tls = Tls(*files)
    return tuple(Broker(*broker_address(url), tls if url.has_tls else None) for url in table.brokers)


def _is_port(server: str | None) -> bool:
    return server is None or int(server.rpartition(":")[2]) in range(1, 65_536)


def is_this_machine(host: str) -> bool:
    """Tell whether an address is on loopback, so that nobody else hears what is said."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _is_kept_to_oneself(url: SplitResult) -> bool:
    """Tell whether what is sent there is read by nobody else. Raises ValueError for a port that is none."""
    host = url.hostname or ""
    url.port  # noqa: B018 - refuses what is not a port
    return bool(host) and (url.scheme == "https" or (url.scheme == "http" and is_this_machine(host)))


def _check(value: object, kind: Any, key: str, mistakes: list[str]) -> Any:  # noqa: ANN401 - any value of TOML
    struct, is_list = _struct_in(kind)
    if struct is None:
        return _check_leaf(value, kind, key, mistakes)
    if not is_list:
        pieces = _check_struct(value, struct, f"{key}.", mistakes)
        return None if pieces is None else _build(struct, pieces, key, mistakes)
    if not isinstance(value, list):
        mistakes.append(f"{key}: write it as [[{key}]]")
        return ()
    if not value and get_origin(kind) is Annotated:
        mistakes.append(f"{key}: there must be at least one")
    members = [
        _check(member, struct, f"{key}[{_label(member, index)}]", mistakes) for index, member in enumerate(value)
    ]
    return tuple(member for member in members if member is not None)


def _check_struct(value: object, struct: type[msgspec.Struct], prefix: str, mistakes: list[str]) -> Any:  # noqa: ANN401
    if not isinstance(value, dict):
        mistakes.append(f"{prefix.rstrip('.')}: must be a table")
        return None
    fields = {field.name: field for field in msgspec.structs.fields(struct)}
    mistakes.extend(f"{prefix}{key}: unknown key" for key in value if key not in fields)
    mistakes.extend(
        f"{prefix}{name}: missing" for name, field in fields.items() if field.required and name not in value
    )
    return {
        name: checked
        for name, field in fields.items()
        if name in value and (checked := _check(value[name], field.type, prefix + name, mistakes)) is not None
    }


def _build(
    struct: type[msgspec.Struct], pieces: Mapping[str, Any], key: str, mistakes: list[str]
) -> msgspec.Struct | None:
    if any(field.required and field.name not in pieces for field in msgspec.structs.fields(struct)):
        return None
    try:
        return struct(**pieces)
    except ValueError as error:
        mistakes.append(f"{key}: {error}")
        return None


def _check_leaf(value: object, kind: Any, key: str, mistakes: list[str]) -> Any:  # noqa: ANN401
    try:
        return msgspec.convert(value, kind, dec_hook=_read_own)
    except msgspec.ValidationError as error:
        mistakes.append(f"{key}: {_in_words(error, kind)}")
        return None


def _in_words(error: msgspec.ValidationError, kind: object) -> str:
    """Tell the words that there are where one is none of them."""
    wrong = _NO_SUCH_WORD.match(str(error))
    return f"{wrong[1]} is none of {', '.join(_words_in(kind))}" if wrong else str(error)


def _words_in(kind: object) -> Iterator[str]:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        yield from kind
    for part in get_args(kind):
        yield from _words_in(part)


def _read_own(kind: type, value: object) -> object:
    """Read a value of a type of ours. Raises ValueError."""
    if kind is not BrokerUrl or not isinstance(value, str):
        raise ValueError("not a text")
    broker_address(value)
    return BrokerUrl(value)


def _struct_in(kind: Any) -> tuple[type[msgspec.Struct] | None, bool]:  # noqa: ANN401
    """Return the struct that a field's type holds, and whether it holds a list of them."""
    if get_origin(kind) is Annotated:
        return _struct_in(get_args(kind)[0])
    if get_origin(kind) is UnionType:
        (inner, *_) = [member for member in get_args(kind) if member is not NoneType]
        return _struct_in(inner)
    if get_origin(kind) is tuple:
        struct, _ = _struct_in(get_args(kind)[0])
        return struct, struct is not None
    return (kind, False) if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else (None, False)


def _label(member: object, index: int) -> str:
    names = (member.get("id") or member.get("name")) if isinstance(member, dict) else None
    return str(names) if names else str(index)
