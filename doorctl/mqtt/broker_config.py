"""What mosquitto needs to know: who may connect, and who may say and hear what, derived from the table of topics.

Whoever connects shows a certificate; its common name is its name in topics, so one pattern serves every controller
and every admin, also those of tomorrow. An admin hears less than a controller, which mosquitto can only be told by
name: generate the list again when the site trusts another admin.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from doorctl.mqtt.session import MAX_PACKET_BYTES
from doorctl.wire.topics import FROM_CONTROLLERS, HUB_NAME, PREFIX, TO_CONTROLLERS, Channel, whole_site

CONF_FILE, ACL_FILE = "mosquitto.conf", "acl"
CA_FILE, CERTIFICATE_FILE, KEY_FILE, REVOKED_FILE = "ca.crt", "broker.crt", "broker.key", "revoked.crl"

_MEMORY_BYTES = 512 * 1024 * 1024
_PERSONAL = ("ctl/", "admin/")
_FOR_ALL = Channel.TRUST
_CONF = """\
# Written by `doorctl broker-config`; prove it with `doorctl check --broker`.
per_listener_settings false
user {user}

listener {port} {address}
cafile {ca}
certfile {certificate}
keyfile {key}
{revocation}tls_version tlsv1.2
require_certificate true
use_identity_as_username true
allow_anonymous false
acl_file {acl}

# Small notes must not wait 40 ms for company.
set_tcp_nodelay true
max_packet_size {packet_bytes}
max_inflight_messages 20
max_queued_messages 1000
max_keepalive 120

# Whoever has a certificate can leave much behind: enough for any site, and the machine goes on.
memory_limit {memory_bytes}

# What a restart forgets is sent again by the notes' own protocol; what it keeps saves asking.
persistence true
persistence_location {folder}/
autosave_interval 60
persistent_client_expiration 1h

sys_interval 0
log_dest stderr
log_type error
log_type warning
log_type notice
"""


@dataclass(frozen=True, slots=True)
class Listener:
    """Where mosquitto listens, where its files are, and which account it runs by when root starts it."""

    address: str
    port: int
    folder: Path
    user: str = "mosquitto"
    has_revoked: bool = False
    """Whether the folder holds a list of revoked certificates."""

    @property
    def revocation(self) -> str:
        """The line that names the list, if there is one."""
        return f"crlfile {self.folder / REVOKED_FILE}\n" if self.has_revoked else ""


def mosquitto_conf(listener: Listener) -> str:
    """Write mosquitto.conf: certificates asked of everybody, and a memory that helps but that nothing depends on."""
    folder = listener.folder
    return _CONF.format(
        user=listener.user,
        port=listener.port,
        address=listener.address,
        ca=folder / CA_FILE,
        certificate=folder / CERTIFICATE_FILE,
        key=folder / KEY_FILE,
        revocation=listener.revocation,
        acl=folder / ACL_FILE,
        packet_bytes=MAX_PACKET_BYTES,
        memory_bytes=_MEMORY_BYTES,
        folder=folder,
    )


def access_list(site: str, admins: Iterable[str] = ()) -> str:
    """Write the list of who may read and write which topics; ``admins`` are those whom trust names."""
    patterns = [
        *(f"pattern read {topic}" for topic in _topics(site, (*TO_CONTROLLERS, Channel.RESPONSE))),
        *(f"pattern write {topic}" for topic in _topics(site, (*FROM_CONTROLLERS, Channel.COMMAND))),
    ]
    lines = [
        "# Written by `doorctl broker-config`. mosquitto warns of patterns without %u: they are meant for everybody.",
        *patterns,
        f"\nuser {HUB_NAME}",
        f"topic readwrite {whole_site(site)}",
    ]
    for admin in admins:
        hears = (f"topic read {topic}" for topic in _topics(site, (Channel.ALERT,)))
        lines += [f"\nuser {admin}", *hears, *(f"topic deny {topic}" for topic in _topics(site, _not_for_admins()))]
    return "\n".join(lines) + "\n"


def _not_for_admins() -> Iterator[Channel]:
    for channel in TO_CONTROLLERS:
        if channel is not _FOR_ALL and not channel.startswith(_PERSONAL):
            yield channel


def _topics(site: str, channels: Iterable[Channel]) -> Iterator[str]:
    """Yield each topic once; what a controller hears as its own is one branch, so that it holds those of tomorrow.

    What it may say is named one by one: a thief could else leave as many kept messages behind as the broker has room.
    """
    seen = dict.fromkeys(_pattern(channel) for channel in channels)
    return (f"{PREFIX}/{site}/{pattern}" for pattern in seen)


def _pattern(channel: Channel) -> str:
    if not channel.startswith(_PERSONAL):
        return channel.format(name="+", number="+")
    mine = channel.format(name="%u")
    branch, separator, _ = mine.partition("/down/")
    return f"{branch}{separator}#" if separator else mine
