"""Calendars against a reading that asks of every single minute whether its wall time is open.

The oracle shares nothing with the implementation: it knows the rules, `zoneinfo`, and counting.
All hours, closures and clock changes drawn lie on whole minutes, instants asked for do not.
"""

import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources

from hypothesis import given
from hypothesis import strategies as st

from supportkit.calendars import BusinessCalendar
from supportkit.errors import NoOpenTime

MINUTE = timedelta(minutes=1)
MICRO = timedelta(microseconds=1)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = sorted(
    zoneinfo.available_timezones() & set((resources.files("tzdata") / "zones").read_text().split())
)
CHANGES = [
    ("Australia/Lord_Howe", "2024-04-06T15:00"),  # half an hour back
    ("Australia/Lord_Howe", "2024-10-05T15:30"),  # half an hour forward
    ("Pacific/Apia", "2011-12-30T10:00"),  # a date left out
    ("Pacific/Kiritimati", "1994-12-31T10:00"),  # the same, on New Year's Eve
    ("America/Sao_Paulo", "2018-11-04T03:00"),  # no midnight
    ("America/Sao_Paulo", "2018-02-18T02:00"),  # midnight twice
    ("Asia/Beirut", "2023-03-29T22:00"),
    ("America/Santiago", "2024-09-08T04:00"),
    ("America/Santiago", "2024-04-07T03:00"),
    ("Africa/Casablanca", "2024-03-10T02:00"),
    ("Africa/Casablanca", "2024-04-14T02:00"),
    ("Asia/Kathmandu", "1985-12-31T18:30"),  # a quarter of an hour forward, at New Year
    ("Antarctica/Troll", "2024-03-31T01:00"),  # two hours
    ("Antarctica/Troll", "2024-10-27T01:00"),
    ("America/St_Johns", "2006-10-29T02:31"),  # one minute after midnight
    ("Asia/Pyongyang", "2018-05-04T15:00"),
    ("America/New_York", "2024-03-10T07:00"),
    ("America/New_York", "2024-11-03T06:00"),
    ("America/New_York", "2500-03-14T07:00"),  # by the rule for years without a list
    ("Europe/London", "2024-12-31T23:30"),
    ("Pacific/Auckland", "2024-12-31T11:00"),  # New Year there, not yet in UTC
]


@cache
def zone_of(key):
    """The zone from the same data package, through the standard library's own search."""
    kept = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=())
    try:
        return zoneinfo.ZoneInfo.no_cache(key)
    finally:
        zoneinfo.reset_tzpath(to=kept)


def minute_of(text):
    return int(text[:2]) * 60 + int(text[3:])


def covers(pairs, minute):
    """Is a minute, counted from a date's midnight and possibly past the next one, in the date's intervals?"""
    for start, end in ((minute_of(a), minute_of(b)) for a, b in pairs):
        if start <= minute < (end if end >= start else end + 1440):
            return True
    return False


class Minutes:
    """A window of time in which every minute has been asked."""

    def __init__(self, key, spec, first, count):
        self.first, self.spec, self.zone = first, spec, zone_of(key)
        self.open = [self.member(first + i * MINUTE) for i in range(count)]

    def member(self, instant):
        spec = self.spec
        if any(start <= instant < end for start, end in spec["closures"]):
            return False
        local = instant.astimezone(self.zone)
        today, minute = local.date(), local.hour * 60 + local.minute
        clip = spec["holiday_mode"] == "clip"
        if clip and today in spec["holidays"]:
            return False
        found = False
        for day, at in ((today, minute), (today - timedelta(days=1), minute + 1440)):
            name = DAYS[day.weekday()]
            if covers(spec["weekly_breaks"].get(name, ()), at) or covers(spec["breaks"].get(day, ()), at):
                return False
            hours = spec["special"].get(day, spec["weekly"].get(name, ()))
            dropped = not clip and day in spec["holidays"]
            found = found or (covers(hours, at) and not dropped)
        return found

    def worked(self, low, high):
        total = timedelta(0)
        for i, is_open in enumerate(self.open):
            start = self.first + i * MINUTE
            if is_open and start < high and start + MINUTE > low:
                total += min(high, start + MINUTE) - max(low, start)
        return total

    def after(self, at, worked):
        """The earliest instant, or None when the window ends before."""
        for i, is_open in enumerate(self.open):
            start = max(at, self.first + i * MINUTE)
            end = self.first + (i + 1) * MINUTE
            if is_open and end > at:
                if start + worked <= end:
                    return start + worked
                worked -= end - start
        return None

    def before(self, at, worked):
        for i, is_open in reversed(list(enumerate(self.open))):
            start, end = self.first + i * MINUTE, min(at, self.first + (i + 1) * MINUTE)
            if is_open and start < at:
                if end - worked >= start:
                    return end - worked
                worked -= end - start
        return None

    def spans(self):
        runs = []
        for i, is_open in enumerate(self.open):
            start = self.first + i * MINUTE
            if is_open and runs and runs[-1][1] == start:
                runs[-1] = (runs[-1][0], start + MINUTE)
            elif is_open:
                runs.append((start, start + MINUTE))
        return runs


