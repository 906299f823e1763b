"""Business time: add and between over 1, 30 and 365 days, and a million at once, beside limits and peers."""

from __future__ import annotations

import random
import warnings
from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from importlib.util import find_spec
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from peers_business_time import BLOCK, LUNCH, peers
from rounds import Contender, Table, compared, must_agree, ready

from supportkit import BusinessCalendar

ZONE = ZoneInfo("America/New_York")
HOLIDAYS = {
    date(year, month, day)
    for year in range(2015, 2036)
    for month, day in (
        (1, 1), (1, 15), (2, 19), (5, 27), (6, 19), (7, 4), (9, 2), (10, 14), (11, 28), (12, 25)
    )
}  # fmt: skip
# Days between two instants, and about as much worked time: seven hours a day, five days a week.
SPANS = {1: timedelta(hours=7), 30: timedelta(hours=147), 365: timedelta(hours=1757)}
# How much quicker than the best exact peer we must be: it walks, so that it slows down as the span grows.
LEADS = {1: 100, 30: 2_000, 365: 25_000}
EXACT_PEER = "businesstimedelta"
CHECKED = 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def measure(*, quick: bool) -> list[Table]:
    draw = random.Random(7)
    first = datetime(2023, 1, 1, tzinfo=UTC)
    starts = [
        (first + timedelta(seconds=draw.randrange(2 * 365 * 86_400))).astimezone(ZONE) for _ in range(200)
    ]
    references = {hours: MinuteSteps(hours, first - timedelta(days=1), days=1200) for hours in (LUNCH, BLOCK)}
    sizes = {"repeats": 4, "rounds": 3} if quick else {"repeats": 40, "rounds": 7}
    return [
        *(_table(starts, name, references, **sizes) for name in ("add", "between")),
        *_batch(starts, 100_000 if quick else 1_000_000, rounds=3 if quick else 7),
    ]


def _office():
    return BusinessCalendar(ZONE.key, weekly={"mon-fri": ["09:00-12:00", "13:00-17:00"]}, holidays=HOLIDAYS)


