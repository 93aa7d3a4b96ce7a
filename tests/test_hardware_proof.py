"""docs/hardware-proof.md is what its generator makes of the facts of a run: nothing in it is typed."""

import json
import xml.etree.ElementTree as ET

from tests.pi.proof import FACTS, PAGE, PICTURE, page


def test_the_page_is_made_of_its_facts() -> None:
    assert PAGE.read_text() == page(json.loads(FACTS.read_text()))


def test_the_picture_is_one() -> None:
    lanes = [text.text or "" for text in ET.parse(PICTURE).getroot().iter("{http://www.w3.org/2000/svg}text")]

    assert sum(lane.startswith("GPIO ") for lane in lanes) == 5


def test_every_pulse_of_the_facts_is_known_to_some_milliseconds() -> None:
    pulses = json.loads(FACTS.read_text())["pulses"]

    assert pulses
    assert all(0 < slack < 0.1 for _, _, slack in pulses)
