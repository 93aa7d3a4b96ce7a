"""Feature level 4: what a zone asks for at its doors, and the PINs of holders; the rows, and the verbs for them."""

from pathlib import Path

from doorctl.core.model import Factor
from doorctl.policy import rows
from doorctl.wire import commands, questions, rights, who_words

VECTORS_4 = Path(__file__).parent / "vectors" / "notes-4"
BY_DAY = rows.FactorTime("office", Factor.CARD)
ROWS_4: tuple[rows.Row, ...] = (
    rows.ZoneFactorRow("floor-3"),
    rows.ZoneFactorRow(
        "server-room",
        factor=Factor.CARD_AND_PIN,
        times=(BY_DAY,),
        pin_tries=3,
        pin_block_seconds=600,
    ),
    rows.PinRow("h1", ring_keys=1, key=b"p" * 32),
    rows.PinRow("h2", ring_keys=2, key=b"p" * 32, duress=b"d" * 32, alone=b"a" * 32, alone_duress=b"b" * 32),
)
VERBS_4: tuple[commands.Verb, ...] = (
    rights.ZoneFactorSet("floor-3"),
    rights.ZoneFactorSet(
        "server-room",
        factor=Factor.CARD_AND_PIN,
        times=(BY_DAY,),
        pin_tries=3,
        pin_block_seconds=600,
    ),
    commands.PinSet("h1"),
    commands.PinSet("h2", alone=True),
    commands.PinRemove("h1"),
    questions.Why("door-1", with_pin=True),
    who_words.Who("door-1"),
    who_words.Who("door-1", at=1_800_014_400, after="h1"),
    questions.CredentialKeys(holders=True),
    commands.CardReplace("h1"),
    questions.ListRows("people", ending=2_592_000),
)
