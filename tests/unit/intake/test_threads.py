from datetime import UTC, datetime, timedelta

import pytest

from supportkit.cases import Contact, ContactPoint
from supportkit.errors import InvalidValue, NaiveDatetime
from supportkit.intake import Candidates, CaseRef, ThreadPolicy, thread

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
JANE = "email:jane@example.org"


def mail(*headers, sender="Jane <jane@example.org>", **fields):
    return Contact(id="m", channel="email", at=NOW, headers=(("From", sender), *headers), **fields)


def case(id="A", status="open", participants=(JANE,), **fields):
    return CaseRef(id, status, participants, **fields)


def follow(contact, *cases, messages=None, now=NOW, **policy):
    found = thread(contact, Candidates(cases, messages or {}), policy=ThreadPolicy(**policy), now=now)
    return found.action, found.case, found.matched_by


def test_a_mail_without_a_reference_begins_a_new_case():
    assert follow(mail(), case()) == ("new", None, None)


@pytest.mark.parametrize(
    ("contact", "matched_by"),
    (
        (mail(("In-Reply-To", "<a@us>")), "in_reply_to"),
        (mail(("In-Reply-To", "<x@else> <a@us>")), "in_reply_to"),
        (mail(("References", "<a@us> <unknown@else>")), "references"),
        (mail(("References", "<unknown@else>"), ("References", "<a@us>")), "references"),
        (mail(("Subject", "Re: Router [#A]")), "subject_token"),
        (mail(subject="AW: Router [#A] again"), "subject_token"),
    ),
)
def test_each_kind_of_reference_leads_to_the_case(contact, matched_by):
    assert follow(contact, case(), messages={"<a@us>": "A"}) == ("append", "A", matched_by)


def test_evidence_is_taken_in_its_order():
    cases = [case(name) for name in ("token", "parent", "right", "left", "subject")]
    messages = {"p@us": "parent", "r@us": "right", "l@us": "left"}
    headers = [
        ("Subject", "[#subject]"),
        ("References", "<l@us> <r@us>"),
        ("In-Reply-To", "<p@us>"),
        ("To", "support+token@desk.example"),
    ]
    verify = {"support+token@desk.example": "token"}.get
    expected = ["subject_token", "references", "in_reply_to", "reply_token"]
    targets = ["subject", "right", "parent", "token"]
    for count, (matched_by, target) in enumerate(zip(expected, targets, strict=True), 1):
        found = follow(mail(*headers[:count]), *cases, messages=messages, verify_token=verify)
        assert found == ("append", target, matched_by)


def test_a_message_id_seen_before_is_a_duplicate_before_anything_else():
    contact = mail(("Message-ID", "<m@x>"), ("In-Reply-To", "<b@us>"))
    assert follow(contact, case("A"), case("B"), messages={"m@x": "A", "b@us": "B"}) == (
        "duplicate",
        "A",
        "message_id",
    )


def test_our_own_mail_that_comes_back_is_ignored():
    contact = mail(("Message-ID", "<m@x>"), sender="support+A@desk.example")
    assert follow(contact, case(), messages={"m@x": "A"}, own_addresses=["support@desk.example"]) == (
        "ignored",
        None,
        None,
    )


@pytest.mark.parametrize("header", (("In-Reply-To", "<a@us>"), ("References", "<a@us>"), ("Subject", "[#A]")))
def test_a_stranger_is_quarantined_whatever_the_reference(header):
    found = thread(
        mail(header, sender="eve@evil.example"),
        Candidates([case()], {"a@us": "A"}),
        policy=ThreadPolicy(),
        now=NOW,
    )
    assert (found.action, found.case, found.linked_to) == ("quarantine", None, "A")
    assert found.evidence[-1] == "the sender has no part in it"


def test_a_display_name_gives_no_entry():
    assert (
        follow(mail(("Subject", "[#A]"), sender='"jane@example.org" <eve@evil.example>'), case())[0]
        == "quarantine"
    )


def test_a_valid_token_lets_a_stranger_in():
    contact = mail(("To", "Desk <support+A.sig@desk.example>"), sender="boss@example.org")
    tokens = {"support+A.sig@desk.example": "A"}.get
    assert follow(contact, case(), verify_token=tokens) == ("append", "A", "reply_token")
    assert follow(contact, case(), verify_token=lambda _: None) == ("new", None, None)


def test_the_cases_of_all_tokens_are_told_once():
    tokens = {"support+A@desk.example": "A", "support+B@desk.example": "B"}.get
    to = ("To", "<support+B@desk.example>, support+A@desk.example, support+C@desk.example")
    found = ThreadPolicy(verify_token=tokens).cases_by_token(mail(to, addressed_to="support+B@desk.example"))
    assert found == ("B", "A")


