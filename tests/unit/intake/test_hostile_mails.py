"""Long rubbish in headers and numbers is read in no time: a sender must not be able to keep a desk busy."""

import time
from datetime import UTC, datetime

import pytest

from supportkit.cases import Contact
from supportkit.channels import EmailChannel
from supportkit.intake import (
    AckPolicy,
    Candidates,
    ThreadPolicy,
    acknowledge,
    normalise_phone,
    parse_email,
    read_bounce,
    thread,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
NAMES = (
    *(
        "From",
        "Sender",
        "Reply-To",
        "Return-Path",
        "Subject",
        "Content-Type",
        "References",
        "In-Reply-To",
        "To",
    ),
    *(
        "Authentication-Results",
        "X-Auto-Response-Suppress",
        "Auto-Submitted",
        "Message-ID",
        "X-Failed-Recipients",
    ),
)
RUBBISH = {
    "one word": "a" * 20_000,
    "dots": "a." * 10_000,
    "an open quote": '"' + "a" * 20_000,
    "angles": "<" * 20_000,
    "comments": "(" * 20_000,
    "signs": "a@" * 10_000,
    "backslashes": "\\" * 20_000,
    "encoded": "=?utf-8?q?" + "a" * 20_000,
    "tokens": "[#" * 10_000,
    "blanks": "1" + " " * 20_000 + "x",
}


@pytest.mark.parametrize("value", RUBBISH.values(), ids=RUBBISH)
def test_a_long_header_keeps_nobody_busy(value):
    contact = Contact(
        id="m", channel="email", at=NOW, headers=[(name, value) for name in NAMES], text=value, subject=value
    )
    notice = Contact(id="n", channel="email", at=NOW, headers=[("From", "MAILER-DAEMON@x")], text=value * 4)
    source = "".join(f"{name}: {value}\n" for name in NAMES).encode() + b"\n" + value.encode()
    begun = time.process_time()
    acknowledge(contact, policy=AckPolicy(own_addresses=["help@desk.example"], loop_token="d"), now=NOW)
    thread(contact, Candidates(), policy=ThreadPolicy(thanks_reopens=False), now=NOW)
    read_bounce(notice)
    parse_email(value)
    normalise_phone(value, region="GB")
    EmailChannel().parse(source)
    assert time.process_time() - begun < 2
