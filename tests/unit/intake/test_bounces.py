from datetime import UTC, datetime

import pytest

from supportkit.cases import Attachment, Contact
from supportkit.intake import Failure, read_bounce

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAEMON = ("From", "Mail System <MAILER-DAEMON@mx.example>")
REPORT = ("Content-Type", "multipart/report; report-type=delivery-status")


def notice(*headers, files=(), **fields):
    attachments = [Attachment("part", kind, data.encode()) for kind, data in files]
    return Contact(
        id="n", channel="email", at=NOW, sender="MAILER-DAEMON@mx.example", addressed_to="help@desk.example",
        headers=(DAEMON, *headers), attachments=attachments, **fields,
    )  # fmt: skip


def status(*blocks):
    return ("message/delivery-status", "Reporting-MTA: dns; mx.example\n\n" + "\n\n".join(blocks))


@pytest.mark.parametrize(
    ("block", "failure"),
    (
        (
            "Final-Recipient: rfc822; jo@example.org\nAction: failed\nStatus: 5.1.1",
            Failure("jo@example.org", "5.1.1"),
        ),
        (
            "Final-Recipient: RFC822; <jo@example.org>\nAction: Failed (for good)\nStatus: 5.0.0 (permanent)",
            Failure("jo@example.org", "5.0.0"),
        ),
        (
            "Original-Recipient: rfc822;jo@example.org\nFinal-Recipient: rfc822; r@inner.example\nAction: failed",
            Failure("jo@example.org"),
        ),
        (
            "Final-Recipient: rfc822; jo@example.org\nAction: delayed\nStatus: 4.2.2",
            Failure("jo@example.org", "4.2.2", permanent=False),
        ),
    ),
)
def test_the_fields_of_a_delivery_status_say_whom_a_message_did_not_reach(block, failure):
    assert read_bounce(notice(REPORT, files=[status(block)])).failures == (failure,)


@pytest.mark.parametrize(
    "block",
    (
        "Final-Recipient: rfc822; jo@example.org\nAction: delivered\nStatus: 2.0.0",
        "Final-Recipient: rfc822; jo@example.org\nAction: relayed",
        "Final-Recipient: x400; somebody\nAction: failed",
        "Action: failed\nStatus: 5.1.1",
    ),
)
def test_a_status_that_tells_of_no_failure_is_no_bounce(block):
    assert read_bounce(notice(REPORT, files=[status(block)])) is None


def test_each_recipient_of_a_notice_is_told_once():
    blocks = [f"Final-Recipient: rfc822; {name}@example.org\nAction: failed" for name in ("jo", "max", "jo")]
    found = read_bounce(notice(REPORT, files=[status(*blocks)]))
    assert [one.address for one in found.failures] == ["jo@example.org", "max@example.org"]


def test_the_header_counts_before_the_words():
    found = read_bounce(
        notice(
            ("X-Failed-Recipients", "jo@example.org, max@example.org"),
            text="from <help@desk.example>: 550 no",
        )
    )
    assert found.failures == (Failure("jo@example.org"), Failure("max@example.org"))


@pytest.mark.parametrize(
    ("text", "failure"),
    (
        ("Sorry, <jo@example.org>: 550 5.1.1 User unknown", Failure("jo@example.org", "5.1.1")),
        (
            "help@desk.example wrote to jo@example.org. 452 4.2.2 Mailbox full",
            Failure("jo@example.org", "4.2.2", permanent=False),
        ),
        ("450 try later: jo@example.org", Failure("jo@example.org", None, permanent=False)),
        ("Unknown user: jo@example.org (mx 192.0.2.5)", Failure("jo@example.org")),
    ),
)
def test_else_the_words_name_the_first_who_is_neither_the_server_nor_us(text, failure):
    assert read_bounce(notice(text=text)).failures == (failure,)


def test_what_was_returned_of_our_mail_names_nobody():
    text = "Your mail could not be delivered.\n\nReceived: from x\nTo: jo@example.org"
    assert read_bounce(notice(text=text)) is None


@pytest.mark.parametrize(
    ("more", "id"),
    (
        ({"files": [("message/rfc822", "To: jo@example.org\nMessage-Id: <out-1@desk.example>\n")]}, "out-1"),
        ({"files": [("text/rfc822-headers", "Message-ID:\n <out-2@desk.example>")]}, "out-2"),
        ({"text": "jo@example.org: 550 no\n\nMessage-ID: <out-3@desk.example>\n"}, "out-3"),
        ({}, "out-4"),
    ),
)
def test_our_message_is_known_by_what_was_returned_of_it_or_is_answered(more, id):
    found = read_bounce(
        notice(("X-Failed-Recipients", "jo@example.org"), ("In-Reply-To", "<out-4@desk.example>"), **more)
    )
    assert found.message_id == f"{id}@desk.example"


def test_a_person_who_writes_about_a_bounce_is_none():
    contact = Contact(
        id="n", channel="email", at=NOW, headers=[("From", "jo@example.org")], subject="Re: Undeliverable: x",
        text="max@example.org: 550 5.1.1 User unknown. What does it mean?",
    )  # fmt: skip
    assert read_bounce(contact) is None
