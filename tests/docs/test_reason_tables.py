"""The tables of reasons in the guides are those of the code."""

import re
from pathlib import Path

from supportkit.intake.signs import _RULES

PAGE = Path(__file__).parents[2] / "docs" / "guides" / "contacts.md"
TREATED = {"park": "park", "accept_without_reopen": "machine", "accept": "person"}


def test_the_guide_lists_every_reason_against_an_automatic_answer_in_its_order():
    rows = re.findall(
        r"^\| `(\w+)` \| (.+) \| (park|machine|person) \|$", PAGE.read_text("utf-8"), re.MULTILINE
    )
    assert rows == [(rule.reason, rule.clause, TREATED[rule.disposition]) for rule in _RULES]
