from datetime import UTC, datetime, timedelta

import pytest

from supportkit.cases import Attachment, Contact, Deadline, Promise
from supportkit.errors import InvalidValue, NaiveDatetime
from supportkit.intake import AckPolicy, Recent, acknowledge, signs
from supportkit.intake.signs import _RULES as RULES

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
POLICY = AckPolicy(own_addresses=["support@desk.example"], loop_token="desk-1")
JANE = ("From", "Jane <jane@example.org>")


def mail(*headers, sender=JANE, **fields):
    return Contact(
        id="m1", channel="email", at=NOW, headers=(*((sender,) if sender else ()), *headers), **fields
    )


def decide(contact, *, policy=POLICY, **options):
    return acknowledge(contact, policy=policy, now=NOW, **options)


def test_a_persons_mail_is_acknowledged():
    answer = decide(mail(("Subject", "No signal")))
    assert (answer.send, answer.reason, answer.clause) == (True, "human", None)
    assert (answer.counts_as_customer, answer.disposition, answer.signs) == (True, "accept", ())


@pytest.mark.parametrize(
    "value",
    (
        "no",
        "No",
        "NO",
        "no (comment)",
        "(comment) no",
        "no; x=y",
        " no ; owner=x ",
        "no\r\n (folded)",
        "(a (b)) no",
        "",
        "(only)",
    ),
)
def test_auto_submitted_no_is_a_person_however_it_is_written(value):
    assert decide(mail(("Auto-Submitted", value))).reason == "human"


@pytest.mark.parametrize(
    "value",
    (
        "auto-replied",
        "Auto-Generated",
        "auto-generated (failure)",
        "auto-replied; owner-email=x",
        "auto-notified",
        "yes",
        "no-thanks",
        "no reply",
        "x-new",
    ),
)
def test_auto_submitted_anything_else_is_a_program(value):
    answer = decide(mail(("Auto-Submitted", value)))
    assert (answer.send, answer.reason, answer.clause) == (False, "auto_submitted", "RFC 3834 §2")
    assert (answer.counts_as_customer, answer.disposition, answer.promise, answer.headers) == (
        False,
        "accept_without_reopen",
        None,
        (),
    )


def test_every_repeat_of_a_header_is_read():
    assert (
        decide(mail(("Auto-Submitted", "no"), ("Auto-Submitted", "auto-replied"))).reason == "auto_submitted"
    )
    assert decide(mail(("Precedence", "normal"), ("precedence", "bulk"))).reason == "precedence"


@pytest.mark.parametrize(
    ("header", "reason", "disposition"),
    (
        (("Return-Path", "<>"), "null_return_path", "accept_without_reopen"),
        (("Sender", "owner-news@lists.example"), "list_owner_sender", "accept_without_reopen"),
        (("Return-Path", "<news-owner@lists.example>"), "list_owner_sender", "accept_without_reopen"),
        (("Sender", "news-request@lists.example"), "list_request_sender", "accept_without_reopen"),
        (("Sender", "LISTSERV@lists.example"), "list_request_sender", "accept_without_reopen"),
        (("Precedence", "bulk"), "precedence", "accept_without_reopen"),
        (("Precedence", "Auto_Reply"), "precedence", "accept_without_reopen"),
        (("X-Precedence", "junk"), "precedence", "accept_without_reopen"),
        (("List-Id", "<news.lists.example>"), "mailing_list", "accept_without_reopen"),
        (("List-Unsubscribe", "<mailto:u@lists.example>"), "mailing_list", "accept_without_reopen"),
        (("Mailing-List", "contact help"), "mailing_list", "accept_without_reopen"),
        (("X-Autoreply", "yes"), "vendor_auto_header", "accept_without_reopen"),
        (("X-Apple-Action", "VACATION"), "vendor_auto_header", "accept_without_reopen"),
        (("X-FC-MachineGenerated", "true"), "vendor_auto_header", "accept_without_reopen"),
        (("X-Autoresponse", "1"), "vendor_auto_header", "accept_without_reopen"),
        (("X-OTRS-Loop", "yes"), "vendor_auto_header", "accept_without_reopen"),
        (("X-POST-MessageClass", "9; Autoresponder"), "vendor_auto_header", "accept_without_reopen"),
        (("X-Loop", "info@x.example"), "vendor_auto_header", "accept_without_reopen"),
        (("Content-Type", "text/calendar; method=REPLY"), "calendar_reply", "accept_without_reopen"),
        (("Content-Type", 'multipart/report; report-type="delivery-status"'), "delivery_status", "park"),
        (
            ("Content-Type", "Multipart/Report; boundary=x;\r\n report-type=delivery-status (the DSN)"),
            "delivery_status",
            "park",
        ),
        (("Content-Type", "multipart/report; boundary=x"), "delivery_status", "park"),
        (("Content-Type", "message/delivery-status"), "delivery_status", "park"),
        (("Content-Type", "multipart/report; report-type=disposition-notification"), "read_receipt", "park"),
        (("Content-Type", "multipart/report; report-type=feedback-report"), "abuse_report", "park"),
        (("X-Failed-Recipients", "joe@example.org"), "failed_recipients", "park"),
        (("Return-Path", "<MAILER-DAEMON@mx.example>"), "daemon_sender", "park"),
        (("X-Spam-Flag", "YES"), "spam", "park"),
        (("X-Spam-Status", "Yes, score=9.1 required=5.0"), "spam", "park"),
        (("X-MS-Exchange-Organization-SCL", "6"), "spam", "park"),
        (("X-Supportkit-Loop", "desk-1"), "own_loop_token", "park"),
        (("Reply-To", "support+17@desk.example"), "reply_to_own_address", "accept"),
        (("X-Auto-Response-Suppress", "All"), "sender_asked_no_auto_reply", "accept"),
        (("X-Auto-Response-Suppress", "DR, OOF, AutoReply"), "sender_asked_no_auto_reply", "accept"),
        (
            ("Authentication-Results", "mx.example; spf=pass; dmarc=fail (p=none)"),
            "sender_not_authenticated",
            "accept",
        ),
        (
            ("Authentication-Results", "mx.example; spf=fail smtp.mailfrom=x; dkim=none"),
            "sender_not_authenticated",
            "accept",
        ),
    ),
)
def test_each_header_that_forbids_an_answer_is_told_with_what_it_means(header, reason, disposition):
    answer = decide(mail(header))
    assert (answer.send, answer.reason, answer.disposition) == (False, reason, disposition)
    assert answer.clause
    assert answer.counts_as_customer is (disposition == "accept")


