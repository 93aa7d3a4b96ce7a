"""``doorctl demo``: all of doorctl on this computer, telling its story and checking it."""

from typing import Annotated

import typer

from doorctl.cli.desk import JsonOption, example
from doorctl.cli.ending import ended_in_order
from doorctl.demo.tell import PATIENCE_SECONDS, run_demo
from doorctl.mqtt.local_broker import BrokerKind


def demo(
    rules: Annotated[
        bool, typer.Option("--building", help="tell the longer story: the rules of a real building, each at a door")
    ] = False,
    stay: Annotated[
        bool, typer.Option("--stay", help="keep everything running afterwards, and say what to try")
    ] = False,
    broker: Annotated[
        BrokerKind | None, typer.Option("--broker", help="which broker to start (default: mosquitto if installed)")
    ] = None,
    patience: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.1, help="how long anything may take")
    ] = PATIENCE_SECONDS,
    as_json: JsonOption = False,
) -> None:
    """Run everything on this computer, with simulated doors, and check that it does what it should."""
    with ended_in_order():
        code = run_demo(rules=rules, stay=stay, as_json=as_json, patience=patience, broker_kind=broker)
    raise typer.Exit(code)


def register(app: typer.Typer) -> None:
    """Put the command among the others."""
    app.command("demo", epilog=example("doorctl demo --stay", "doorctl demo --building"))(demo)