def test_the_token_is_found_in_what_the_channel_says_too():
    contact = Contact(
        id="m", channel="email", at=NOW, sender="x@y.example", addressed_to="support+A@desk.example"
    )
    assert follow(contact, case(), verify_token={"support+A@desk.example": "A"}.get)[0] == "append"


def test_participants_are_recognised_by_any_of_their_points():
    contact = Contact(
        id="m", channel="sms", at=NOW, points=[ContactPoint("phone", "+44 7700 900123")], subject="[#A]"
    )
    assert follow(contact, case(participants=["phone:+447700900123"]))[0] == "append"
    assert follow(contact, case(participants=["phone:+447700900999"]))[0] == "quarantine"


def test_participants_may_be_written_as_plain_addresses():
    assert follow(mail(("Subject", "[#A]")), case(participants=["Jane@Example.org"]))[0] == "append"


def test_the_subaddress_of_an_unknown_provider_is_another_writer():
    assert follow(mail(("Subject", "[#A]"), sender="jane+x@example.org"), case())[0] == "quarantine"
    assert (
        follow(mail(("Subject", "[#A]"), sender="j.ane+x@gmail.com"), case(participants=["jane@gmail.com"]))[
            0
        ]
        == "append"
    )


@pytest.mark.parametrize("status", ("resolved", "closed"))
def test_a_closed_case_is_reopened_by_its_customer(status):
    assert follow(mail(("Subject", "[#A]")), case(status=status)) == ("reopen", "A", "subject_token")


@pytest.mark.parametrize(
    "header",
    (
        ("Auto-Submitted", "auto-replied"),
        ("Return-Path", "<>"),
        ("Precedence", "bulk"),
        ("Subject", "Automatic reply: x [#A]"),
    ),
)
def test_automatic_mail_never_reopens(header):
    contact = mail(header, ("In-Reply-To", "<a@us>"))
    assert follow(contact, case(status="closed"), messages={"a@us": "A"}) == ("append", "A", "in_reply_to")


def test_a_wish_for_silence_still_reopens():
    contact = mail(("X-Auto-Response-Suppress", "All"), ("In-Reply-To", "<a@us>"))
    assert follow(contact, case(status="closed"), messages={"a@us": "A"})[0] == "reopen"


@pytest.mark.parametrize(("age", "action"), ((7, "reopen"), (7.01, "new"), (1, "reopen")))
def test_beyond_the_window_a_new_case_is_linked(age, action):
    old = case(status="closed", closed_at=NOW - timedelta(days=age))
    found = thread(
        mail(("Subject", "[#A]")),
        Candidates([old]),
        policy=ThreadPolicy(reopen_within=timedelta(days=7)),
        now=NOW,
    )
    assert found.action == action
    assert (found.case, found.linked_to) == ((None, "A") if action == "new" else ("A", None))


def test_without_a_closing_time_the_window_is_not_held_against_the_customer():
    assert follow(mail(("Subject", "[#A]")), case(status="closed"), reopen_within=timedelta(0))[0] == "reopen"


@pytest.mark.parametrize(
    ("text", "action"),
    (
        ("Thanks!", "append"),
        ("Thank you very much, it works now.", "append"),
        ("Vielen Dank für die schnelle Hilfe", "append"),
        ("Thanks, but it still fails", "reopen"),
        ("Thanks. Can you also look at my bill?", "reopen"),
        ("It works", "reopen"),
        (None, "reopen"),
    ),
)
def test_bare_thanks_need_not_reopen(text, action):
    assert (
        follow(mail(("Subject", "[#A]"), text=text), case(status="resolved"), thanks_reopens=False)[0]
        == action
    )
    assert follow(mail(("Subject", "[#A]"), text=text), case(status="resolved"))[0] == "reopen"


def test_a_reply_to_a_merged_case_goes_to_the_end_of_its_merges():
    cases = [
        case("A", "merged", merged_into="B"),
        case("B", "merged", [], merged_into="C"),
        case("C", "closed", []),
    ]
    assert follow(mail(("Subject", "[#A]")), *cases) == ("reopen", "C", "subject_token")


def test_who_takes_part_in_the_target_of_a_merge_may_write_to_it():
    cases = [case("A", "merged", [], merged_into="B"), case("B")]
    assert follow(mail(("Subject", "[#A]")), *cases)[:2] == ("append", "B")


