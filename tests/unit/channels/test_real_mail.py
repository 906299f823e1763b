"""83 real mails of many programs and clients: all are read, and none that a machine wrote is answered."""

import re
from collections import Counter
from datetime import UTC, datetime
from email.message import Message

import pytest

from supportkit.channels import UNDATED, EmailChannel
from supportkit.intake import AckPolicy, acknowledge

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
KINDS = {
    "auto_reply": 6,
    "bounce": 31,
    "feedback_report": 4,
    "ordinary": 19,
    "reply": 12,
    "malformed": 7,
    "odd_encoding": 4,
}


@pytest.fixture(scope="module")
def contacts(support_data):
    """(kind, name) -> contact."""
    files = sorted((support_data / "mail").glob("*/*.eml"))
    return {(file.parent.name, file.stem): EmailChannel().parse(file.read_bytes())[0] for file in files}


@pytest.fixture(scope="module")
def answers(contacts):
    return {key: acknowledge(contact, policy=AckPolicy(), now=NOW) for key, contact in contacts.items()}


def of(found, *kinds):
    return [value for (kind, _), value in found.items() if kind in kinds]


def says(contact, name, pattern=r"\S"):
    return any(re.search(pattern, value, re.IGNORECASE) for value in contact.header_values(name))


def null_path(contact):
    return says(contact, "Return-Path", r"^<>$")


def test_every_mail_becomes_a_contact(contacts):
    assert Counter(kind for kind, _ in contacts) == KINDS
    assert {contact.channel for contact in contacts.values()} == {"email"}


def test_the_recorded_counts_of_the_auto_replies_hold(contacts, answers):
    replies = of(contacts, "auto_reply")
    submitted = [contact for contact in replies if says(contact, "Auto-Submitted")]
    wished = [contact for contact in replies if says(contact, "X-Auto-Response-Suppress")]
    neither = [
        key[1]
        for key, c in contacts.items()
        if key[0] == "auto_reply" and c not in submitted and c not in wished
    ]
    subjects = [
        answer
        for answer in of(answers, "auto_reply")
        if "subject_auto_reply" in {sign.reason for sign in answer.signs}
    ]
    assert (len(submitted), len(wished), len([c for c in submitted if c in wished])) == (3, 3, 1)
    assert (len(subjects), sum(map(null_path, replies))) == (5, 4)
    assert neither == ["sisimai_rfc3834-03"]


def test_the_recorded_counts_of_bounces_and_reports_hold(contacts):
    bounces, reports = of(contacts, "bounce"), of(contacts, "feedback_report")
    assert sum(says(contact, "Content-Type", r"^multipart/report") for contact in bounces) == 17
    assert sum(says(contact, "Auto-Submitted") for contact in bounces) == 15
    assert sum(map(null_path, bounces)) == 17
    assert sum(says(contact, "From", r"mailer-daemon|postmaster") for contact in bounces) == 31
    assert all(says(contact, "Content-Type", r'report-type="?feedback-report') for contact in reports)


def test_nobody_elses_mail_carries_auto_submitted(contacts):
    rest = of(contacts, "ordinary", "reply", "malformed", "odd_encoding")
    assert len(rest) == 42
    assert not any(says(contact, "Auto-Submitted") for contact in rest)


def test_no_auto_reply_is_answered_nor_reopens(answers):
    assert [(answer.send, answer.disposition) for answer in of(answers, "auto_reply")] == [
        (False, "accept_without_reopen")
    ] * 6


def test_bounces_and_reports_are_parked(answers):
    assert [(answer.send, answer.disposition) for answer in of(answers, "bounce", "feedback_report")] == [
        (False, "park")
    ] * 35
    assert {answer.reason for answer in of(answers, "feedback_report")} == {"abuse_report"}
    assert Counter(answer.reason for answer in of(answers, "bounce")) == {
        "delivery_status": 17,
        "daemon_sender": 10,
        "failed_recipients": 4,
    }


def test_all_others_are_people_but_for_three_that_say_otherwise(answers):
    silent = {
        key: answer.reason
        for key, answer in answers.items()
        if not answer.send and key[0] in {"ordinary", "reply", "malformed", "odd_encoding"}
    }
    assert silent == {
        ("ordinary", "mailgem_raw_email_trailing_dot"): "noreply_sender",  # a forum writes in a person's name
        ("malformed", "mailgem_empty_in_reply_to"): "mailing_list",
        ("malformed", "mailgem_bad_encoded_subject"): "no_sender",  # nothing but a subject
    }


@pytest.mark.parametrize(
    ("name", "words"),
    (
        ("mailgem_japanese", "かきくえこ"),
        ("mailgem_japanese_iso_2022", "すみません。"),
        ("mailgem_japanese_shift_jis", "このメールはテスト用のメールです。"),
        ("mailgem_ks_c_5601-1987", "스티해"),
    ),
)
def test_odd_character_sets_are_read(contacts, name, words):
    assert words in contacts["odd_encoding", name].text


def test_a_line_that_is_no_header_does_not_hide_the_sender(contacts):
    contact = contacts["ordinary", "mailgem_raw_email_incorrect_header"]
    assert (contact.sender, contact.subject) == ("xxx@xxx.xxx", "Stop adware/spyware once and for all.")


def test_a_broken_address_list_still_names_its_first(contacts):
    assert contacts["malformed", "mailgem_new_line_in_to_header"].addressed_to == "leads@sg.dc.com"
    assert contacts["malformed", "mailgem_weird_to_header"].addressed_to == "user-example@aol.com"
    assert contacts["ordinary", "mailgem_mix_caps_content_type"].sender == "bb@bug.com"


def test_what_is_missing_is_none_or_undated(contacts):
    bare = contacts["malformed", "mailgem_bad_encoded_subject"]
    assert (bare.sender, bare.message_id, bare.at, bare.points) == (None, None, UNDATED, ())
    assert bare.subject == "TEST"


def test_replies_are_cut_to_what_was_written_this_time(contacts):
    texts = {name: contact.text for (kind, name), contact in contacts.items() if kind == "reply"}
    plain = [
        name
        for name, text in texts.items()
        if text.split()[0] == "Hello" and "wrote" not in text and "schrieb" not in text
    ]
    # Left whole: Android in Russian, Outlook without "Re:", Thunderbird answering below; another says more than Hello.
    assert sorted(set(texts) - set(plain)) == ["talon_reply-quotations-share-block", "talon_thunderbird"]
    assert texts["talon_gmail"] == texts["talon_hotmail"] == texts["talon_comcast"] == "Hello"
    whole = [
        contact
        for (kind, _), contact in contacts.items()
        if kind == "reply" and any(f.name == "whole-text.txt" for f in contact.attachments)
    ]
    assert len(whole) == 9


def test_ids_tell_messages_apart_and_know_them_again(contacts, support_data):
    by_id = {}
    for key, contact in contacts.items():
        by_id.setdefault(contact.id, []).append((key, contact.message_id))
    for same in by_id.values():
        assert len({message_id for _, message_id in same}) == 1
    file = support_data / "mail" / "reply" / "talon_gmail.eml"
    assert EmailChannel().parse(file.read_bytes())[0] == contacts["reply", "talon_gmail"]


def test_headers_keep_order_and_repeats(contacts):
    contact = contacts["malformed", "mailgem_multiple_references_with_one_invalid"]
    assert len(contact.header_values("References")) == 2
    assert isinstance(contact.headers[0][1], str)
    assert not any("\n" in value for each in contacts.values() for _, value in each.headers)
    assert not isinstance(contact.headers, Message)
