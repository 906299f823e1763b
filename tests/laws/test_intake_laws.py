"""What holds for every contact, address, number and mail."""

import json
import unicodedata
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from supportkit.cases import Contact, ContactPoint, Customer, Deadline
from supportkit.channels import EmailChannel, ManualChannel, WebFormChannel
from supportkit.errors import ChannelError
from supportkit.intake import (
    AckPolicy,
    Candidates,
    CaseRef,
    PointIndex,
    Recent,
    ThreadPolicy,
    acknowledge,
    compare_emails,
    compare_phones,
    identify,
    normalise_phone,
    parse_email,
    point_key,
    thread,
)
from supportkit.ports import Request
from supportkit.testing.strategies import mails

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

names = st.text("abcdefgh.+-_", min_size=1, max_size=12)
hosts = st.sampled_from(
    ["example.org", "gmail.com", "googlemail.com", "Outlook.com", "bücher.example", "acme.example"]
)
addresses = st.one_of(
    st.builds("{}@{}".format, names, hosts),
    st.sampled_from(["info@acme.example", "Jane <jane@x.org>", "<>", ""]),
    st.text(max_size=20),
)
numbers = st.tuples(
    st.one_of(
        st.from_regex(r"\+?[0-9() -]{4,18}", fullmatch=True),
        st.sampled_from(["+5215512345678", "+551187654321", "+541155554444", "+5491155554444", "withheld"]),
    ),
    st.sampled_from([None, "GB", "DE", "US", "MX", "BR", "AR"]),
)
header_names = st.sampled_from(
    [
        "From",
        "Sender",
        "Return-Path",
        "Auto-Submitted",
        "Precedence",
        "List-Id",
        "X-Auto-Response-Suppress",
        "Reply-To",
        "Subject",
        "Content-Type",
        "Message-ID",
        "References",
        "In-Reply-To",
        "X-Loop",
        "X-Supportkit-Loop",
        "Authentication-Results",
    ]
)
header_values = st.one_of(
    st.sampled_from(
        [
            "no",
            "auto-replied",
            "<>",
            "jane@example.org",
            "support@desk.example",
            "bulk",
            "All",
            "<a@x> <b@x>",
            "multipart/report; report-type=delivery-status",
            "no (c)",
            "[#A]",
        ]
    ),
    st.text(max_size=30),
)
contacts = st.builds(
    Contact,
    id=st.just("m"),
    channel=st.sampled_from(["email", "phone", "web"]),
    form=st.sampled_from(["message", "call", "voicemail", "signal"]),
    at=st.just(NOW),
    headers=st.lists(st.tuples(header_names, header_values), max_size=6),
    points=st.lists(
        st.sampled_from([ContactPoint("email", "jane@example.org"), ContactPoint("phone", "+447700900123")]),
        max_size=2,
    ),
    automated=st.booleans(),
    message_id=st.sampled_from([None, "<a@x>", "<m@x>"]),
    text=st.sampled_from([None, "Thanks!", "It still fails"]),
)
POLICY = AckPolicy(own_addresses=["support@desk.example"], loop_token="desk-1")


@given(contacts, st.booleans(), st.lists(st.integers(0, 200), max_size=12), st.integers(-60, 600))
def test_an_acknowledgement_is_sent_or_says_why_not(contact, again, minutes, due):
    recent = Recent(for_case=int(again), to_sender=[NOW - timedelta(minutes=m) for m in minutes])
    deadline = Deadline("d", "first_response", due=NOW + timedelta(minutes=due))
    answer = acknowledge(contact, policy=POLICY, deadline=deadline, recent=recent, now=NOW)
    assert answer.send == (answer.reason == "human") == (not answer.signs)
    assert answer.send or (answer.clause and answer.promise is None and answer.headers == ())
    assert answer.counts_as_customer == (answer.disposition == "accept")
    assert answer.promise is None or (answer.promise.due == deadline.due > NOW)
    assert not (answer.send and again)


@given(mails(machine=True), st.integers(0, 3))
def test_a_machines_mail_is_never_answered_whatever_else_is_true(mail, again):
    answer = acknowledge(mail, policy=POLICY, recent=Recent(for_case=again), now=mail.at)
    assert not answer.send
    found = thread(mail, Candidates(), policy=ThreadPolicy(), now=mail.at)
    assert found.action == "new"


