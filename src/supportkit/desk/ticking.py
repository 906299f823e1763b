"""Ticks and deliveries: what happens by itself, in small batches, one broken case delaying nobody."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from attrs import evolve

from supportkit.cases import Event, fold
from supportkit.desk.case_file import CaseFile
from supportkit.desk.commands import RecordDelivery
from supportkit.desk.escalation.noticing import Parcel, free_at, parcels, remember
from supportkit.desk.receipt import DeliveryReport, TickReport
from supportkit.desk.routing.pairing import in_line, takers, withdraw
from supportkit.desk.worker import Worker
from supportkit.errors import ChannelError
from supportkit.ports import (
    CaseChange,
    Channel,
    Commit,
    Delivery,
    Outbound,
    OutboxRow,
    SendResult,
    Transaction,
)

__all__ = ["deliver", "tick"]

_BATCH = 25
_LEASE = timedelta(minutes=2)
_PARKED_AFTER = 5
_STALE_SHARE = 5
_BACK_OFF = timedelta(seconds=30)
_MAX_TRIES = 12
_log = logging.getLogger("supportkit.desk")


def tick(worker: Worker, *, limit: int, now: datetime | None) -> TickReport:
    """Advance due cases, and some that have not met the policy yet; then look for people and work."""
    with worker.transaction() as tx:
        moment = worker.instant(tx, now)
        due = _due(worker, tx, limit=limit, now=moment)
    parked: list[tuple[str, str]] = []
    events: list[Event] = []
    for start in range(0, len(due), _BATCH):
        parked += _advance(worker, due[start : start + _BATCH], moment, events)
    advanced = len(due) - len(parked)
    # Who let an offer pass is gone: a step that waited for them may be skipped now.
    gone = any(event.kind == "agent.presence_changed" for event in events)
    along = gone and worker.policy.routing.relaxation.skips
    matched, raised = _match(worker, limit, moment, but={case for case, _ in parked}, along=along)
    parked += raised
    for case, reason in parked:
        _park(worker, case, reason, moment)
    return TickReport(at=moment, advanced=advanced, matched=matched, parked=parked)


def _due(worker: Worker, tx: Transaction, *, limit: int, now: datetime) -> tuple[str, ...]:
    """Return the cases to advance: due ones, and at least a fifth that an earlier policy decided last.

    One that raised comes when its time comes.
    """
    due = tx.due_cases(now=now, limit=limit)
    stale = [ref for ref in tx.stale_cases(epoch=worker.epoch, limit=limit) if ref not in due]
    met = [ref for ref in stale if not _put_off(tx, ref, now)][: max(limit - len(due), limit // _STALE_SHARE)]
    return (*due[: limit - len(met)], *met)


def _put_off(tx: Transaction, ref: str, now: datetime) -> bool:
    row = tx.case(ref)
    return row is not None and row.fails > 0 and row.due_at is not None and row.due_at > now


def _advance(
    worker: Worker, cases: tuple[str, ...], now: datetime, happened: list[Event]
) -> list[tuple[str, str]]:
    """Advance one batch in one transaction; add to what `happened`, return which cases raised what."""
    raised = []
    events: list[Event] = []
    with worker.transaction() as tx:
        for case in cases:
            try:
                events += worker.advance(tx, case, now=now)
            except Exception as error:  # noqa: BLE001 - whatever one case raises must not stop the others
                _log.exception("case %s could not be advanced", case)
                raised.append((case, f"{type(error).__name__}: {error}"))
    worker.announce(events)
    happened += events
    return raised


def _park(worker: Worker, case: str, reason: str, now: datetime) -> None:
    """Put a case that raised off for longer each time; after five times for good, with a fault in its log."""
    with worker.transaction() as tx:
        row = tx.case(case)
    fails = (row.fails if row else 0) + 1
    until = None if fails >= _PARKED_AFTER else now + _BACK_OFF * 2 ** (fails - 1)
    worker.store.park(worker.name, case, until=until)
    if until is None:
        _record_fault(worker, case, reason, now)


def _record_fault(worker: Worker, case: str, reason: str, now: datetime) -> None:
    """Say in the case's log that it was parked, without asking the engines that raised."""
    with worker.transaction() as tx:
        row = worker.locked(tx, case)
        event = Event.of(
            "case.fault", at=max(now, row.last_at or now), stream=f"case:{case}", seq=row.version + 1,
            actor="desk", code="parked", detail=reason,
        )  # fmt: skip
        file = CaseFile.from_bytes(row.snapshot)
        file = evolve(file, case=fold([event], file.case), next_change_at=None)
        changed = evolve(
            row,
            version=event.seq,
            last_at=event.at,
            due_at=None,
            snapshot=file.to_bytes(),
            epoch=worker.epoch,
        )
        tx.commit(Commit(events=(event,), cases=(CaseChange(changed, row.version),)))
    worker.announce((event,))


def _match(
    worker: Worker, limit: int, now: datetime, *, but: Collection[str], along: bool
) -> tuple[int, list[tuple[str, str]]]:
    """Look for work for armed agents, then for people for all armed cases `but` those that raised already."""
    with worker.transaction() as tx:
        agents = tuple(tx.armed_agents(now=now, limit=limit))
        cases = tuple(tx.armed_cases(now=now, limit=limit))
    back = {case for agent in sorted(agents) for case in withdraw(worker, agent, now=now)}
    matched = sum(worker.match_agent(agent, now=now) for agent in sorted(agents))
    raised: list[tuple[str, str]] = []
    skipping = takers(worker, now=now) if along else frozenset()
    for case in in_line(worker, {*back, *cases, *skipping}.difference(but)):
        try:
            matched += worker.match_case(case, now=now, armed=case not in skipping)
        except Exception as error:  # noqa: BLE001 - whatever one case raises must not stop the others
            _log.exception("case %s could not be matched", case)
            raised.append((case, f"{type(error).__name__}: {error}"))
    return matched, raised


