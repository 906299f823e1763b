"""A situation without a store: for hosts that keep cases in their own tables and only want decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from supportkit.calendars import Rotation
from supportkit.canonical import derived_id
from supportkit.cases import Agent, Contact, Customer, Event
from supportkit.desk.recovery.amends import Amends
from supportkit.intake import Threading, identify
from supportkit.ports import Body, CaseRow, ChannelInfo, PartyRow, Seat, Situation

__all__ = ["situate"]


def situate(
    *,
    case: CaseRow | str | None = None,
    contact: Contact | None = None,
    customer: Customer | None = None,
    agents: Sequence[Agent] | None = None,
    rotations: Mapping[str, Rotation] | None = None,
    seats: Iterable[Seat] = (),
    channels: Iterable[ChannelInfo] = (),
    bodies: Iterable[Body] = (),
    open_cases: int | None = None,
    others: Iterable[CaseRow | str] = (),
    line: Iterable[CaseRow | str] | None = None,
    turns: Mapping[str, datetime] | None = None,
    log: Iterable[Event] = (),
    amends: Amends | None = None,
    parties: Iterable[PartyRow] = (),
    seqs: Mapping[str, int] | None = None,
    desk: str = "default",
) -> Situation:
    """Return the situation for `decide`, from what the host keeps itself.

    `case` is the case the command is about, as the last commit left it: ``commit.case``, or the text of
    ``commit.case.to_json()``; None for a contact that opens one. The host knows to which case a `contact`
    belongs, so it joins that one (and reopens it when it is closed). `customer` is who sent it, as far as
    that is known, `open_cases` how many others of theirs are open (None: unknown). `agents` are those who
    may be asked, with presence and load; None leaves finding people to the host; `rotations` say who is on
    call. `channels` are the ways to answer by, `bodies` the stored texts that a reply refers to
    (``commit.bodies``). `others` are the cases that a command names beside its own (a merge), as `case`,
    `parties` the customers that a command is about, with their merges. `seqs` is the number of the last event
    in other streams than the case's. `log` are the case's events and `amends` what was given before, for
    commands that make something good. `line` are the cases that wait, for a policy that estimates waits
    (None: unknown, and nothing is said), `turns` when each agent was last given work of the case's queue and
    channel, for one that goes by turns.

    >>> from datetime import UTC, datetime
    >>> from supportkit import Policy
    >>> from supportkit.desk import commands, decide, situate
    >>> nine, policy = datetime(2026, 7, 1, 9, tzinfo=UTC), Policy.from_dict({})
    >>> first = Contact(id="m1", channel="chat", at=nine, text="Help!")
    >>> commit = decide(policy, situate(contact=first), commands.Receive(contact=first), now=nine)
    >>> column = commit.case.to_json()  # the host's own column
    >>> note = commands.Note(actor="agent:ann", text="Called back")
    >>> decide(policy, situate(case=column), note, now=nine).events[-1].kind
    'contact.noted'
    """
    row = None if case is None else _row(case)
    found = None if contact is None else identify(contact.points, () if customer is None else (customer,))
    return Situation(
        desk=desk,
        row=row,
        rows=tuple(map(_row, others)),
        line=None if line is None else tuple(map(_row, line)),
        turns=dict(turns or {}),
        log=tuple(log),
        amends=amends,
        parties={party.ref: party for party in parties},
        seats=tuple(seats),
        agents=tuple(agents or ()),
        rotations=dict(rotations or {}),
        routed=agents is not None,
        party=_party(row, contact, customer, desk),
        customer=customer,
        identification=found,
        threading=None if contact is None else _threading(row),
        bodies={body.ref: body for body in bodies},
        open_cases=open_cases,
        channels=tuple(channels),
        seqs=dict(seqs or {}),
    )


def _row(case: CaseRow | str) -> CaseRow:
    return CaseRow.from_json(case) if isinstance(case, str) else case


def _party(row: CaseRow | None, contact: Contact | None, customer: Customer | None, desk: str) -> str | None:
    if row is not None:
        return row.party
    if customer is not None:
        return customer.id
    return None if contact is None else derived_id("party", desk, contact.channel_name, contact.id)


def _threading(row: CaseRow | None) -> Threading:
    if row is None:
        return Threading("new")
    return Threading("append" if row.open else "reopen", case=row.ref, matched_by="host")
