"""The command that puts a reader in enrolment: an order to its controller, which changes nothing."""

from doorctl.hub.verbs.asked import Asked, Intent
from doorctl.hub.verbs.rights.lockdown import to_the_one_who_serves
from doorctl.wire.orders import Enrol
from doorctl.wire.rights import CardEnrol


def card_enrol(do: CardEnrol, asked: Asked) -> Intent:
    """Order the controller of a door to have its reader tell the unknown card that comes twice."""
    return to_the_one_who_serves(do.door, Enrol(do.door, do.seconds, do.enrolment, do.reader), asked)