def deliver(worker: Worker, channels: Mapping[str, Channel], *, limit: int, now: datetime) -> DeliveryReport:
    """Send the heads of the outbox until nothing is left that may be sent now, or `limit` is reached."""
    counts = {"sent": 0, "retried": 0, "refused": 0, "kept": 0}
    told: set[str] = set()
    handled = 0
    while handled < limit:
        claimed = worker.store.claim_outbox(
            worker.name, now=now, limit=min(limit - handled, 25), lease=_LEASE
        )
        if not claimed:
            break
        handled += len(claimed)
        for parcel in parcels(worker, claimed, told):
            counts[_post(worker, channels, parcel, now)] += len(parcel.all)
    return DeliveryReport(**counts)


def _post(worker: Worker, channels: Mapping[str, Channel], parcel: Parcel, now: datetime) -> str:
    """Send what goes out at once, unless its colleague has had enough for now."""
    free, merged = free_at(worker, parcel.delivery, now=now), parcel.merged
    if merged or free > now:
        state, reason = ("skipped", "merged into an older one") if merged else ("pending", "throttled")
        for each in parcel.all:
            worker.store.complete(
                worker.name, each, state=state, next_at=None if merged else free, reason=reason
            )
        return "kept" if merged else "retried"
    how = _send(worker, channels, parcel.delivery, now)
    for other in parcel.others:
        _follow(worker, other, how, now)
    if how == "sent":
        remember(worker, parcel.delivery, now=now)
    return how


def _follow(worker: Worker, other: Delivery, how: str, now: datetime) -> None:
    """Let what stands in a bundle go the way of the bundle."""
    if how == "refused":
        _give_up(worker, other, "its bundle was refused", now)
        return
    state = {"sent": "sent", "kept": "skipped", "retried": "pending"}[how]
    again = now + timedelta(minutes=1) if how == "retried" else None
    worker.store.complete(worker.name, other, state=state, next_at=again, reason="bundled")


def _send(worker: Worker, channels: Mapping[str, Channel], delivery: Delivery, now: datetime) -> str:
    outbound = delivery.outbound
    channel = channels.get("colleagues" if outbound.audience == "internal" else outbound.channel)
    if channel is None:
        internal = outbound.audience == "internal"
        reason = "no channel 'colleagues'" if internal else f"no channel {outbound.channel!r}"
        if internal:
            worker.store.complete(worker.name, delivery, state="skipped", reason=reason)
            return "kept"
        return _give_up(worker, delivery, reason, now)
    result = _tried(worker, channel, outbound, now)
    if result.state == "accepted":
        worker.store.complete(worker.name, delivery, state="sent", provider_id=result.provider_id)
        return "sent"
    if result.state == "retry" and delivery.tries + 1 < _MAX_TRIES:
        after = result.after or timedelta(minutes=1)
        worker.store.complete(
            worker.name, delivery, state="pending", next_at=now + after, reason=result.reason
        )
        _tell(worker, delivery, result.reason or "the provider asked for another try", final=False)
        return "retried"
    return _give_up(worker, delivery, result.reason or "gave up", now)


def _give_up(worker: Worker, delivery: Delivery, reason: str, now: datetime) -> str:
    """Let the next message go, and say in the case that this one never reached anybody."""
    if worker.store.complete(worker.name, delivery, state="failed", reason=reason):
        _record_failure(worker, delivery, reason, now)
        _tell(worker, delivery, reason, final=True)
    return "refused"


def _record_failure(worker: Worker, delivery: Delivery, reason: str, now: datetime) -> None:
    sent = delivery.outbound
    message = OutboxRow(
        number=delivery.number, dedupe=sent.dedupe, case=sent.case, to=sent.to, state="failed",
        tries=delivery.tries + 1, channel=sent.channel,
    )  # fmt: skip
    command = RecordDelivery(message=message, state="failed", reason=reason)
    worker.carry_out(command, case=message.case, now=now, key=None)


def _tell(worker: Worker, delivery: Delivery, reason: str, *, final: bool) -> None:
    registry = worker.policy.registry
    if registry.listens("supportkit_on_delivery_error"):
        registry.on_delivery_error(worker.name, delivery.outbound, reason, final=final)


def _tried(worker: Worker, channel: Channel, outbound: Outbound, now: datetime) -> SendResult:
    """Render and send; what a channel raises is a reason to try again, never to lose the message."""
    try:
        is_open = _window_open(worker, channel, outbound, now)
        try:
            rendered = channel.render(outbound, window_open=is_open).addressed_like(outbound)
        except ChannelError as error:  # the channel can never say this
            return SendResult.refused(str(error))
        result = channel.send(rendered, outbound.dedupe)
        if isinstance(result, SendResult):
            return result
        problem = f"send() gave {type(result).__name__}, not a SendResult"
    except Exception as error:  # noqa: BLE001 - a channel is foreign code
        _log.exception("channel %s could not send %s", channel.name, outbound.dedupe)
        problem = f"{type(error).__name__}: {error}"
    return SendResult.retry(reason=problem)


def _window_open(worker: Worker, channel: Channel, outbound: Outbound, now: datetime) -> bool:
    """Whether free text may be sent: the customer wrote over this channel a short enough time ago."""
    window = channel.capabilities.reply_window
    if window is None or outbound.case is None:
        return window is None
    with worker.reading() as reader:
        row = reader.case(outbound.case)
    if row is None:
        return False
    file = CaseFile.from_bytes(row.snapshot)
    last = file.case.last_contact_at
    return file.channel == channel.name and last is not None and now - last <= window
