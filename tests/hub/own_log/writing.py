"""The hub's own log, to be written to by hand."""

from doorctl.hub.own_log import OwnLog
from tests.hub.builders import SITE, ASite


def an_own_log(site: ASite) -> OwnLog:
    """Return what writes the log of a site's hub."""
    return OwnLog(site.connection, site.hub_identity.signer, site=SITE)