@pytest.mark.parametrize(
    "header",
    (
        ("Return-Path", "<jane@example.org>"),
        ("Sender", "owner@shop.example"),
        ("Sender", "request@shop.example"),
        ("Precedence", "first-class"),
        ("X-Autoreply", "no"),
        ("X-Auto-Response-Suppress", "DR"),
        ("X-Auto-Response-Suppress", "DR, NDR, RN, NRN"),
        ("X-Auto-Response-Suppress", "None"),
        ("X-MS-Exchange-Inbox-Rules-Loop", "jane@example.org"),
        ("List-Id", ""),
        ("Content-Type", "text/calendar; method=REQUEST"),
        ("Content-Type", "multipart/mixed; report-type=delivery-status"),
        ("X-Spam-Status", "No, score=0.1"),
        ("X-MS-Exchange-Organization-SCL", "1"),
        ("X-Supportkit-Loop", "another desk"),
        ("Reply-To", "jane@home.example"),
        ("Authentication-Results", "mx.example; spf=fail; dkim=pass; dmarc=pass"),
        ("Authentication-Results", "mx.example; spf=softfail; dkim=fail"),
        ("Authentication-Results", "mx.example (dmarc=fail); spf=neutral"),
        ("Content-Type", "not a type"),
    ),
)
def test_headers_that_only_look_alike_forbid_nothing(header):
    assert decide(mail(header)).reason == "human"


def test_only_the_topmost_authentication_results_are_believed():
    forged = (
        ("Authentication-Results", "evil.example; dmarc=pass"),
        ("Authentication-Results", "x; dmarc=fail"),
    )
    assert decide(mail(*forged)).reason == "human"


@pytest.mark.parametrize(
    ("sender", "reason", "disposition"),
    (
        ("MAILER-DAEMON@mx.example", "daemon_sender", "park"),
        ("Postmaster <postmaster@mx.example>", "daemon_sender", "park"),
        ("MAILER-DAEMON <>", "daemon_sender", "park"),
        ("MAILER-DAEMON", "daemon_sender", "park"),
        ("", "no_sender", "park"),
        ("<>", "no_sender", "park"),
        ("undisclosed sender", "unparsable_sender", "park"),
        ("jane@", "unparsable_sender", "park"),
        ("Support <SUPPORT@desk.example>", "own_address", "park"),
        ("support+case-17@desk.example", "own_address", "park"),
        ("no-reply@shop.example", "noreply_sender", "accept_without_reopen"),
        ("do_not_reply@shop.example", "noreply_sender", "accept_without_reopen"),
        ("news-request@lists.example", "list_request_sender", "accept_without_reopen"),
        ("owner-news@lists.example", "list_owner_sender", "accept_without_reopen"),
    ),
)
def test_senders_that_are_not_answered(sender, reason, disposition):
    answer = decide(mail(sender=("From", sender)))
    assert (answer.reason, answer.disposition) == (reason, disposition)


