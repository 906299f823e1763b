"""Business time: add and between over 1, 30 and 365 days, beside a raw bisect, a day walk and a peer."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from importlib.util import find_spec
from itertools import accumulate
from zoneinfo import ZoneInfo

from rounds import Contender, Table, compared, must_agree, ready

from supportkit import BusinessCalendar

ZONE = ZoneInfo("America/New_York")
HOURS = ((9, 12), (13, 17))
HOLIDAYS = {
    date(year, month, day)
    for year in range(2018, 2031)
    for month, day in (
        (1, 1), (1, 15), (2, 19), (5, 27), (6, 19), (7, 4), (9, 2), (10, 14), (11, 28), (12, 25)
    )
}  # fmt: skip
# Days between two instants, and about as much worked time: seven hours a day, five days a week.
SPANS = {1: timedelta(hours=7), 30: timedelta(hours=147), 365: timedelta(hours=1757)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def measure(*, quick: bool) -> list[Table]:
    draw = random.Random(7)
    first = datetime(2023, 1, 1, tzinfo=UTC)
    starts = [
        (first + timedelta(seconds=draw.randrange(2 * 365 * 86_400))).astimezone(ZONE) for _ in range(200)
    ]
    return [
        _table(starts, name, repeats=4 if quick else 40, rounds=3 if quick else 7)
        for name in ("add", "between")
    ]


def _table(starts, name, *, repeats, rounds):
    office = BusinessCalendar(
        "America/New_York", weekly={"mon-fri": ["09:00-12:00", "13:00-17:00"]}, holidays=HOLIDAYS
    )
    raw_add, raw_between = _raw()
    ours = {"supportkit": getattr(office, name), "raw bisect": raw_add if name == "add" else raw_between}
    slow = {"day walk": _walk_add if name == "add" else _walk_between}
    if find_spec("businesstimedelta") is not None:
        slow["businesstimedelta"] = _peer(name)
    contenders = []
    for days, worked in SPANS.items():
        seconds = [worked if name == "add" else start + timedelta(days=days) for start in starts]
        pairs = list(zip(starts, seconds, strict=True))
        exact = {**ours, "day walk": slow["day walk"]}
        must_agree({each: [run(*pair) for pair in pairs] for each, run in exact.items()})
        unit = "1 day" if days == 1 else f"{days} days"
        raw = f"raw bisect, {unit}"
        contenders += [
            _contender(f"supportkit, {unit}", ours["supportkit"], pairs, repeats, raw, "at least 0.6"),
            _contender(raw, ours["raw bisect"], pairs, repeats),
        ]
        few = pairs[:: max(1, days // 8)]
        contenders += [
            _contender(f"{each}, {unit}", run, few, 1, f"supportkit, {unit}") for each, run in slow.items()
        ]
    absent = "" if "businesstimedelta" in slow else " businesstimedelta is not installed, so it is absent."
    note = "New York, Monday to Friday 9-12 and 13-17, ten holidays a year; zoneinfo datetimes in and out."
    return compared(f"Business time: {name}", contenders, unit="calls", rounds=rounds, note=note + absent)


def _contender(name, run, pairs, repeats, beside=None, budget=""):
    def work():
        for _ in range(repeats):
            for first, second in pairs:
                run(first, second)

    return Contender(name, repeats * len(pairs), ready(work), beside, budget)


def _raw():
    """The limit: one bisect over microseconds of the right years, all names local, the same conversions."""
    days = [date(2021, 1, 1) + timedelta(days=n) for n in range(7 * 365)]
    spans = [span for day in days for span in _hours(day)]
    starts = [(start - _EPOCH) // _MICROSECOND for start, _ in spans]
    ends = [(end - _EPOCH) // _MICROSECOND for _, end in spans]
    done = list(accumulate(end - start for start, end in zip(starts, ends, strict=True)))
    before = [0, *done]

    def passed(at, *, starts=starts, ends=ends, before=before, bisect=bisect_right):
        place = bisect(ends, at)
        inside = at - starts[place]
        return before[place] + inside if inside > 0 else before[place]

    def add(start, worked, *, epoch=_EPOCH, bisect=bisect_left):
        since = start - epoch
        at = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        target = passed(at) + (worked.days * 86_400 + worked.seconds) * 1_000_000 + worked.microseconds
        place = bisect(done, target)
        reached = starts[place] + target - before[place]
        return (epoch + timedelta(0, 0, reached)).astimezone(start.tzinfo)

    def between(first, second, *, epoch=_EPOCH):
        since = first - epoch
        at = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        since = second - epoch
        to = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        return timedelta(0, 0, passed(to) - passed(at))

    return add, between


def _hours(day):
    if day.weekday() >= 5 or day in HOLIDAYS:
        return []
    return [
        tuple(datetime.combine(day, clock_time(hour), ZONE).astimezone(UTC) for hour in span)
        for span in HOURS
    ]


def _walk_add(start, worked):
    at, day = start.astimezone(UTC), start.astimezone(ZONE).date()
    while True:
        for opens, closes in _hours(day):
            left = closes - max(at, opens)
            if left >= worked:
                return (max(at, opens) + worked).astimezone(start.tzinfo)
            worked -= max(left, timedelta(0))
        day += timedelta(days=1)


def _walk_between(first, second):
    first, second = first.astimezone(UTC), second.astimezone(UTC)
    day, total = first.astimezone(ZONE).date(), timedelta(0)
    while day <= second.astimezone(ZONE).date():
        for opens, closes in _hours(day):
            total += max(min(closes, second) - max(opens, first), timedelta(0))
        day += timedelta(days=1)
    return total


def _peer(name):
    import businesstimedelta as peer  # noqa: PLC0415 - only where it is installed

    days = dict.fromkeys(HOLIDAYS, "holiday")
    shifts = [
        peer.WorkDayRule(
            start_time=clock_time(start), end_time=clock_time(end), working_days=list(range(5)), tz=ZONE
        )
        for start, end in HOURS
    ]
    rules = peer.Rules([*shifts, peer.HolidayRule(days, tz=ZONE)])
    if name == "between":
        return rules.difference
    return lambda start, worked: start + peer.BusinessTimeDelta(rules, timedelta=worked)
