"""Rows of the tables as values of the ports, and events as rows."""

from __future__ import annotations

from typing import Any

import attrs

from supportkit.canonical import dumps, loads
from supportkit.cases import Event
from supportkit.cases.payloads import read_payload
from supportkit.ports import AgentRow, CaseRow, OutboxRow
from supportkit.storage.sql.instants import from_micros, maybe_from_micros, micros

__all__ = [
    "AGENT_COLUMNS",
    "CASE_COLUMNS",
    "CASE_TABLES",
    "EVENT_COLUMNS",
    "OUTBOX_COLUMNS",
    "agent_of",
    "case_of",
    "event_of",
    "event_values",
    "outbox_of",
]

CASE_COLUMNS = """c.ref, p.ref, c.version, c.fold_v, c.epoch, c.open, c.status, a.ref, c.last_at, c.due_at,
    c.match_at, c.sig, c.sort_key, c.merged_into, c.fails, c.snapshot"""
CASE_TABLES = """sk_case c LEFT JOIN sk_party p ON p.party_no = c.party_no
    LEFT JOIN sk_agent a ON a.agent_no = c.owner_no"""
EVENT_COLUMNS = "stream, seq, kind, v, at, actor, cause, data"
AGENT_COLUMNS = "ref, presence, loads, idle_since, last_assigned, match_at"
OUTBOX_COLUMNS = "o.out_no, o.dedupe, c.ref, o.dest, o.state, o.tries, o.channel, o.provider_id, o.reason"

# What an event says beyond its columns and its payload, unless it is the usual.
_SAID = tuple(
    (a.name, a.default)
    for a in attrs.fields(Event)
    if a.name not in {"stream", "seq", "at", "kind", "payload", "actor", "caused_by"}
)


def case_of(row: Any) -> CaseRow:
    """Return a case from its `CASE_COLUMNS`."""
    (
        ref,
        party,
        version,
        fold,
        epoch,
        is_open,
        status,
        owner,
        last,
        due,
        match,
        sig,
        key,
        merged,
        fails,
        snap,
    ) = row
    return CaseRow(
        ref=ref,
        party=party,
        version=version,
        fold_version=fold,
        epoch=epoch,
        open=bool(is_open),
        status=status,
        owner=owner,
        last_at=maybe_from_micros(last),
        due_at=maybe_from_micros(due),
        match_at=maybe_from_micros(match),
        signature=sig,
        sort_key=key,
        merged_into=merged,
        fails=fails,
        snapshot=snap,
    )


def event_values(event: Event) -> tuple[str, int, str, int, int, str | None, str | None, str]:
    """Return an event as the values of its `EVENT_COLUMNS`."""
    data = event.payload.to_plain()
    version = data.pop("v")
    said = {name: value for name, usual in _SAID if (value := getattr(event, name)) != usual}
    text = dumps({"data": data, **said}).decode()
    return (
        event.stream,
        event.seq,
        event.kind,
        version,
        micros(event.at),
        event.actor,
        event.caused_by,
        text,
    )


def event_of(row: Any) -> Event:
    """Return an event from its `EVENT_COLUMNS`, lifted to today's payload version."""
    stream, seq, kind, version, at, actor, cause, text = row
    said = loads(text)
    return Event(
        stream=stream,
        seq=seq,
        at=from_micros(at),
        kind=kind,
        payload=read_payload(kind, {**said.pop("data"), "v": version}),
        actor=actor,
        caused_by=cause,
        **said,
    )


def agent_of(row: Any) -> AgentRow:
    """Return an agent from their `AGENT_COLUMNS`."""
    ref, presence, loads_text, idle_since, last_assigned, match_at = row
    return AgentRow(
        ref=ref,
        presence=presence,
        load=loads(loads_text),
        idle_since=maybe_from_micros(idle_since),
        last_assigned=maybe_from_micros(last_assigned),
        match_at=maybe_from_micros(match_at),
    )


def outbox_of(row: Any) -> OutboxRow:
    """Return an outbox row from its `OUTBOX_COLUMNS`."""
    number, dedupe, case, to, state, tries, channel, provider_id, reason = row
    return OutboxRow(
        number=number,
        dedupe=dedupe,
        case=case,
        to=to or "",
        state=state,
        tries=tries,
        channel=channel or "",
        provider_id=provider_id,
        reason=reason,
    )
