"""83 real mails through a desk, what their clients send back, and two desks that write to each other."""

import random
import re
from collections import Counter
from email import message_from_bytes
from pathlib import Path

import mails
import pytest

from office import POLICY, Clock
from supportkit import Desk, Policy
from supportkit.channels import EmailChannel, FolderTransport
from supportkit.errors import ChannelError
from supportkit.intake import ReplyTokens, read_bounce

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "mail.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def files(support_data):
    return sorted((support_data / "mail").glob("*/*.eml"))


@pytest.fixture(scope="module")
def taken(files, tmp_path_factory):
    outgoing = tmp_path_factory.mktemp("outgoing")
    desk = mails.open_desk(outgoing)
    found = list(mails.take_in(desk, files))
    desk.deliver()
    return found, desk, [message_from_bytes(file.read_bytes()) for file in outgoing.iterdir()]


def test_the_table_of_the_guide_is_what_a_desk_does(taken):
    assert mails.table(taken[0]) in GUIDE


def test_only_people_are_answered_and_each_silence_says_why(taken):
    found, *_ = taken
    answered = Counter(one.kind for one in found if one.answered)
    assert answered == {"malformed": 5, "odd_encoding": 4, "ordinary": 13, "reply": 11}
    assert all(one.reason for one in found if not one.answered and one.action != "duplicate")
    assert [(one.name, one.reason, one.clause) for one in found if one.case and one.reason] == [
        ("talon_sparrow", "sender_rate_limit", "policy: per_sender")
    ]


def test_what_is_kept_apart_is_in_the_desks_own_log_with_its_words(taken):
    found, desk, _ = taken
    with desk._reader() as reader:
        kept = [event for event in reader.events("desk:default") if event.kind.startswith("contact.")]
    apart = [one for one in found if one.action in {"park", "quarantine"}]
    assert len(kept) == len(apart) == 45
    assert Counter(event.reason for event in kept) == Counter(one.reason for one in apart)
    assert all(desk.text(event.payload.body) for event in kept)


