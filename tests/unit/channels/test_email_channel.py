import email
import sys
from datetime import UTC, datetime
from email import policy

import pytest
from attrs import define, field

from supportkit.channels import UNDATED, EmailChannel
from supportkit.errors import ChannelError, InvalidValue
from supportkit.intake import ReplyTokens
from supportkit.ports import Capabilities, Channel, DeliveryUpdate, Outbound, Request, SendResult

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MAIL = EmailChannel()


def parse(*lines, channel=MAIL):
    data = b"\r\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
    return channel.parse(Request(body=data))[0]


@define
class Tray:
    address: str | None = "support@desk.example"
    sent: list = field(factory=list)

    def send(self, message, *, envelope_from):
        self.sent.append((message, envelope_from))
        return SendResult.accepted("tray")


def sent(outbound, key="k1", **options):
    tray = Tray()
    result = EmailChannel(tray, **options).send(outbound, key)
    assert result.state == "accepted"
    message, envelope_from = tray.sent[0]
    return email.message_from_bytes(message.as_bytes(), policy=policy.default), envelope_from


def test_a_mail_becomes_one_contact():
    contact = parse(
        "Return-Path: <bounces@example.org>", "Delivered-To: support@desk.example", "From: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>",
        "To: Desk <help@desk.example>", "Subject: =?utf-8?q?K=C3=A4se?=", " und Brot", "Date: Mon, 2 Mar 2026 10:00:00 +0100", "Message-ID: <m1@example.org>",
        "Received: a", "Received: b", "Content-Type: text/plain; charset=iso-8859-1", "", "Gr\u00fc\u00dfe".encode("latin-1"),
    )  # fmt: skip
    assert (contact.channel, contact.channel_name, contact.form, contact.visibility) == (
        "email",
        "email",
        "message",
        "private",
    )
    assert (contact.sender, contact.sender_name, contact.points[0].value) == (
        "joerg@example.org",
        "Jörg",
        "joerg@example.org",
    )
    assert (contact.subject, contact.text) == ("Käse und Brot", "Grüße")
    assert contact.at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert (contact.message_id, contact.envelope_sender) == ("m1@example.org", "bounces@example.org")
    assert (contact.entry_point, contact.addressed_to) == ("support@desk.example", "help@desk.example")
    assert contact.header_values("received") == ("a", "b")
    assert contact.header("Subject") == "=?utf-8?q?K=C3=A4se?= und Brot"
    assert contact.language is None


def test_the_same_message_has_the_same_id_and_another_has_another():
    first, again = parse("Message-ID: <a@x>", "", "1"), parse("Received: twice", "Message-ID: <a@x>", "", "1")
    assert first.id == again.id
    assert parse("Subject: a", "", "1").id != parse("Subject: a", "", "2").id
    assert parse("Message-ID: <a@x>", "", "1", channel=EmailChannel(name="other")).id != first.id


@pytest.mark.parametrize("body", (b"", b" \r\n\r\n"))
def test_an_empty_body_is_no_mail(body):
    with pytest.raises(ChannelError, match="empty"):
        MAIL.parse(body)


@pytest.mark.parametrize(
    "date",
    (
        "",
        "Date: yesterday",
        "Date: 99 Foo 2026",
        "Date: Mon, 2 Mar 99999 10:00:00 +0000",
        "Date: Fri, 31 Dec 9999 23:59:59 -2300",
        "Date: =",
    ),
)
def test_without_a_usable_date_the_contact_is_undated(date):
    assert parse(date or "X: y", "", "t").at == UNDATED


def test_a_date_without_a_zone_is_read_as_utc():
    assert parse("Date: Mon, 2 Mar 2026 10:00:00 -0000", "", "t").at == datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_the_null_return_path_is_kept_apart_from_an_unknown_one():
    assert parse("Return-Path: <>", "", "t").envelope_sender == ""
    assert parse("From: a@x.org", "", "t").envelope_sender is None


@pytest.mark.parametrize(
    "lines",
    (
        ["From jane@x.org Mon Mar  2 10:00:00 2026", "From: jane@x.org", "Subject: s", "", "text"],
        ["", "From: jane@x.org", "Subject: s", "", "text"],
        [b"\xef\xbb\xbfFrom: jane@x.org", "Subject: s", "", "text"],
        ["garbage without a colon", "From: jane@x.org", "Subject: s", "", "text"],
        ["X: y", "some Delivered-To: z", "From: jane@x.org", "Subject: s", "", "text"],
    ),
)
def test_what_stands_around_the_headers_does_not_hide_them(lines):
    contact = parse(*lines)
    assert (contact.sender, contact.subject, contact.text) == ("jane@x.org", "s", "text")


def test_a_text_that_begins_without_an_empty_line_is_not_lost():
    assert "hello" in parse("From: jane@x.org", "hello there").text


def test_header_bytes_that_are_no_ascii_are_read():
    assert parse(b"From: a@x.org", "Subject: Gr\u00fc\u00dfe".encode("latin-1"), b"", b"t").subject == "Grüße"