def test_mail_without_from_has_no_sender():
    assert decide(mail(sender=None)).reason == "no_sender"


@pytest.mark.parametrize(
    "subject",
    (
        "Automatic reply: printer", "Auto-Reply: printer", "AutoReply", "Out of Office: Re: printer", "Out of the office until Monday",
        "Out of Office AutoReply: printer", "[Auto-Reply] printer", "Auto: printer", "Away until May 5", "OOO: back on Monday",
        "Automatische Antwort: Drucker", "Abwesenheitsnotiz: Drucker", "Automatisch antwoord: printer", "Réponse automatique : imprimante",
        "Respuesta automática: impresora", "Resposta automática: impressora", "Risposta automatica: stampante", "Autosvar: skrivare",
        "Automatisk svar: printer", "Automaattinen vastaus: tulostin", "Odpowiedź automatyczna: drukarka", "Automatická odpověď: tiskárna",
        "Автоматический ответ: принтер", "自動返信: プリンタ", "自动回复: 打印机", "자동 회신: 프린터",
        "Reponse automatique : imprimante", "RESPUESTA AUTOMATICA: impresora", "Automatisk svar: Fravaer", "Fravaersbesked: Ann", "Franvaro: Bo",
        "Ute av kontoret: Kari", "Odpowiedz automatyczna: drukarka", "Auto Response: printer", "=?utf-8?q?R=C3=A9ponse_automatique?=: x",
    ),
)  # fmt: skip
def test_subjects_of_answering_programs_are_known_in_many_languages(subject):
    answer = decide(mail(("Subject", subject)))
    assert (answer.reason, answer.disposition) == ("subject_auto_reply", "accept_without_reopen")


@pytest.mark.parametrize(
    "subject",
    (
        "Re: Automatic reply: printer", "Automatic reply not working", "Out of office supplies", "Autoresponder does not start", "Vacation",
        "How do I set an out of office message?", "Car insurance: auto", "Automation", "Delivery failed", "Undeliverable parcel", "Re: Undeliverable: x",
    ),
)  # fmt: skip
def test_people_may_write_about_automatic_replies(subject):
    assert decide(mail(("Subject", subject))).reason == "human"


@pytest.mark.parametrize(
    "subject",
    ("Undelivered Mail Returned to Sender", "Returned mail: see transcript", "Undeliverable: x", "Mail delivery failed: returning message", "failure notice", "Delivery Status Notification (Failure)", "Unzustellbar: x", "Недоставленное сообщение"),
)  # fmt: skip
def test_bounces_are_known_by_their_subject_when_nothing_else_says_it(subject):
    answer = decide(mail(("Subject", subject)))
    assert (answer.reason, answer.disposition) == ("subject_bounce", "park")


def test_the_weightiest_reason_is_told_and_all_are_kept():
    bounce = mail(
        ("Auto-Submitted", "auto-replied"),
        ("Return-Path", "<>"),
        ("Content-Type", "multipart/report; report-type=delivery-status"),
    )
    answer = decide(bounce, recent=Recent(for_case=1))
    assert (answer.reason, answer.disposition) == ("delivery_status", "park")
    assert [sign.reason for sign in answer.signs] == [
        "delivery_status",
        "auto_submitted",
        "null_return_path",
        "already_acknowledged_case",
    ]
    assert "null_return_path (RFC 3834 §2): Return-Path: <>" in answer.explain()


def test_out_of_office_with_the_exchange_wish_is_still_automatic():
    answer = decide(
        mail(("Return-Path", "<>"), ("X-Auto-Response-Suppress", "All"), ("Subject", "Automatic reply: x"))
    )
    assert (answer.reason, answer.counts_as_customer) == ("null_return_path", False)


