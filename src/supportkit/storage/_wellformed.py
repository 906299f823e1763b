"""What must hold of a commit before any store looks at its tables; breaking it is a mistake, not a race."""

from __future__ import annotations

from collections.abc import Callable

from supportkit.errors import InvalidValue
from supportkit.ports import CaseChange, Commit

__all__ = ["Spans", "case_stream", "cases_named", "check_merges", "check_next", "spans_of"]

Spans = dict[str, tuple[int, int]]


def case_stream(ref: str) -> str:
    """Return the name of a case's stream."""
    return f"case:{ref}"


def spans_of(commit: Commit) -> Spans:
    """Return the first and last seq that the commit gives to each stream.

    Raises InvalidValue when a stream has a gap, when the events of a case and its row do not go together,
    when a seat belongs to a case that the commit does not change, or when a message has no dedupe key.
    """
    spans = _contiguous(commit)
    refs = {change.row.ref for change in commit.cases}
    if len(refs) != len(commit.cases):
        raise InvalidValue(f"a commit changes each case once; it has rows for {_named(commit.cases)}")
    for change in commit.cases:
        _check_case(change, spans.get(case_stream(change.row.ref)))
    for stream in spans:
        if stream.startswith("case:") and stream[5:] not in refs:
            raise InvalidValue(f"events of stream {stream!r} come without the CaseChange that goes with them")
    _check_parts(commit, refs)
    return spans


def check_next(stream: str, first: int, last: int) -> bool:
    """Tell whether `first` follows the stored `last`; raises InvalidValue when it would leave a gap."""
    if first > last + 1:
        raise InvalidValue(f"stream {stream!r} ends at {last}, so its next event is {last + 1}, not {first}")
    return first == last + 1


def check_merges(commit: Commit, merged_into: Callable[[str], str | None]) -> None:
    """Raise InvalidValue when parties would be merged in a circle; `merged_into` tells the stored merges."""
    merges = {change.ref: change.merged_into for change in commit.parties}
    for start, into in merges.items():
        ref = into
        while ref is not None:
            if ref == start:
                raise InvalidValue(f"party {start!r} would be merged into itself; unmerge first")
            ref = merges[ref] if ref in merges else merged_into(ref)


def cases_named(commit: Commit) -> set[str]:
    """Return the refs of cases that the commit leans on without changing them."""
    named = {key.case for key in commit.threads} | {message.case for message in commit.outbox if message.case}
    return named - {change.row.ref for change in commit.cases}


def _contiguous(commit: Commit) -> Spans:
    spans: Spans = {}
    for event in commit.events:
        stream, seq = event.stream, event.seq
        first, last = spans.get(stream, (seq, seq - 1))
        if not stream or seq != last + 1 or first < 1:
            raise InvalidValue(
                f"event {event.kind!r} stands at {stream or '(no stream)'}#{seq}; "
                "place events with Event.placed(stream, seq), seq from 1 and without gaps",
            )
        spans[stream] = (first, seq)
    return spans


def _check_case(change: CaseChange, span: tuple[int, int] | None) -> None:
    first, last = span or (change.expected + 1, change.expected)
    version = change.row.version
    if abs(change.row.sort_key or 0) >= 2**63:
        raise InvalidValue(
            f"sort_key={change.row.sort_key} of case {change.row.ref!r} does not fit into 64 bits"
        )
    if version < 1 or first != change.expected + 1 or last != version:
        raise InvalidValue(
            f"case {change.row.ref!r} goes from version {change.expected} to {version}, but its events are "
            f"{first}..{last}; a case's version is the seq of its last event",
        )


def _check_parts(commit: Commit, refs: set[str]) -> None:
    seats = {(seat.case, seat.role) for seat in commit.taken}
    if len(seats) != len(commit.taken):
        raise InvalidValue("a commit takes each seat (case and role) once")
    for case, role in seats:
        if case not in refs:
            raise InvalidValue(f"seat {role!r} of case {case!r} comes without a CaseChange of that case")
    for message in commit.outbox:
        if not message.dedupe:
            raise InvalidValue(f"the message to {message.to!r} has no dedupe key, so it could be sent twice")


def _named(changes: tuple[CaseChange, ...]) -> str:
    return ", ".join(repr(change.row.ref) for change in changes)
