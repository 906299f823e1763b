"""Other people's business time, each told the same office hours as nearly as it can be.

A peer can `add`, or tell the time `between`, or both. `hours` says which office it was told: the one with the
lunch break, or one block a day if it knows no second one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from importlib import import_module, metadata
from zoneinfo import ZoneInfo

from attrs import frozen

Hours = tuple[tuple[int, int], ...]
LUNCH: Hours = ((9, 12), (13, 17))
BLOCK: Hours = ((9, 17),)


@frozen
class Peer:
    """Somebody else's calendar; an operation that it does not have is None."""

    name: str
    hours: Hours
    note: str
    add: Callable[[datetime, timedelta], datetime] | None = None
    between: Callable[[datetime, datetime], timedelta] | None = None
    days_only: bool = False


def peers(zone: ZoneInfo, holidays: Iterable[date]) -> tuple[list[Peer], list[str]]:
    """Return the peers that are installed, and the names of those that are not."""
    found, absent = [], []
    for distribution, build in _BUILDERS.items():
        try:
            version = metadata.version(distribution)
        except metadata.PackageNotFoundError:
            absent.append(distribution)
        else:
            found.append(build(f"{distribution} {version}", zone, sorted(holidays)))
    return found, absent


def _businesstimedelta(name, zone, holidays):
    peer, local = import_module("businesstimedelta"), import_module("pytz").timezone(zone.key)  # no zoneinfo
    shifts = [
        peer.WorkDayRule(start_time=time(start), end_time=time(end), working_days=list(range(5)), tz=local)
        for start, end in LUNCH
    ]
    rules = peer.Rules([*shifts, peer.HolidayRule(dict.fromkeys(holidays, "holiday"), tz=local)])
    return Peer(
        name,
        LUNCH,
        "all of it",
        add=lambda start, worked: start + peer.BusinessTimeDelta(rules, timedelta=worked),
        between=lambda first, second: rules.difference(first, second).timedelta,
    )


def _business_duration(name, zone, holidays):
    duration = import_module("business_duration").businessDuration
    closed = dict.fromkeys(holidays, "holiday")

    def between(first, second):
        local = (each.astimezone(zone).replace(tzinfo=None) for each in (first, second))
        return timedelta(
            seconds=float(
                duration(*local, starttime=time(9), endtime=time(17), holidaylist=closed, unit="sec")
            )
        )

    return Peer(name, BLOCK, "one block a day, naive local time, no add", between=between)


def _businesstime(name, zone, holidays):
    peer = import_module("businesstime")
    days = frozenset(holidays)

    class Closed(import_module("businesstime.holidays").Holidays):
        def isholiday(self, dt):
            return (dt.date() if isinstance(dt, datetime) else dt) in days

    rules = peer.BusinessTime(business_hours=(time(9), time(17)), holidays=Closed())

    def between(first, second):
        local = (each.astimezone(zone).replace(tzinfo=None) for each in (first, second))
        answer = rules.businesstimedelta(*local)  # a day of it stands for the eight hours of a day
        return answer.days * timedelta(hours=8) + timedelta(seconds=answer.seconds)

    return Peer(name, BLOCK, "one block a day, naive local time, no add", between=between)


def _pandas(name, zone, holidays):
    pandas = import_module("pandas")
    hour = pandas.offsets.CustomBusinessHour(
        start=[f"{start:02}:00" for start, _ in LUNCH],
        end=[f"{end:02}:00" for _, end in LUNCH],
        holidays=holidays,
    )
    offsets = {}

    def add(start, worked):
        hours = worked // timedelta(hours=1)
        if hours not in offsets:
            offsets[hours] = hour * hours
        return (pandas.Timestamp(start.astimezone(zone)) + offsets[hours]).to_pydatetime()

    return Peer(f"{name} CustomBusinessHour", LUNCH, "whole hours, no between", add=add)


def _workalendar(name, zone, holidays):
    days = [(day, "holiday") for day in holidays]

    class Office(import_module("workalendar.core").Calendar):
        def holidays(self, year=None):
            return [each for each in days if each[0].year == year]

        def get_weekend_days(self):
            return (5, 6)

    office = Office()

    def add(start, worked):
        return office.add_working_days(start.astimezone(zone).date(), worked // timedelta(hours=7))

    def between(first, second):
        return office.get_working_days_delta(first.astimezone(zone).date(), second.astimezone(zone).date())

    return Peer(name, LUNCH, "days only", add=add, between=between, days_only=True)


_BUILDERS = {
    "businesstimedelta": _businesstimedelta,
    "business-duration": _business_duration,
    "businesstime": _businesstime,
    "pandas": _pandas,
    "workalendar": _workalendar,
}