def clock(minute):
    return f"{minute // 60:02}:{minute % 60:02}"


minutes = st.one_of(st.integers(0, 287).map(lambda n: n * 5), st.integers(0, 260))
pairs = st.lists(st.tuples(minutes.map(clock), st.one_of(minutes.map(clock), st.just("24:00"))), max_size=2)


@st.composite
def cases(draw):
    key, text = draw(
        st.one_of(
            st.sampled_from(CHANGES),
            st.tuples(
                st.sampled_from(ZONES),
                st.datetimes(datetime(1975, 1, 1), datetime(2120, 1, 1)).map(
                    lambda t: t.isoformat(timespec="minutes")
                ),
            ),
        )
    )
    middle = datetime.fromisoformat(text).replace(tzinfo=UTC)
    near = middle.astimezone(zone_of(key)).date()
    dates = st.integers(-2, 2).map(lambda n: near + timedelta(days=n))
    instants = st.integers(-3000, 3000).map(lambda n: middle + n * MINUTE)
    weekly = draw(
        st.one_of(
            st.dictionaries(st.sampled_from(DAYS), pairs),
            pairs.map(lambda hours: dict.fromkeys(DAYS, hours)),
        )
    )
    spec = {
        "weekly": weekly,
        "special": draw(st.dictionaries(dates, pairs, max_size=2)),
        "holidays": draw(st.sets(dates, max_size=2)),
        "weekly_breaks": draw(
            st.one_of(st.just({}), st.dictionaries(st.sampled_from(DAYS), pairs, max_size=3))
        ),
        "breaks": draw(st.one_of(st.just({}), st.dictionaries(dates, pairs, max_size=2))),
        "closures": [
            tuple(sorted(pair)) for pair in draw(st.lists(st.tuples(instants, instants), max_size=1))
        ],
        "holiday_mode": draw(st.sampled_from(["clip", "start_day"])),
    }
    ask = st.timedeltas(timedelta(days=-1), timedelta(days=1)).map(lambda d: middle + d)
    return key, spec, middle, draw(ask), draw(ask), draw(st.timedeltas(MICRO, timedelta(hours=20)))


def answer(call, *args):
    try:
        return call(*args)
    except NoOpenTime:
        return None


@given(cases())
def test_calendars_agree_with_asking_every_minute(case):
    key, spec, middle, a, b, worked = case
    calendar = BusinessCalendar(key, **spec)
    first = middle - timedelta(days=2)
    oracle = Minutes(key, spec, first, 4 * 1440)
    last = first + 4 * 1440 * MINUTE

    low, high = min(a, b), max(a, b)
    assert calendar.between(low, high) == oracle.worked(low, high)
    assert calendar.is_open(a) == oracle.member(a)
    assert [(s.start, s.end) for s in calendar.spans(first, last)] == oracle.spans()
    assert [(s.start, s.end) for s in calendar.spans(first, last, reverse=True)] == oracle.spans()[::-1]

    expected = oracle.after(a, worked)
    found = answer(calendar.add, a, worked)
    assert found == expected if expected else found is None or found > last - MICRO
    expected = oracle.before(a, worked)
    found = answer(calendar.subtract, a, worked)
    assert found == expected if expected else found is None or found < first + MICRO

    ahead = [max(a, start) for start, end in oracle.spans() if end > a]
    found = answer(calendar.next_open, a)
    assert found == ahead[0] if ahead else found is None or found >= last
    behind = [min(a, end) for start, end in oracle.spans() if start <= a]
    found = answer(calendar.previous_open, a)
    assert found == behind[-1] if behind else found is None or found <= first
    closings = [end for start, end in oracle.spans() if end > a and end < last]
    found = answer(calendar.next_close, a)
    assert found == closings[0] if closings else found is None or found >= last


@given(cases())
def test_the_ledger_agrees_with_asking_every_minute(case):
    key, spec, middle, a, b, _ = case
    low, high = min(a, b), max(a, b)
    oracle = Minutes(key, spec, middle, 0)
    for line in BusinessCalendar(key, **spec).explain(low, high):
        for at in (line.start, line.start + (line.end - line.start) / 2, line.end - MICRO):
            local = at.astimezone(oracle.zone)
            assert oracle.member(at) == line.counted == (line.reason == "open")
            assert (line.reason == "closure") == any(start <= at < end for start, end in spec["closures"])
            if line.reason == "holiday" and spec["holiday_mode"] == "clip":
                assert local.date() in spec["holidays"]
            if line.reason == "special":
                assert local.date() in spec["special"]