def _table(starts, name, references, *, repeats, rounds):
    raw = dict(zip(("add", "between"), _raw(), strict=True))[name]
    walk = _walk_add if name == "add" else _walk_between
    others, absent = peers(ZONE, HOLIDAYS)
    others = [(each, run) for each in others if (run := getattr(each, name)) is not None]
    exact = {"supportkit": getattr(_office(), name), "raw bisect": raw, "day walk": walk}
    contenders, wrong = [], {}
    for days, worked in SPANS.items():
        seconds = [worked if name == "add" else start + timedelta(days=days) for start in starts]
        pairs, unit = list(zip(starts, seconds, strict=True)), "1 day" if days == 1 else f"{days} days"
        must_agree({each: [run(*pair) for pair in pairs] for each, run in exact.items()})
        ours, limit, few = f"supportkit, {unit}", f"raw bisect, {unit}", pairs[:: max(1, days // 8)]
        contenders += [
            _contender(ours, exact["supportkit"], pairs, repeats, limit, "at least 0.6"),
            _contender(limit, raw, pairs, repeats),
            _contender(f"day walk, {unit}", walk, few, 1, ours),
        ]
        for each, run in exact.items():
            wrong[f"{each}, {unit}"] = _wrong(run, getattr(references[LUNCH], name), pairs)
        for peer, run in others:
            budget = f"at most 1/{LEADS[days]:,}" if peer.name.startswith(EXACT_PEER) else ""
            contenders.append(_contender(f"{peer.name}, {unit}", run, few, 1, ours, budget))
            answers = getattr(references[peer.hours], name)
            wrong[f"{peer.name}, {unit}"] = "days only" if peer.days_only else _wrong(run, answers, pairs)
    told = "; ".join(f"{peer.name}: {peer.note}" for peer, _ in others)
    note = (
        "New York, Monday to Friday 9-12 and 13-17, ten holidays a year; zoneinfo datetimes in and out. "
        f"{f'Those that know one block a day were told 9-17. {told}. ' if told else ''}"
        f"Wrong: of {CHECKED} answers, those a second or more beside a count of every minute."
    )
    table = compared(f"Business time: {name}", contenders, unit="calls", rounds=rounds, note=note)
    for row in table.rows:
        row["wrong"] = wrong[row["name"]]
    year, day = (
        next(row for row in table.rows if row["name"] == f"supportkit, {unit}")
        for unit in ("365 days", "1 day")
    )
    table.rows.extend({"name": name, "absent": True} for name in absent)
    growth = f" A year costs {year['cpu_s'] / day['cpu_s']:.2f} times a day (budget: at most 1.2)."
    return Table(table.title, table.unit, table.clock, table.rows, table.note + growth)


def _wrong(run, expected, pairs):
    """Count the answers that are a second or more off, or are no answer at all."""
    bad = 0
    for pair in pairs[:CHECKED]:
        try:
            with warnings.catch_warnings(action="ignore"):
                bad += abs(run(*pair) - expected(*pair)) >= timedelta(seconds=1)
        except (ValueError, TypeError, OverflowError):
            bad += 1
    return f"{bad} of {CHECKED}"


class MinuteSteps:
    """Business time by asking of every minute whether its wall time is open: slow, and hard to get wrong."""

    def __init__(self, hours, first, days):
        self.first = first
        minutes = (first + timedelta(minutes=n) for n in range(days * 1440))
        self.passed = [0, *accumulate(60 if _is_open(at.astimezone(ZONE), hours) else 0 for at in minutes)]

    def opened(self, t):
        minute, rest = divmod((t - self.first).total_seconds(), 60)
        before, after = self.passed[int(minute)], self.passed[int(minute) + 1]
        return before + (rest if after > before else 0)

    def between(self, a, b):
        return timedelta(seconds=self.opened(b) - self.opened(a))

    def add(self, start, worked):
        target = self.opened(start) + worked.total_seconds()
        minute = bisect_left(self.passed, target) - 1
        return self.first + timedelta(minutes=minute, seconds=target - self.passed[minute])


def _is_open(local, hours):
    if local.weekday() >= 5 or local.date() in HOLIDAYS:
        return False
    return any(start <= local.hour < end for start, end in hours)


def _batch(starts, count, *, rounds):
    """Whole arrays, beside the least that NumPy can do: one search a point in a table of the right years."""
    title, unit = "Business time: whole arrays", "instants"
    if find_spec("numpy") is None:
        return [Table(title, unit, "cpu", [{"name": "numpy", "absent": True}])]
    import numpy as np  # noqa: PLC0415 - an extra

    from supportkit.calendars import Batch  # noqa: PLC0415 - an extra

    office, draw = Batch(_office()), np.random.default_rng(7)
    low, high = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000 for year in (2023, 2025))
    first = draw.integers(low, high, count).view("datetime64[us]")
    second = first + draw.integers(0, 90 * 86_400 * 1_000_000, count).view("timedelta64[us]")
    worked = SPANS[30]
    add, between = _raw_numpy(np)
    runs = {
        "supportkit, between": lambda: office.between(first, second),
        "raw searchsorted, between": lambda: between(first, second),
        "supportkit, add": lambda: office.add(first, worked),
        "raw searchsorted, add": lambda: add(first, np.timedelta64(worked)),
    }
    for name in ("between", "add"):
        must_agree({each: run().tolist() for each, run in runs.items() if each.endswith(name)})
    contenders = [
        Contender(name, count, ready(run), name.replace("supportkit", "raw searchsorted"), "at least 0.6")
        if name.startswith("supportkit")
        else Contender(name, count, ready(run))
        for name, run in runs.items()
    ]
    one_by_one, few = _office().between, list(pairwise(starts))
    contenders.append(
        _contender("supportkit one by one, between", one_by_one, few, 50, "supportkit, between")
    )
    note = f"{count:,} random instants of two years in microseconds; spans up to 90 days; 147 hours added."
    return [compared(title, contenders, unit=unit, rounds=rounds, note=note)]


def _raw_numpy(np):
    spans = [span for n in range(4 * 365) for span in _hours(date(2022, 7, 1) + timedelta(days=n))]
    starts, ends = (
        np.array([(each - _EPOCH) // _MICROSECOND for each in side]) for side in zip(*spans, strict=True)
    )
    done = np.cumsum(ends - starts)
    before = np.append(0, done[:-1])

    def passed(at):
        place = np.searchsorted(ends, at, side="right")
        return before[place] + np.maximum(at - starts[place], 0)

    def add(first, worked):
        target = passed(first.view("int64")) + worked.astype("int64")
        place = np.searchsorted(done, target)
        return (ends[place] - done[place] + target).view("datetime64[us]")

    def between(first, second):
        return (passed(second.view("int64")) - passed(first.view("int64"))).view("timedelta64[us]")

    return add, between


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
        for span in LUNCH
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