@pytest.mark.parametrize(
    ("parts", "text", "files"),
    (
        (("multipart/alternative", ("text/plain", "plain"), ("text/html", "<p>html")), "plain", []),
        (("multipart/alternative", ("text/plain", " "), ("text/html", "<p>html")), "html", []),
        (("multipart/alternative", ("text/html", "<p>html"), ("text/plain", "plain")), "plain", []),
        (("multipart/alternative", ("text/plain", "plain"), ("text/calendar", "METHOD:REPLY")), "plain", ["calendar.ics"]),
        (("multipart/mixed", ("text/plain", "one"), ("image/png; name=a.png", "x"), ("text/plain", "two")), "one\n\ntwo", ["a.png"]),
        (("multipart/mixed", ("text/plain; name=note.txt", "note"), ("text/plain", "two")), "two", ["note.txt"]),
        (("multipart/mixed", ("message/rfc822", "Subject: inner\r\n\r\nhi")), "", ["message.eml"]),
        (("multipart/mixed", ('application/pdf; name="../../etc/x"', "x")), "", [".._.._etc_x"]),
    ),
)  # fmt: skip
def test_text_and_files_are_told_apart(parts, text, files):
    kind, *children = parts
    body = "".join(f"--b\r\nContent-Type: {child}\r\n\r\n{content}\r\n" for child, content in children)
    contact = parse(f"Content-Type: {kind}; boundary=b", "", f"{body}--b--")
    assert (contact.text, [file.name for file in contact.attachments]) == (text, files)


def test_a_multipart_without_parts_is_read_as_text():
    assert parse("Content-Type: multipart/mixed; boundary=b", "", "lost boundary").text == "lost boundary"


@pytest.mark.parametrize(
    "opening", (b"Content-Type: message/rfc822\n\n", b"Content-Type: multipart/mixed; boundary=b\n\n--b\n")
)
def test_a_mail_nested_beyond_reason_keeps_its_source_as_a_file(opening):
    contact = parse(b"From: a@x.org\n" + opening * 3000)
    assert contact.sender == "a@x.org"
    assert contact.text == ""


QUOTED = [
    "",
    "Hello",
    "",
    "On Mon, 2 Mar 2026 at 09:00, Desk <support@desk.example> wrote:",
    "> How can we help?",
]


def test_what_a_reply_quotes_is_cut_and_the_whole_text_kept():
    contact = parse("Subject: Re: x", *QUOTED)
    assert contact.text == "Hello"
    assert [(file.name, file.data.decode().endswith("help?")) for file in contact.attachments] == [
        ("whole-text.txt", True)
    ]


def test_a_reply_is_also_known_by_its_references():
    assert parse("Subject: x", "In-Reply-To: <a@x>", *QUOTED).text == "Hello"


@pytest.mark.parametrize(
    "headers", (["Subject: x"], ["Subject: Fwd: x"], ["Subject: WG: x", "References: <a@x>"])
)
def test_what_is_no_reply_stays_whole(headers):
    contact = parse(*headers, *QUOTED)
    assert contact.text.endswith("help?")
    assert contact.attachments == ()


@pytest.mark.parametrize(
    "lines", (["", "Hello"], ["", "", "On Mon, Desk wrote:", "> a", "below"], ["", "x" * 1001, *QUOTED])
)
def test_a_reply_that_cannot_be_cut_stays_whole(lines):
    assert parse("Subject: Re: x", *lines).attachments == ()


def test_cutting_can_be_switched_off_and_needs_the_extra(monkeypatch):
    assert parse("Subject: Re: x", *QUOTED, channel=EmailChannel(trim_quotes=False)).text.endswith("help?")
    monkeypatch.setitem(sys.modules, "mailparser_reply", None)
    assert parse("Subject: Re: x", *QUOTED).text.endswith("help?")


def test_a_channel_without_a_transport_only_reads():
    assert MAIL.capabilities == Capabilities(threading=True, sends=False)
    assert MAIL.send(Outbound(text="t", to="a@x.org"), "k").state == "refused"
    assert isinstance(MAIL, Channel)
    MAIL.verify(Request(), NOW)


@pytest.mark.parametrize("address", (None, "support"))
def test_a_transport_without_an_address_to_send_from_is_refused(address):
    with pytest.raises(InvalidValue, match="pass address="):
        EmailChannel(Tray(address=None), address=address)


def test_a_message_is_given_a_subject_and_must_have_a_text():
    assert MAIL.render(Outbound(text="t"), window_open=True).subject == "Your message"
    assert MAIL.render(Outbound(text="t", subject="s"), window_open=False).subject == "s"
    with pytest.raises(ChannelError, match="not built yet"):
        MAIL.render(Outbound(template="reopen"), window_open=False)


