"""What goes out together, and what need not go out at all, when much happens at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from attrs import field, frozen

from supportkit.cases.instants import instant, maybe_instant
from supportkit.sequences import as_tuple

__all__ = ["Compaction", "Notice", "compact"]


@frozen
class Notice:
    """One notice to a destination `to`: an ``alert``, a ``status``, a ``bundle`` of alerts, or another kind.

    `at` is when it was written, `seq` the number of the event that a status tells, `sent` when it went out
    (None: it waits). A bundle belongs to no case.
    """

    id: str
    kind: str
    case: str | None
    to: str
    at: datetime = instant()
    seq: int = 0
    sent: datetime | None = maybe_instant()


@frozen
class Compaction:
    """What is left of a list of notices.

    `keep` are the ids that are left, in their order. `merged` names for each kept one those it stands for.
    `bundles` names the alerts that go out together with a bundle that waits already; under None those that
    need a new bundle, one for each destination.
    """

    keep: tuple[str, ...] = field(converter=as_tuple)
    merged: Mapping[str, tuple[str, ...]] = field(factory=dict)
    bundles: Mapping[str | None, tuple[str, ...]] = field(factory=dict)


def compact(notices: Iterable[Notice]) -> Compaction:
    """Return what is left to send.

    1. Of several alerts on one case to one destination the oldest is kept.
    2. Of several statuses of one case to one destination the one with the highest number is kept.
    3. Alerts on several cases to one destination join the bundle that waits there, or make a new one.

    What was sent already is left alone.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    >>> told = [Notice(f"n{n}", "alert", f"case {n % 2}", "ann", noon) for n in range(3)]
    >>> compact(told)
    Compaction(keep=('n0', 'n1'), merged={'n0': ('n2',)}, bundles={None: ('n0', 'n1')})
    """
    notices = tuple(notices)
    waiting = [notice for notice in notices if notice.sent is None]
    alerts = _groups(notice for notice in waiting if notice.kind == "alert")
    statuses = _groups(notice for notice in waiting if notice.kind == "status")
    kept = [min(group, key=lambda notice: notice.at) for group in alerts]
    latest = [max(group, key=lambda notice: notice.seq) for group in statuses]
    merged = {
        one.id: tuple(other.id for other in group if other is not one)
        for one, group in zip([*kept, *latest], [*alerts, *statuses], strict=True)
        if len(group) > 1
    }
    gone = frozenset().union(*merged.values())
    keep = tuple(notice.id for notice in notices if notice.id not in gone)
    return Compaction(keep, merged, _bundles(kept, [notice for notice in waiting if notice.kind == "bundle"]))


def _groups(notices: Iterable[Notice]) -> list[list[Notice]]:
    """Return the notices by case and destination, in the order in which those came."""
    found: dict[tuple[str | None, str], list[Notice]] = {}
    for notice in notices:
        found.setdefault((notice.case, notice.to), []).append(notice)
    return list(found.values())


def _bundles(alerts: list[Notice], waiting: list[Notice]) -> dict[str | None, tuple[str, ...]]:
    bundles: dict[str | None, tuple[str, ...]] = {}
    for to in dict.fromkeys(alert.to for alert in alerts):
        mine = tuple(alert.id for alert in alerts if alert.to == to)
        bundle = next((notice.id for notice in waiting if notice.to == to), None)
        if bundle is not None or len(mine) > 1:
            bundles[bundle] = (*bundles.get(bundle, ()), *mine)
    return bundles