def test_a_merge_target_that_is_not_at_hand_is_appended_to():
    assert follow(mail(("Subject", "[#A]")), case("A", "merged", merged_into="Z"))[:2] == ("append", "Z")


def test_a_cycle_of_merges_ends():
    cases = [case("A", "merged", merged_into="B"), case("B", "merged", merged_into="A")]
    found = thread(mail(("Subject", "[#A]")), Candidates(cases), policy=ThreadPolicy(), now=NOW)
    assert (found.action, found.linked_to) == ("new", "B")


def test_a_reference_to_a_case_that_is_not_at_hand_is_quarantined():
    assert follow(mail(("In-Reply-To", "<a@us>")), messages={"a@us": "gone"})[0] == "quarantine"


@pytest.mark.parametrize("form", ("call", "voicemail", "callback_request", "visit", "signal"))
def test_a_call_joins_the_only_open_case(form):
    contact = Contact(id="c", channel="phone", form=form, at=NOW)
    assert follow(contact, case(), case("B", "closed")) == ("append", "A", "open_case")
    assert follow(contact, case(), case("B")) == ("new", None, None)
    assert follow(contact, join_open_case=()) == ("new", None, None)


ROUTER = {"device": "router-17", "fault": "No line"}


def signal(**given):
    return Contact(id="s", channel="webhook", form="signal", at=NOW, given=given)


def test_a_signal_joins_the_open_case_of_the_same_fault_and_no_other():
    key = ThreadPolicy().signal_key(signal(**ROUTER))
    same, other = case(signal=key), case("B", signal="another")
    assert follow(signal(device="ROUTER-17", fault=" no line"), other, same) == ("append", "A", "signal")
    assert follow(signal(device="router-17", fault="hot"), other, same) == ("new", None, None)
    assert follow(signal(device="router-17", fault="hot"), case()) == ("new", None, None)
    assert follow(signal(**ROUTER), case(status="resolved", signal=key)) == ("new", None, None)


def test_a_signal_that_names_nothing_joins_the_only_open_case():
    assert follow(signal(), case()) == ("append", "A", "open_case")
    assert follow(signal(device="", volts=230), case(signal="x")) == ("append", "A", "open_case")


def test_what_makes_signals_the_same_can_be_said():
    policy = ThreadPolicy(same_signal=["fault"])
    assert policy.signal_key(signal(device="a", fault="hot")) == policy.signal_key(
        signal(device="b", fault="Hot")
    )
    assert policy.signal_key(Contact(id="c", channel="web", at=NOW, given={"fault": "hot"})) is None
    assert follow(signal(**ROUTER), case(), join_open_case=()) == ("new", None, None)


def test_a_message_joins_nothing_by_itself():
    assert follow(Contact(id="c", channel="web", at=NOW), case())[0] == "new"


def test_a_call_about_another_product_is_a_new_case():
    contact = Contact(id="c", channel="phone", form="call", at=NOW, product="router")
    assert follow(contact, case(product="phone"))[0] == "new"
    assert follow(contact, case(product="router"))[0] == "append"
    assert follow(contact, case())[0] == "append"


@pytest.mark.parametrize(
    ("token", "subject", "found"),
    (
        ("[#{case}]", "Re: [#17] and [#18]", ("17", "18")),
        ("[desk #{case}]", "RE: [DESK #A-17] x", ("A-17",)),
        ("#{case}", "see #17, please", ("17",)),
        ("[#{case}]", "[#]", ()),
        (None, "[#17]", ()),
    ),
)
def test_tokens_are_found_in_subjects(token, subject, found):
    assert ThreadPolicy(subject_token=token).cases_in(subject) == found


def test_a_token_for_an_unknown_case_is_passed_over():
    assert follow(mail(("Subject", "[#1] then [#A]")), case()) == ("append", "A", "subject_token")


@pytest.mark.parametrize(
    "options", ({"subject_token": "[#case]"}, {"reopen_within": timedelta(-1)}, {"join_open_case": ["shout"]})
)
def test_a_policy_that_cannot_be_meant_is_refused(options):
    with pytest.raises(InvalidValue):
        ThreadPolicy(**options)


def test_now_needs_a_zone():
    with pytest.raises(NaiveDatetime):
        thread(mail(), Candidates(), policy=ThreadPolicy(), now=datetime(2026, 3, 2))


def test_the_decision_is_explained():
    found = thread(
        mail(("Subject", "[#A]")), Candidates([case(status="closed")]), policy=ThreadPolicy(), now=NOW
    )
    assert found.explain() == "reopen A; subject '[#A]'; it was closed"
    assert thread(mail(), Candidates(), policy=ThreadPolicy(), now=NOW).explain() == "new"