def test_a_reply_is_addressed_threaded_and_readable():
    long_id = "x" * 120 + "@mail.example"
    message, envelope_from = sent(
        Outbound(
            text="Grüße\n",
            subject="Re: Käse",
            to="Jane <jane@example.org>",
            in_reply_to=long_id,
            references=["<a@x>", f"<{long_id}>"],
        ),
        sender_name='The "Desk"',
    )
    assert (message["From"].addresses[0].display_name, message["To"]) == ("The Desk", "jane@example.org")
    assert (message["Subject"], message.get_content()) == ("Re: Käse", "Grüße\r\n")
    assert message["In-Reply-To"] == f"<{long_id}>"
    assert message["References"].split() == ["<a@x>", f"<{long_id}>"]
    assert envelope_from is None


def test_long_message_ids_are_written_as_they_are():
    tray, long_id = Tray(), f"<{'x' * 120}@mail.example>"
    EmailChannel(tray).send(
        Outbound(text="t", to="j@x.org", in_reply_to=long_id, references=["<a@x>", long_id]), "k"
    )
    written = tray.sent[0][0].as_bytes()
    assert f"In-Reply-To: {long_id}\r\n".encode() in written
    assert f"References: <a@x>\r\n {long_id}\r\n".encode() in written


def test_the_message_id_follows_from_the_key():
    first, again, other = (
        sent(Outbound(text="t", to="j@x.org"), key)[0]["Message-ID"] for key in ("k", "k", "l")
    )
    assert first == again != other
    assert first.endswith("@desk.example>")
    assert (
        sent(Outbound(text="t", to="j@x.org", message_id="own@desk.example"))[0]["Message-ID"]
        == "<own@desk.example>"
    )


def test_automatic_mail_leaves_with_the_null_sender_and_its_marks():
    marks = [
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "All"),
        ("In-Reply-To", "<a@x>"),
        ("References", "<a@x>"),
    ]
    message, envelope_from = sent(Outbound(text="t", to="j@x.org", headers=marks, in_reply_to="a@x"))
    assert envelope_from == ""
    assert [(name, message[name]) for name, _ in marks] == marks
    assert message.get_all("In-Reply-To") == ["<a@x>"]
    assert sent(Outbound(text="t", to="j@x.org", headers=[("Auto-Submitted", "no (really)")]))[1] is None


def test_many_references_keep_the_root_and_the_latest():
    kept = sent(Outbound(text="t", to="j@x.org", references=[f"<{n}@x>" for n in range(50)]))[0][
        "References"
    ].split()
    assert (kept[0], kept[1], kept[-1], len(kept)) == ("<0@x>", "<30@x>", "<49@x>", 21)


def test_line_breaks_cannot_smuggle_headers_in():
    message, _ = sent(
        Outbound(
            text="t", to="j@x.org", subject="a\r\nBcc: all@x.org", headers=[("X-Note", "b\nBcc: all@x.org")]
        )
    )
    assert "Bcc" not in message
    assert message["Subject"] == "a Bcc: all@x.org"


@pytest.mark.parametrize(
    "outbound",
    (
        Outbound(text="t", to=""),
        Outbound(text="t", to="nobody"),
        Outbound(text="t", to="a@x.org, b@x.org"),
        Outbound(text="t", to="a@x.org\r\nBcc: b@x.org"),
        Outbound(text="t", to="a@x.org", headers=[("Bad name", "x")]),
        Outbound(text="t", to="a@x.org", headers=[("Subject", "twice")], subject="once"),
    ),
)
def test_a_message_that_no_mail_can_be_made_of_is_refused_for_good(outbound):
    tray = Tray()
    assert EmailChannel(tray).send(outbound, "k").state == "refused"
    assert tray.sent == []


TOKENS = ReplyTokens("support@desk.example", secrets="only for this test")


@pytest.mark.parametrize(
    ("said", "replies_to"),
    (
        ({"case": "case-17"}, TOKENS.address_of("case-17")),
        ({"case": "case-17", "audience": "internal"}, None),
        ({}, None),
    ),
)
def test_only_answers_to_customers_about_a_case_have_an_address_of_their_own(said, replies_to):
    message, _ = sent(Outbound(text="t", to="jo@example.org", **said), reply_tokens=TOKENS)
    assert message["Reply-To"] == replies_to


def test_a_signed_address_is_told_from_any_other():
    channel = EmailChannel(reply_tokens=TOKENS)
    assert channel.case_of(TOKENS.address_of("case-17")) == "case-17"
    assert channel.case_of("support+case-17@desk.example") is None
    assert MAIL.case_of(TOKENS.address_of("case-17")) is None


def test_a_bounce_of_our_mail_is_also_a_delivery_update():
    notice = (
        "From: MAILER-DAEMON@x",
        "X-Failed-Recipients: jo@example.org",
        "In-Reply-To: <out-1@desk.example>",
        "",
        "550 5.1.1 no",
    )
    contact, update = EmailChannel().parse("\r\n".join(notice).encode())
    assert contact.text == "550 5.1.1 no"
    assert update == DeliveryUpdate(
        "out-1", "failed", provider_id="<out-1@desk.example>", reason="5.1.1 jo@example.org"
    )
    later = "\r\n".join(notice).replace("550 5.1.1", "450 4.2.2").encode()
    assert len(EmailChannel().parse(later)) == 1
