"""Whether customers reach us and we reach them: silent channels, failing addresses, people without others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from supportkit.canonical import decode
from supportkit.cases import ContactPoint, Event
from supportkit.desk.case_file import CaseFile
from supportkit.desk.contacts.receiving import inbound_by
from supportkit.desk.worker import Worker
from supportkit.errors import NoOpenTime
from supportkit.intake import point_text
from supportkit.policy import Policy
from supportkit.ports import ChannelInfo, OutboxRow, Reader

__all__ = [
    "FailingPoint",
    "Reach",
    "Unreachable",
    "failed_to",
    "reach_faults",
    "reach_of",
    "silent_channels",
]

_FINAL = frozenset({"failed", "delivered", "read"})


@frozen
class FailingPoint:
    """An address that our last message did not reach: whose, since when, and what was said of it."""

    customer: str
    address: str
    since: datetime
    reason: str | None = None


@frozen
class Unreachable:
    """A customer with open cases whom no message of ours can reach: `failing` says whether it was tried."""

    customer: str
    cases: tuple[str, ...]
    failing: tuple[FailingPoint, ...] = ()


@frozen
class Reach:
    """Whom the desk reaches, among the customers with open cases."""

    failing: tuple[FailingPoint, ...] = ()
    unreachable: tuple[Unreachable, ...] = ()


def reach_of(worker: Worker) -> Reach:
    """Look at every customer with an open case: which of their addresses fail, and who has no other.

    An address fails when the last word on a message to it was that it failed for good, and the customer has
    not been in touch since. Numbers count as long as they do not fail: people can be called. A desk that
    sends nothing reaches nobody itself, and says nothing about it.
    """
    kinds = _reaching(worker.channels)
    if not kinds:
        return Reach()
    with worker.reading() as reader:
        failed = failed_to(reader.outbox())
        looked = [
            _looked(worker, reader, party, files, failed) for party, files in _open_cases(reader).items()
        ]
    return Reach(
        failing=tuple(point for each in looked for point in each.failing),
        unreachable=tuple(
            Unreachable(each.party, each.cases, each.failing) for each in looked if not each.usable(kinds)
        ),
    )


def _open_cases(reader: Reader) -> dict[str, list[CaseFile]]:
    """Return the open cases by customer, merges followed."""
    found: dict[str, list[CaseFile]] = {}
    for row in reader.cases(open_only=True):
        party = None if row.party is None else reader.party(row.party)
        if party is not None:
            found.setdefault(party.root, []).append(CaseFile.from_bytes(row.snapshot))
    return dict(sorted(found.items()))


def failed_to(messages: Iterable[OutboxRow]) -> dict[str, OutboxRow]:
    """Return by address the last message that failed, unless a later one is known to have arrived."""
    found: dict[str, OutboxRow] = {}
    for message in messages:
        if message.state in _FINAL:
            found.pop(_bare(message.to), None)
            if message.state == "failed":
                found[_bare(message.to)] = message
    return found


def _bare(address: str) -> str:
    return address.strip().lower()


@frozen
class _Looked:
    """One customer: their open cases, their points, and those of them that fail."""

    party: str
    cases: tuple[str, ...]
    points: tuple[ContactPoint, ...]
    failing: tuple[FailingPoint, ...]

    def usable(self, kinds: frozenset[str]) -> bool:
        """Whether any point is left that could be used."""
        broken = {_bare(point.address) for point in self.failing}
        left = (p for p in self.points if p.kind in kinds and _bare(p.value) not in broken)
        return any(point_text(point) is not None for point in left)


def _looked(
    worker: Worker, reader: Reader, party: str, files: Sequence[CaseFile], failed: Mapping[str, OutboxRow]
) -> _Looked:
    customer = None if worker.customers is None else worker.customers.customer(party)
    points = tuple(dict.fromkeys([*(customer.points if customer else ()), *_written(reader, files)]))
    words = [failed[_bare(point.value)] for point in points if _bare(point.value) in failed]
    heard = max((at for file in files if (at := file.case.last_contact_at) is not None), default=None)
    told = (_failing(reader, party, word) for word in dict.fromkeys(words))
    failing = tuple(one for one in told if one is not None and (heard is None or heard <= one.since))
    return _Looked(party, tuple(file.case.id for file in files), points, failing)


def _written(reader: Reader, files: Iterable[CaseFile]) -> Iterator[ContactPoint]:
    """Return the points that the customer's latest contacts came from, as far as their texts are kept."""
    for file in files:
        body = None if file.contact is None else reader.body(file.contact)
        for point in () if body is None else decode(body.data).get("points", ()):
            yield ContactPoint(*point)


def _failing(reader: Reader, party: str, message: OutboxRow) -> FailingPoint | None:
    """Find in its case since when a message is known to have failed."""
    events = () if message.case is None else reader.events(f"case:{message.case}")
    told = [e for e in events if e.kind == "delivery.updated" and _is_about(e, message)]
    return FailingPoint(party, message.to, told[-1].at, told[-1].reason) if told else None


def _is_about(event: Event, message: OutboxRow) -> bool:
    said: Any = event.payload
    return (said.state, said.outbound) == ("failed", message.dedupe)


def _reaching(channels: Iterable[ChannelInfo]) -> frozenset[str]:
    """Return the kinds of points by which somebody can be reached; none for a desk that sends nothing."""
    kinds = {channel.kind for channel in channels if channel.sends}
    if not kinds:
        return frozenset()
    other = {"handle", "account"} if kinds - {"email", "phone"} else set()
    return frozenset({"phone"} | ({"email"} & kinds) | other)


def silent_channels(worker: Worker, *, now: datetime) -> tuple[str, ...]:
    """Return the channels that were silent for longer than the policy allows, by name.

    A channel that the desk does not have is silent. A new desk has as long as any channel.
    """
    watched = worker.policy.channels
    if not watched:
        return ()
    with worker.transaction() as tx:
        row = tx.policy()
        born = None if row is None or row.epoch > 1 else row.activated_at
        since = {name: _longest_silence(worker.policy, name, now=now) for name in watched}
        return tuple(
            name
            for name, at in since.items()
            if at is not None and (born is None or born <= at) and not tx.counted(inbound_by(name), since=at)
        )


def _longest_silence(policy: Policy, name: str, *, now: datetime) -> datetime | None:
    watched = policy.channels[name]
    try:
        return policy.calendars[watched.calendar].subtract(now, watched.silent_after)
    except NoOpenTime:
        return None  # never open: nothing has to come in


def reach_faults(worker: Worker, *, now: datetime) -> tuple[tuple[str, str], ...]:
    """Return what is wrong as (code, subject): ``channel_silent`` and ``customer_unreachable``."""
    silent = (("channel_silent", name) for name in silent_channels(worker, now=now))
    lost = (("customer_unreachable", one.customer) for one in reach_of(worker).unreachable)
    return (*silent, *lost)