@given(st.lists(mails(machine=True) | mails(), min_size=2, max_size=6))
def test_two_desks_exchange_at_most_one_answer_for_each_mail_of_a_person(letters):
    """Whatever is written to one desk, its answers go to another desk, whose answers come back to it."""
    desks = [AckPolicy(own_addresses=[f"help@{name}.example"], loop_token=name) for name in ("a", "b")]
    waiting = [(0, mail) for mail in letters]
    sent = 0
    while waiting and sent <= len(letters):
        number, mail = waiting.pop()
        answer = acknowledge(mail, policy=desks[number], now=mail.at)
        if answer.send:
            sent += 1
            headers = (*answer.headers, ("From", desks[number].own_addresses[0]))
            waiting.append((1 - number, Contact(id="a", channel="email", at=mail.at, headers=headers)))
    assert sent <= len(letters)


@given(contacts)
def test_our_own_answer_never_gets_an_answer(contact):
    answer = acknowledge(contact, policy=POLICY, now=NOW)
    echo = Contact(
        id="e", channel="email", at=NOW, headers=[*answer.headers, ("From", "robot@other.example")]
    )
    assert not answer.send or not acknowledge(echo, policy=POLICY, now=NOW).send
    assert not answer.send or not acknowledge(echo, policy=AckPolicy(), now=NOW).send


@given(contacts, header_names, header_values)
def test_what_was_parked_or_a_duplicate_stays_so_with_more_headers(contact, name, value):
    """More evidence can only weigh more, but for From, which replaces what the channel said."""
    before = acknowledge(contact, policy=POLICY, now=NOW)
    more = Contact(
        id="m",
        channel="email",
        at=NOW,
        headers=[*contact.headers, (name, value)],
        automated=contact.automated,
        points=contact.points,
    )
    after = acknowledge(more, policy=POLICY, now=NOW)
    if (
        contact.channel == "email"
        and before.disposition == "accept_without_reopen"
        and name not in {"From", "Return-Path"}
    ):
        assert after.disposition in {"accept_without_reopen", "park"}


@given(addresses, addresses)
def test_comparing_addresses_is_symmetric_and_agrees_with_the_key(a, b):
    result = compare_emails(a, b)
    assert result == compare_emails(b, a)
    one, two = parse_email(a), parse_email(b)
    assert (result in {"same", "shared"}) >= (one is not None and two is not None and one.key == two.key)
    assert (result == "none") == (one is None or two is None)


@given(addresses)
def test_reading_an_address_twice_changes_nothing(raw):
    once = parse_email(raw)
    if once is not None and '"' not in str(once) and "=" not in str(once):
        assert parse_email(str(once)) == once
        assert parse_email(once.key).key == once.key
        assert unicodedata.is_normalized("NFC", str(once))


@given(numbers, numbers)
def test_comparing_numbers_is_symmetric_and_never_guesses(a, b):
    result = compare_phones(a, b)
    assert result == compare_phones(b, a)
    for raw, region in (a, b):
        if region is None and not raw.startswith("+"):
            assert normalise_phone(raw) is None
            assert result == "unknown"


@given(numbers)
def test_a_number_read_is_read_the_same_again(number):
    phone = normalise_phone(number[0], region=number[1])
    if phone is not None:
        assert normalise_phone(phone.e164) == phone
        assert point_key(ContactPoint("phone", number[0], number[1])).value == phone.e164


points = st.builds(
    ContactPoint,
    st.just("email"),
    st.builds("{}@{}".format, st.sampled_from("abc"), st.sampled_from(["x.org", "y.org"])),
)


@given(
    st.lists(points, max_size=3),
    st.lists(
        st.tuples(st.lists(points, max_size=2), st.sampled_from([None, "c0", "c1", "c2"])), max_size=3
    ).map(
        lambda rows: [
            Customer(f"c{n}", found, merged_into=target if target != f"c{n}" else None)
            for n, (found, target) in enumerate(rows)
        ]
    ),
    st.randoms(use_true_random=False),
)
def test_identification_depends_on_no_order_and_names_one_customer_or_none(asked, customers, random):
    result = identify(asked, customers)
    assert (result.customer is not None) == (result.status in {"identified", "probable"})
    assert result.verified is False
    assert not (result.creatable and result.candidates)
    shuffled = random.sample(customers, len(customers))
    again = identify(random.sample(asked, len(asked)), shuffled)
    assert (again.status, again.customer, again.candidates) == (
        result.status,
        result.customer,
        result.candidates,
    )


people = st.lists(st.lists(points, max_size=2), min_size=2, max_size=4).map(
    lambda rows: [Customer(f"c{number}", found) for number, found in enumerate(rows)]
)


