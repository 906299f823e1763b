"""A host that keeps its cases in a column of its own gets the very events that a desk would have written."""

import json
from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from office import MONDAY, PEOPLE, POLICY, Clock
from supportkit import Desk, Policy
from supportkit.cases import Contact, ContactPoint
from supportkit.channels import MemoryChannel
from supportkit.desk import Customers, commands, decide, situate
from supportkit.errors import CommandRefused, InvalidValue
from supportkit.ports import CaseRow, ChannelInfo

BOUGHT = POLICY | {"threading": {"join_open_case": ["message"]}}
LIMITED = BOUGHT | {"acknowledgement": {"own_addresses": ["help@desk.example"]}}
TURNS = st.lists(
    st.tuples(
        st.sampled_from(["write", "note", "hold", "resume", "manager", "resolve", "reopen", "wait"]),
        st.integers(0, 30 * 3600),
    ),
    max_size=6,
)


def message(number, at):
    return Contact(
        id=f"m{number}", channel="email", channel_name="mail", at=at, text="No signal", sender="jo@example.org",
        points=[ContactPoint("email", "jo@example.org")], message_id=f"<m{number}@example.org>",
    )  # fmt: skip


COMMANDS = {
    "note": commands.Note(actor="agent:ann", text="Looked"),
    "hold": commands.Hold(actor="agent:ann"),
    "resume": commands.Resume(actor="agent:ann"),
    "manager": commands.RequestManager(actor="customer", reason="three weeks"),
    "resolve": commands.Resolve(actor="agent:ann", outcome="fixed", code="line"),
    "reopen": commands.Reopen(actor="agent:ann"),
}


def without_match(event):
    """A desk found the case by itself, a host knew it: all else is the same."""
    if event.kind == "contact.received":
        return evolve(event, payload=evolve(event.payload, matched_by=None))
    return event


class Host:
    """A case as one column of JSON, and nothing else."""

    def __init__(self, policy):
        self.policy, self.column, self.events = policy, None, []

    def do(self, command, *, now, **known):
        situation = situate(case=self.column, channels=[ChannelInfo("mail", "email")], **known)
        try:
            commit = decide(self.policy, situation, command, now=now)
        except CommandRefused as refused:
            return refused.code
        self.column = json.dumps(json.loads(commit.case.to_json()))
        self.events += [event for event in commit.events if event.stream.startswith("case:")]
        return None

    def write(self, contact):
        self.do(
            commands.Receive(contact=contact),
            now=contact.at,
            contact=contact,
            customer=PEOPLE[0],
            open_cases=0,
        )


@given(TURNS)
def test_a_host_with_its_own_column_gets_the_events_of_a_desk(turns):
    policy, clock = Policy.from_dict(LIMITED), Clock()
    desk = Desk(
        policy, channels=[MemoryChannel("mail", kind="email")], customers=Customers(PEOPLE), clock=clock
    )
    host, case_id = Host(policy), desk.receive("mail", message(0, MONDAY)).contacts[0].case_id
    host.write(message(0, MONDAY))
    for number, (turn, seconds) in enumerate(turns, 1):
        clock.pass_(seconds=seconds)
        if turn == "write":
            if not desk.case(case_id).is_open:
                continue  # which case a new message belongs to is the host's own business
            desk.receive("mail", message(number, clock()))
            host.write(message(number, clock()))
        elif turn == "wait":
            desk.tick()
            if (due := CaseRow.from_json(host.column).due_at) is not None and due <= clock():
                host.do(commands.Advance(), now=clock())
        else:
            refused = None
            try:
                desk._do(case_id, COMMANDS[turn], None, None)
            except CommandRefused as error:
                refused = error.code
            assert host.do(COMMANDS[turn], now=clock()) == refused
    assert list(map(without_match, host.events)) == list(map(without_match, desk.history(case_id)))


def test_the_column_holds_neither_texts_nor_addresses():
    host = Host(Policy.from_dict(LIMITED))
    host.write(message(0, MONDAY))
    assert json.loads(host.column)["version"] == len(host.events)
    assert not any(word in host.column for word in ("jo@example.org", "No signal"))


@pytest.mark.parametrize(
    "text", ("", "{}", "[]", '{"ref": 1, "snapshot": {}, "colour": "red"}', '{"snapshot": {}}')
)
def test_what_is_no_case_is_refused(text):
    with pytest.raises(InvalidValue, match=r"this is no case as CaseRow.to_json\(\) writes it"):
        situate(case=text)


def test_the_host_says_to_which_case_a_contact_belongs_and_a_closed_one_opens_again():
    policy = Policy.from_dict(LIMITED)
    host, later = Host(policy), MONDAY + timedelta(hours=1)
    host.write(message(0, MONDAY))
    host.do(COMMANDS["resolve"], now=later)
    host.write(message(1, later + timedelta(hours=1)))
    assert "case.reopened" in [event.kind for event in host.events]