def test_every_answer_is_marked_and_names_the_promised_time(taken):
    _, _, sent = taken
    assert len(sent) == 33
    for mail in sent:
        assert (mail["Return-Path"], mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == (
            "<>",
            "auto-replied",
            "All",
        )
        assert mail["X-Supportkit-Loop"] == "larkwood"
        assert "Europe/London" in mail.get_payload(decode=True).decode()


def test_what_real_clients_send_back_joins_the_case_that_it_answers(files, tmp_path):
    clock = Clock()
    desk = mails.open_desk(tmp_path, clock=clock)
    for file in (file for file in files if file.parent.name == "reply"):
        head = re.sub(
            rb"(?im)^(message-id|in-reply-to|references):.*\n(?:[ \t].*\n)*", b"", file.read_bytes()
        )
        first = desk.receive("email", b"Message-ID: <first-" + file.stem.encode() + b"@x>\n" + head).contacts[
            0
        ]
        assert first.action == "new"
        desk.deliver()
        (ours,) = [row for row in desk.outbox if row.case == first.case_id]
        answer = f"Message-ID: <back-{file.stem}@x>\nIn-Reply-To: {desk.message_id(ours.number)}\n".encode()
        back = desk.receive("email", answer + head).contacts[0]
        assert (back.action, back.case_id) == ("append", first.case_id)
        clock.pass_(days=2)


@pytest.mark.parametrize("seed", range(3))
def test_damaged_mails_never_raise_anything_but_that_there_is_no_mail(files, tmp_path, seed):
    desk, draw = mails.open_desk(tmp_path), random.Random(seed)
    for file in files:
        data = bytearray(file.read_bytes())
        for _ in range(draw.randrange(1, 12)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        cut = bytes(data[: draw.randrange(len(data))])
        if not cut.strip():
            with pytest.raises(ChannelError, match="empty"):
                desk.receive("email", cut)
        else:
            (receipt,) = desk.receive("email", cut).contacts
            assert receipt.case_id or receipt.reason or receipt.duplicate


# -- loops --------------------------------------------------------------------------------------------


def open_desk(folder, address, clock, **acknowledgement):
    rules = {"own_addresses": [address], "per_sender": "3 in 1 day", **acknowledgement}
    channel = EmailChannel(FolderTransport(folder, address=address, clock=clock))
    return Desk(Policy.from_dict(POLICY | {"acknowledgement": rules}), channels=[channel], clock=clock)


def carried(desk, folder, seen):
    """Let a desk send what waits; return the mails that were not carried before."""
    desk.deliver()
    files = sorted(set(folder.glob("*.eml")) - seen)
    seen.update(files)
    return [file.read_bytes() for file in files]


@pytest.fixture
def two_desks(tmp_path):
    clock = Clock()
    names = ("north", "south")
    return [
        (open_desk(tmp_path / name, f"help@{name}.example", clock), tmp_path / name, set()) for name in names
    ]


def test_two_desks_that_write_to_each_other_settle_after_one_message(two_desks):
    """A person at one desk writes to the other: its acknowledgement comes back, and there it ends."""
    (north, north_out, north_seen), (south, south_out, south_seen) = two_desks
    north.receive(
        "email", b"From: help@south.example\nMessage-ID: <one@south.example>\n\nDo you have spare parts?"
    )
    (acknowledgement,) = carried(north, north_out, north_seen)
    receipt = south.receive("email", acknowledgement).contacts[0]
    assert (receipt.action, receipt.case_id) == ("park", None)
    assert carried(south, south_out, south_seen) == []
    assert carried(north, north_out, north_seen) == []


def test_a_robot_that_marks_nothing_is_answered_no_more_than_the_limit_says(two_desks):
    (desk, out, seen), _ = two_desks
    rounds = 0
    letters = [
        b"From: shop@robot.example\nMessage-ID: <0@robot.example>\nSubject: Order\n\nThank you for your order."
    ]
    while letters and rounds < 50:
        rounds += 1
        desk.receive("email", letters.pop())
        letters += [
            re.sub(rb"(?s)^.*", b"From: shop@robot.example\nMessage-ID: <%d@robot.example>\n\nThank you." % rounds, one, count=1)
            for one in carried(desk, out, seen)
        ]  # fmt: skip
    assert (rounds, len(seen)) == (4, 3)


def test_the_same_desk_is_not_answered_when_a_rule_turns_its_mail_round(two_desks):
    (desk, out, seen), _ = two_desks
    desk.receive("email", b"From: jo@example.org\nMessage-ID: <one@example.org>\n\nHello")
    (acknowledgement,) = carried(desk, out, seen)
    back = acknowledgement.replace(b"Auto-Submitted: auto-replied\r\n", b"").replace(
        b"Return-Path: <>\r\n", b""
    )
    receipt = desk.receive("email", back.replace(b"Message-ID: <", b"Message-ID: <again-")).contacts[0]
    assert (receipt.action, receipt.reason) == ("park", "own_address")
    assert carried(desk, out, seen) == []


# -- addresses that lead back, mail that does not arrive ---------------------------------------------


@pytest.fixture
def signing(tmp_path):
    """A desk whose answers have an address of their own to reply to, and where it puts them."""
    clock = Clock()
    transport = FolderTransport(tmp_path, address="help@desk.example", clock=clock)
    tokens = ReplyTokens("help@desk.example", secrets="only for this test")
    channel = EmailChannel(transport, reply_tokens=tokens)
    return Desk(Policy.from_dict(POLICY), channels=[channel], clock=clock), tmp_path


def asked(desk, out, *, sender="jo@example.org"):
    """Let somebody write; return the case and our answer."""
    case = desk.receive("email", f"From: {sender}\nMessage-ID: <one@example.org>\n\nHello".encode()).contacts[
        0
    ]
    (acknowledgement,) = carried(desk, out, set())
    return case.case_id, message_from_bytes(acknowledgement)


def test_whoever_holds_the_reply_address_may_write_to_the_case(signing):
    desk, out = signing
    case, ours = asked(desk, out)
    letter = f"From: boss@example.net\nTo: {ours['Reply-To']}\nMessage-ID: <two@x>\n\nMy colleague is away."
    joined = desk.receive("email", letter.encode()).contacts[0]
    assert (joined.action, joined.case_id) == ("append", case)
    forged = letter.replace("help+case-", "help+case-0").replace("<two@x>", "<three@x>")
    assert desk.receive("email", forged.encode()).contacts[0].action == "new"


def test_a_solved_case_is_opened_again_by_its_reply_address(signing):
    desk, out = signing
    case, ours = asked(desk, out)
    desk.assign(case, agent="ann", by="ann")
    desk.resolve(case, by="ann", outcome="solved", code="x")
    letter = f"From: boss@example.net\nTo: {ours['Reply-To']}\nMessage-ID: <two@x>\n\nIt is not solved."
    assert desk.receive("email", letter.encode()).contacts[0].action == "reopen"


def test_a_reply_address_leads_to_the_end_of_merges(signing):
    desk, out = signing
    case, ours = asked(desk, out)
    other = desk.receive("email", b"From: max@example.org\nMessage-ID: <m@x>\n\nHello").contacts[0].case_id
    desk.merge(case, into=other, by="ann", reason="the same matter")
    desk.assign(other, agent="ann", by="ann")
    desk.resolve(other, by="ann", outcome="solved", code="x")
    letter = f"From: boss@example.net\nTo: {ours['Reply-To']}\nMessage-ID: <two@x>\n\nAny news?"
    joined = desk.receive("email", letter.encode()).contacts[0]
    assert (joined.action, joined.case_id) == ("reopen", other)


def test_without_the_address_the_stranger_is_kept_apart(signing):
    desk, out = signing
    _, ours = asked(desk, out)
    letter = f"From: boss@example.net\nTo: help@desk.example\nIn-Reply-To: {ours['Message-ID']}\n\nLet me in."
    kept = desk.receive("email", letter.encode()).contacts[0]
    assert (kept.action, kept.case_id) == ("quarantine", None)


def test_a_bounce_says_in_the_case_that_our_answer_did_not_arrive(signing):
    desk, out = signing
    case, _ = asked(desk, out)
    desk.reply(case, text="Try turning it off and on.", by="ann")
    desk.deliver()
    number = [row.number for row in desk.outbox if row.case == case][-1]
    bounce = (
        "From: MAILER-DAEMON@mx.example\nTo: help@desk.example\nMessage-ID: <b@mx.example>\n"
        "X-Failed-Recipients: jo@example.org\n\n550 5.1.1 User unknown\n\nReceived: from desk\n"
        f"Message-ID: {desk.message_id(number)}\n"
    )
    receipt = desk.receive("email", bounce.encode())
    assert [update.state for update in receipt.updates] == ["failed"]
    assert receipt.updates[0].recorded
    assert receipt.contacts[0].action == "park"
    (told,) = [event for event in desk.history(case) if event.kind == "delivery.updated"]
    assert (told.payload.state, told.reason) == ("failed", "5.1.1 (address)")
    assert [row.state for row in desk.outbox if row.number == number] == ["failed"]


def test_almost_all_real_bounces_name_their_recipient(files):
    bounces = [file for file in files if file.parent.name == "bounce"]
    read = {file.stem: read_bounce(EmailChannel().parse(file.read_bytes())[0]) for file in bounces}
    assert sum(found is not None for found in read.values()) == 30
    assert sum(found is not None and found.message_id is not None for found in read.values()) == 24
    assert Counter(one.permanent for found in read.values() if found for one in found.failures) == {
        True: 37,
        False: 1,
    }
    assert read["sisimai_lhost-postfix-01"].failures[0].address == "kijitora@example.org"
    assert read["sisimai_lhost-dragonfly-01"] is None  # it was sent to the address that it names


def test_mail_of_people_is_never_taken_for_a_bounce(files):
    people = [
        file for file in files if file.parent.name in {"ordinary", "reply", "malformed", "odd_encoding"}
    ]
    assert not any(read_bounce(EmailChannel().parse(file.read_bytes())[0]) for file in people)