def test_a_calendar_reply_among_the_files_is_seen():
    reply = Attachment("invite.ics", "text/calendar", b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR")
    request = Attachment("invite.ics", "text/calendar", b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n")
    assert decide(mail(attachments=[reply])).reason == "calendar_reply"
    assert decide(mail(attachments=[request])).reason == "human"


def test_a_message_id_seen_before_is_a_duplicate_whatever_else_it_is():
    answer = decide(
        mail(("Message-ID", "<a@x.org>"), ("Auto-Submitted", "auto-replied")),
        recent=Recent(message_ids=["<a@x.org>"]),
    )
    assert (answer.reason, answer.disposition, answer.counts_as_customer) == (
        "duplicate_message",
        "ignore_duplicate",
        False,
    )
    assert decide(mail(message_id="<a@x.org>"), recent=Recent(message_ids=["b@x.org"])).reason == "human"


def test_a_case_is_acknowledged_once():
    answer = decide(mail(), recent=Recent(for_case=1))
    assert (answer.reason, answer.disposition, answer.counts_as_customer) == (
        "already_acknowledged_case",
        "accept",
        True,
    )


@pytest.mark.parametrize(
    ("ages", "reason"),
    (
        ([1], "human"),
        ([1, 59], "sender_rate_limit"),
        ([1, 60], "human"),
        ([1, 61], "human"),
        ([1, 2, 3], "sender_rate_limit"),
    ),
)
def test_the_limit_for_a_sender_counts_a_half_open_window(ages, reason):
    policy = AckPolicy(per_sender=(2, timedelta(minutes=60)))
    recent = Recent(to_sender=[NOW - timedelta(minutes=age) for age in ages])
    assert decide(mail(), policy=policy, recent=recent).reason == reason


def test_the_limit_of_the_whole_desk_comes_after_the_senders():
    policy = AckPolicy(per_sender=None, total=(1, timedelta(hours=1)))
    assert (
        decide(mail(), policy=policy, recent=Recent(total=[NOW], to_sender=[NOW])).reason
        == "global_rate_limit"
    )
    both = AckPolicy(per_sender=(1, timedelta(hours=1)), total=(1, timedelta(hours=1)))
    assert (
        decide(mail(), policy=both, recent=Recent(total=[NOW], to_sender=[NOW])).reason == "sender_rate_limit"
    )
    assert decide(mail(), policy=AckPolicy(total=(0, timedelta(hours=1)))).reason == "global_rate_limit"


@pytest.mark.parametrize("limit", ((-1, timedelta(hours=1)), (1, timedelta(0))))
def test_a_limit_that_cannot_be_meant_is_refused(limit):
    with pytest.raises(InvalidValue, match="rate limit"):
        AckPolicy(per_sender=limit)


def test_the_promise_is_what_the_deadline_says():
    due = NOW + timedelta(hours=2)
    answer = decide(
        mail(), deadline=Deadline("d1", "first_response", started=NOW, due=due, calendar="office")
    )
    assert answer.promise == Promise("", "reply", made_at=NOW, due=due, calendar="office", channel="email")


@pytest.mark.parametrize("form", ("call", "voicemail", "callback_request"))
def test_calls_are_promised_a_call_back(form):
    contact = Contact(id="c1", channel="phone", form=form, at=NOW)
    assert (
        decide(contact, deadline=Deadline("d", "callback", due=NOW + timedelta(hours=1))).promise.what
        == "callback"
    )


@pytest.mark.parametrize(
    "deadline", (None, Deadline("d", "first_response", due=None), Deadline("d", "first_response", due=NOW))
)
def test_without_a_time_ahead_nothing_is_promised(deadline):
    answer = decide(mail(), deadline=deadline)
    assert (answer.send, answer.promise) == (True, None)


def test_the_answer_is_marked_and_threaded():
    answer = decide(
        mail(
            ("Message-ID", "<c@x.org>"),
            ("In-Reply-To", "<b@x.org>"),
            ("References", "<a@x.org>\r\n <b@x.org>"),
        )
    )
    assert answer.headers == (
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "All"),
        ("In-Reply-To", "<c@x.org>"),
        ("References", "<a@x.org> <b@x.org> <c@x.org>"),
        ("X-Supportkit-Loop", "desk-1"),
    )


def test_without_references_the_parent_is_the_thread():
    headers = dict(decide(mail(("Message-ID", "<c@x.org>"), ("In-Reply-To", "<b@x.org>"))).headers)
    assert headers["References"] == "<b@x.org> <c@x.org>"


def test_our_own_answer_sent_back_is_known_by_its_token():
    answer = decide(mail(("Message-ID", "<c@x.org>")))
    assert decide(mail(*answer.headers)).reason == "own_loop_token"


def test_without_a_token_or_an_id_only_the_marks_are_set():
    headers = decide(mail(), policy=AckPolicy()).headers
    assert [name for name, _ in headers] == ["Auto-Submitted", "X-Auto-Response-Suppress"]


def test_what_is_no_mail_is_judged_by_its_channels_word_alone():
    call = Contact(id="c1", channel="phone", form="voicemail", at=NOW)
    assert decide(call).reason == "human"
    alarm = Contact(id="c2", channel="device", form="signal", at=NOW, automated=True)
    assert (decide(alarm).reason, decide(alarm).counts_as_customer) == ("auto_submitted", False)


def test_automated_adds_to_what_the_headers_say():
    assert decide(mail(automated=True)).reason == "auto_submitted"
    assert signs(mail(("Auto-Submitted", "no"), automated=True))[0].reason == "auto_submitted"


def test_a_single_own_address_may_be_given_as_text():
    assert (
        decide(
            mail(sender=("From", "me@desk.example")), policy=AckPolicy(own_addresses="me@desk.example")
        ).reason
        == "own_address"
    )


def test_now_needs_a_zone():
    with pytest.raises(NaiveDatetime):
        acknowledge(mail(), policy=POLICY, now=datetime(2026, 3, 2))


def test_the_decision_to_send_is_explained():
    assert decide(mail()).explain() == "acknowledge: human"


PARK, MACHINE, PERSON = "park", "accept_without_reopen", "accept"
REASONS = {
    "own_loop_token": (PARK, mail(("X-Supportkit-Loop", "desk-1"))),
    "own_address": (PARK, mail(sender=("From", "support@desk.example"))),
    "delivery_status": (PARK, mail(("Content-Type", "multipart/report; report-type=delivery-status"))),
    "read_receipt": (PARK, mail(("Content-Type", "multipart/report; report-type=disposition-notification"))),
    "abuse_report": (PARK, mail(("Content-Type", "multipart/report; report-type=feedback-report"))),
    "failed_recipients": (PARK, mail(("X-Failed-Recipients", "joe@example.org"))),
    "daemon_sender": (PARK, mail(sender=("From", "MAILER-DAEMON@mx.example"))),
    "no_sender": (PARK, mail(sender=None)),
    "unparsable_sender": (PARK, mail(sender=("From", "somebody"))),
    "subject_bounce": (PARK, mail(("Subject", "Undelivered Mail Returned to Sender"))),
    "spam": (PARK, mail(("X-Spam-Flag", "YES"))),
    "auto_submitted": (MACHINE, mail(("Auto-Submitted", "auto-notified; owner-email=x"))),
    "null_return_path": (MACHINE, mail(("Return-Path", "<>"))),
    "list_owner_sender": (MACHINE, mail(("Sender", "owner-news@lists.example"))),
    "list_request_sender": (MACHINE, mail(("Sender", "news-request@lists.example"))),
    "precedence": (MACHINE, mail(("Precedence", "bulk"))),
    "mailing_list": (MACHINE, mail(("List-Id", "<news.lists.example>"))),
    "vendor_auto_header": (MACHINE, mail(("X-Autoreply", "yes"))),
    "noreply_sender": (MACHINE, mail(sender=("From", "no-reply@shop.example"))),
    "calendar_reply": (MACHINE, mail(("Content-Type", "text/calendar; method=REPLY"))),
    "subject_auto_reply": (MACHINE, mail(("Subject", "Automatic reply: printer"))),
    "sender_asked_no_auto_reply": (PERSON, mail(("X-Auto-Response-Suppress", "DR, AutoReply"))),
    "reply_to_own_address": (PERSON, mail(("Reply-To", "support@desk.example"))),
    "sender_not_authenticated": (PERSON, mail(("Authentication-Results", "mx.example; dmarc=fail"))),
    "duplicate_message": ("ignore_duplicate", mail(("Message-ID", "<seen@x.org>"))),
    "already_acknowledged_case": (PERSON, mail()),
    "sender_rate_limit": (PERSON, mail()),
    "global_rate_limit": (PERSON, mail()),
    "human": (PERSON, mail()),
}
LATELY = {
    "duplicate_message": Recent(message_ids=["<seen@x.org>"]),
    "already_acknowledged_case": Recent(for_case=1),
    "sender_rate_limit": Recent(to_sender=[NOW] * 10),
    "global_rate_limit": Recent(total=[NOW] * 500),
}


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_its_disposition_and_only_a_person_counts_as_the_customer(reason):
    disposition, contact = REASONS[reason]
    answer = decide(contact, recent=LATELY.get(reason))
    assert (answer.reason, answer.disposition) == (reason, disposition)
    assert answer.counts_as_customer is (disposition == PERSON)
    assert answer.send is (reason == "human") is (answer.clause is None)


def test_the_table_above_holds_all_reasons_there_are():
    assert {rule.reason for rule in RULES} | LATELY.keys() | {"human"} == REASONS.keys()