@given(st.lists(points, min_size=1, max_size=3), people, st.data())
def test_a_merge_loses_nobody_and_taking_it_back_restores_all(asked, customers, data):
    """Every record that was found leads to the end of its merges; merged and parted again it is as before."""
    gone, stays = data.draw(st.permutations(customers).map(lambda order: order[:2]))
    before = identify(asked, customers)
    merged = [evolve(one, merged_into=stays.id) if one is gone else one for one in customers]
    after = identify(asked, merged)
    assert after.candidates == tuple(
        sorted({stays.id if id_ == gone.id else id_ for id_ in before.candidates})
    )
    assert {one.record or one.customer for one in after.evidence} == {one.customer for one in before.evidence}
    if before.customer is not None:
        assert after.customer == (stays.id if before.customer == gone.id else before.customer)
    assert identify(asked, PointIndex(merged)) == after
    parted = [evolve(one, merged_into=None) for one in merged]
    assert identify(asked, parted) == before


def test_merging_two_of_whom_one_is_meant_names_who_stays():
    shared = ContactPoint("email", "a@x.org")
    both = [Customer("c0", [shared]), Customer("c1", [shared])]
    assert identify([shared], both).status == "ambiguous"
    merged = [evolve(both[0], merged_into="c1"), both[1]]
    found = identify([shared], merged)
    assert (found.status, found.customer) == ("identified", "c1")


cases = st.lists(
    st.builds(
        CaseRef,
        st.sampled_from("ABC"),
        st.sampled_from(["open", "new", "resolved", "closed", "merged"]),
        st.sampled_from([(), ("email:jane@example.org",)]),
        st.sampled_from([None, NOW - timedelta(days=1), NOW - timedelta(days=30)]),
        st.sampled_from([None, "A", "B", "C"]),
    ),
    max_size=3,
    unique_by=lambda case: case.id,
)


@given(
    contacts,
    cases,
    st.dictionaries(st.sampled_from(["a@x", "b@x", "m@x"]), st.sampled_from("ABC"), max_size=3),
    st.booleans(),
)
def test_only_participants_reach_a_case_and_automatic_mail_reopens_nothing(contact, known, messages, thanks):
    policy = ThreadPolicy(
        own_addresses=["support@desk.example"], reopen_within=timedelta(days=7), thanks_reopens=thanks
    )
    found = thread(contact, Candidates(known, messages), policy=policy, now=NOW)
    assert (found.case is not None) == (found.action in {"append", "reopen", "duplicate"})
    if found.matched_by in {"in_reply_to", "references", "subject_token"} and found.case is not None:
        assert any(case.participants for case in known)
    if found.action == "reopen":
        assert acknowledge(contact, policy=AckPolicy(), now=NOW).counts_as_customer
        assert {case.id: case for case in known}[found.case].status in {"resolved", "closed"}


@given(
    st.one_of(
        st.binary(max_size=400),
        st.lists(
            st.sampled_from(
                [
                    b"From: a@x.org\n",
                    b"Content-Type: multipart/mixed; boundary=b\n",
                    b"\n",
                    b"--b\n",
                    b"--b--\n",
                    b"Content-Type: text/html\n",
                    b"Content-Type: message/rfc822\n",
                    b"Content-Transfer-Encoding: base64\n",
                    b"Content-Type: text/plain; charset=utf-7\n",
                    b"Content-Disposition: attachment; filename*=utf-16''%ff\n",
                    b"=?x?q?=\xff\n",
                    b"Date: Mon, 31 Feb 2026 99:99 +9999\n",
                    b"\xff\x00\r",
                    b"Message-ID: <\n",
                    b"hello\n",
                ]
            ),
            max_size=14,
        ).map(b"".join),
    )
)
def test_any_bytes_are_one_contact_or_no_mail_at_all(data):
    try:
        contacts = EmailChannel().parse(data)
    except ChannelError:
        assert not data.strip()
    else:
        assert len(contacts) == 1
        (contact,) = contacts
        assert "\x00" not in (contact.text or "") + "".join(value for _, value in contact.headers)
        acknowledge(contact, policy=POLICY, now=NOW)
        thread(contact, Candidates(), policy=ThreadPolicy(), now=NOW)


plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)
fields = st.sampled_from(
    [
        "channel",
        "form",
        "phone",
        "email",
        "text",
        "points",
        "at",
        "given",
        "reach",
        "key",
        "region",
        "message",
        "oops",
    ]
)


@given(
    st.dictionaries(
        fields,
        st.one_of(plain, st.sampled_from(["letter", "phone", "call", "2026-03-02T10:00:00Z"])),
        max_size=5,
    )
)
def test_entries_and_forms_are_read_or_refused_with_a_channel_error(values):
    for read in (lambda: ManualChannel().parse(values), lambda: WebFormChannel().parse(_json(values))):
        with suppress(ChannelError):
            assert len(read()) == 1


def _json(values):
    return Request(headers={"Content-Type": "application/json"}, body=json.dumps(values).encode())
