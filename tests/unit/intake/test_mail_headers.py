from datetime import UTC, datetime

import pytest

from supportkit.cases import Contact
from supportkit.intake import message_ids, reply_address
from supportkit.intake.charsets import decode_bytes
from supportkit.intake.mail_headers import MailView, decoded, mailboxes, without_comments

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def contact(*headers, **fields):
    return Contact(id="m1", channel="email", at=NOW, headers=headers, **fields)


@pytest.mark.parametrize(
    ("value", "pairs"),
    (
        ("jane@example.org", (("", "jane@example.org"),)),
        ('"Doe, Jane" <jane@example.org>', (("Doe, Jane", "jane@example.org"),)),
        ("jane@example.org (Jane), <joe@example.org>", (("", "jane@example.org"), ("", "joe@example.org"))),
        ("=?utf-8?q?J=C3=BCrgen?= <j@example.org>", (("Jürgen", "j@example.org"),)),
        ("Friends: a@example.org, b@example.org;", (("", "a@example.org"), ("", "b@example.org"))),
        ("<@relay.example:jane@example.org>", (("", "jane@example.org"),)),
        ("Big Bug bb@bug.com", (("Big Bug", "bb@bug.com"),)),
        ("Mikel@Lindsaar <raasdnil@gmail.com>", (("Mikel@Lindsaar", "raasdnil@gmail.com"),)),
        (", user@example.org", (("", "user@example.org"),)),
        ("a@example.org,\r\n\t,\r\n b@example.org", (("", "a@example.org"), ("", "b@example.org"))),
        ("a@example.org Bcc: b@example.org", (("b@example.org", ""),)),
        (r'Jo "j \"o\""@example.org', (("Jo", r'"j \"o\""@example.org'),)),
        ('"jo@example.org', (("", "jo@example.org"),)),
        ("@example.org", (("@example.org", ""),)),
        ("MAILER-DAEMON <>", (("MAILER-DAEMON", ""),)),
        ("<>", ()),
        ("", ()),
    ),
)
def test_an_address_header_is_read_however_it_is_written(value, pairs):
    assert mailboxes(value) == pairs


@pytest.mark.parametrize(
    ("value", "text"),
    (
        ("no (comment)", "no"),
        ("(a (nested) one) no", "no"),
        (r"no (with \) inside)", "no"),
        ('"(not a comment)" x', '"(not a comment)" x'),
        ("no (never closed", "no"),
    ),
)
def test_comments_are_taken_out_of_structured_headers(value, text):
    assert without_comments(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    (
        ("=?NONE?B?VEVTVA=?=", "TEST"),
        ("=?utf-8?b?a?=", "=?utf-8?b?a?="),
        ("=?unicode-escape?q?=5Cx?=", "\\x"),
        ("folded\r\n  twice", "folded twice"),
    ),
)
def test_encoded_words_are_read_as_well_as_they_can_be(value, text):
    assert decoded(value) == text


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    (
        ("안녕".encode("cp949"), "ks_c_5601-1987", "안녕"),
        ("①".encode("cp932"), "Shift_JIS", "①"),
        ("é".encode(), None, "é"),
        (b"\xe9\x81", "us-ascii", "é\x81"),
        (b"a\x00b", "utf-8", "ab"),
        (b"x", "\x00", "x"),
        (b"x", "base64", "x"),
        (b"\\d", "unicode_escape", "\\d"),
    ),
)
def test_a_wrong_or_odd_character_set_still_gives_text(data, charset, text):
    assert decode_bytes(data, charset) == text


def test_message_ids_are_found_bare_folded_and_between_commas():
    assert message_ids("<foo@bar.net>, <inva lid.\r\n thing@bar.net> bare@x.org <>") == (
        "foo@bar.net",
        "invalid.thing@bar.net",
        "bare@x.org",
    )
    assert message_ids(None) == ()


def test_a_reply_goes_to_reply_to_only_when_that_is_an_address():
    assert reply_address(contact(("From", "a@x.org"), ("Reply-To", "b@x.org"))) == "b@x.org"
    assert reply_address(contact(("From", "a@x.org"), ("Reply-To", "undisclosed"))) == "a@x.org"
    assert reply_address(contact(("From", ""))) is None


def test_without_a_from_header_the_channels_own_word_counts():
    assert MailView(contact(sender="a@x.org")).senders == (("", "a@x.org"),)
    assert MailView(contact(("From", ""), sender="a@x.org")).senders == ()


@pytest.mark.parametrize(
    ("fields", "path"),
    (
        ({"headers": [("Return-Path", "<>")]}, ""),
        ({"headers": [("Return-Path", "< > (null)")]}, ""),
        ({"headers": [("Return-Path", "<a@x.org>")]}, "a@x.org"),
        ({"envelope_sender": "", "headers": [("Return-Path", "<a@x.org>")]}, ""),
        ({}, None),
    ),
)
def test_the_return_path_is_null_known_or_unknown(fields, path):
    assert MailView(Contact(id="m", channel="email", at=NOW, **fields)).return_path == path
