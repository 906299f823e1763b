"""What others say of a message is kept without the people in it."""

import pytest

from supportkit.desk.masking import masked


@pytest.mark.parametrize(
    ("text", "addresses", "left"),
    (
        (None, ["jo@example.org"], None),
        ("mailbox full", ["jo@example.org"], "mailbox full"),
        ("Jo.Jones@Example.org is full", ["jo.jones@example.org"], "(address) is full"),
        (
            "550 <jo.jones> unknown at example.org",
            ["jo.jones@example.org"],
            "550 <(address)> unknown at (address)",
        ),
        ("no job for jo", ["jo@example.org"], "no job for jo"),
        ("the job.jonesy is done", ["job.jones@x"], "the job.jonesy is done"),
        ("+44 (20) 7946-0101 is blocked", ["+442079460101"], "(address) is blocked"),
        ("@jo_j left", ["@jo_j"], "(address) left"),
        ("a.b and c", ["a.b", "c"], "(address) and c"),
    ),
)
def test_addresses_and_their_parts_are_masked_and_nothing_else(text, addresses, left):
    assert masked(text, addresses) == left
