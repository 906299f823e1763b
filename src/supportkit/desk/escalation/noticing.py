"""Notices to colleagues on their way out: a storm of them is bundled and throttled, what is urgent is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from attrs import evolve, frozen

from supportkit.desk.escalation.raising import AT_ONCE
from supportkit.desk.worker import Worker
from supportkit.escalation import Notice, compact
from supportkit.ports import Commit, Delivery

__all__ = ["Parcel", "free_at", "parcels", "remember"]

_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)


@frozen
class Parcel:
    """What is sent at once: one delivery, or one that speaks for `others` to the same colleague.

    `merged` is one that an older notice on its case stands for, so that it need not go out.
    """

    delivery: Delivery
    others: tuple[Delivery, ...] = ()
    merged: bool = False

    @property
    def all(self) -> tuple[Delivery, ...]:
        """Every delivery in it."""
        return (self.delivery, *self.others)


def parcels(worker: Worker, claimed: Sequence[Delivery], told: set[str]) -> Iterator[Parcel]:
    """Yield what was claimed; where the policy says so, escalations to one colleague as one.

    `told` holds the streams (case and colleague) whose older notice has gone out in this run.
    """
    if not worker.policy.notices.compact:
        yield from map(Parcel, claimed)
        return
    waiting = [delivery for delivery in claimed if _bends(delivery)]
    again = [delivery for delivery in waiting if delivery.outbound.stream in told]
    fresh = [delivery for delivery in waiting if delivery.outbound.stream not in told]
    bundles = [_bundle(each) for each in _bundled(fresh)]
    inside = {delivery.number for bundle in bundles for delivery in bundle.all}
    told.update(delivery.outbound.stream for delivery in fresh)
    yield from (Parcel(delivery, merged=True) for delivery in again)
    yield from bundles
    done = inside.union(delivery.number for delivery in again)
    yield from (Parcel(delivery) for delivery in claimed if delivery.number not in done)


def _bundled(claimed: Sequence[Delivery]) -> Iterator[list[Delivery]]:
    waiting = {str(delivery.number): delivery for delivery in claimed}
    notices = [
        Notice(
            number, "alert", each.outbound.case, each.outbound.to, _ORIGIN + timedelta(seconds=each.number)
        )
        for number, each in waiting.items()
    ]
    for ids in compact(notices).bundles.values():
        for to in dict.fromkeys(waiting[number].outbound.to for number in ids):
            yield [waiting[number] for number in ids if waiting[number].outbound.to == to]


def _bundle(deliveries: list[Delivery]) -> Parcel:
    """Let the first one speak for all, in their order."""
    first, *others = sorted(deliveries, key=lambda delivery: delivery.number)
    lines = [delivery.outbound.text or "" for delivery in (first, *others)]
    text = f"{len(lines)} cases need you:\n" + "\n".join(f"- {line}" for line in lines)
    return Parcel(evolve(first, outbound=evolve(first.outbound, text=text)), tuple(others))


def _bends(delivery: Delivery) -> bool:
    """Whether a delivery is a notice that may wait for others."""
    said = delivery.outbound
    return said.audience == "internal" and said.kind == "escalation" and not said.data.get(AT_ONCE)


def free_at(worker: Worker, delivery: Delivery, *, now: datetime) -> datetime:
    """Return when a notice may go out to its colleague; whatever else is sent may go now."""
    throttle = worker.policy.notices.throttle
    if throttle is None or delivery.outbound.audience != "internal" or delivery.outbound.data.get(AT_ONCE):
        return now
    longest = max(rate.per for rate in throttle.rates)
    with worker.transaction() as tx:
        sent = tx.counted(_counter(delivery), since=now - longest)
    return throttle.next(sent, now=now)


def remember(worker: Worker, delivery: Delivery, *, now: datetime) -> None:
    """Count a notice that went out."""
    if worker.policy.notices.throttle is not None and delivery.outbound.audience == "internal":
        with worker.transaction() as tx:
            tx.commit(Commit(counted=((_counter(delivery), now),)))


def _counter(delivery: Delivery) -> str:
    return f"notices:{delivery.outbound.to}"
