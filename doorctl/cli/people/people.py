"""``doorctl person``: all of it."""

import typer

from doorctl.cli.people import (
    person_access,
    person_clearance,
    person_erase,
    person_export,
    person_pin,
    person_trained,
)
from doorctl.cli.people.person import app as family

person_clearance.register(family)
person_erase.register(family)
person_access.register(family)
person_export.register(family)
person_pin.register(family)
person_trained.register(family)


def register(app: typer.Typer) -> None:
    """Put the family among the commands."""
    app.add_typer(family)
