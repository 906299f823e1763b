"""Calendars against a reading that asks of every single minute whether its wall time is open.

The oracle shares nothing with the implementation: it knows the rules, `zoneinfo`, and counting.
All hours, closures and clock changes drawn lie on whole minutes, instants asked for do not.
"""

import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources

from hypothesis import given, settings
from hypothesis import strategies as st

from supportkit.calendars import BusinessCalendar
from supportkit.errors import NoOpenTime
from supportkit.testing.strategies import clock_changes

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


def ends_of(zone, day, pair, reading):
    """The instants between which an interval of a date lies, where not membership but its ends decide."""
    first, last = minute_of(pair[0]), minute_of(pair[1])
    last += 1440 if last < first else 0
    midnight = datetime(day.year, day.month, day.day)
    begins = (midnight + first * MINUTE).replace(tzinfo=zone).astimezone(UTC)
    wall = (midnight + last * MINUTE).replace(tzinfo=zone)
    stops = [wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
    return begins, stops[0] if reading == "fold0" else max(stops)


class Minutes:
    """A window of time in which every minute has been asked."""

    def __init__(self, key, spec, first, count):
        self.first, self.spec, self.zone = first, spec, zone_of(key)
        self.parts = None if spec["ends"] == "membership" else self.between_ends(first)
        self.open = [self.member(first + i * MINUTE) for i in range(count)]

    def between_ends(self, first):
        """Hours and breaks of the dates around, each from the instant of its start to that of its end."""
        spec, hours, breaks = self.spec, [], []
        for n in range(-3, 9):
            day = first.date() + timedelta(days=n)
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=self.zone)
            if noon.astimezone(UTC).astimezone(self.zone).date() != day:
                continue  # the zone left it out
            name = DAYS[day.weekday()]
            if spec["holiday_mode"] == "clip" or day not in spec["holidays"]:
                own = spec["special"].get(day, spec["weekly"].get(name, ()))
                hours += [ends_of(self.zone, day, pair, spec["ends"]) for pair in own]
            pauses = [*spec["weekly_breaks"].get(name, ()), *spec["breaks"].get(day, ())]
            breaks += [ends_of(self.zone, day, pair, spec["ends"]) for pair in pauses]
        return hours, breaks

    def member(self, instant):
        spec = self.spec
        if any(start <= instant < end for start, end in spec["closures"]):
            return False
        local = instant.astimezone(self.zone)
        today, minute = local.date(), local.hour * 60 + local.minute
        clip = spec["holiday_mode"] == "clip"
        if clip and today in spec["holidays"]:
            return False
        if self.parts:
            hours, breaks = ([start <= instant < end for start, end in part] for part in self.parts)
            return any(hours) and not any(breaks)
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
            clock_changes(first=1975, last=2120).map(
                lambda t: (t.tzinfo.key, t.astimezone(UTC).isoformat(timespec="minutes")[:16])
            ),
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
        "ends": draw(st.sampled_from(["membership", "membership", "fold0", "span"])),
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
            if line.reason == "break" and spec["ends"] == "membership":
                assert BusinessCalendar(key, **spec).on_break(at)
            if line.reason == "holiday" and spec["holiday_mode"] == "clip":
                assert local.date() in spec["holidays"]
            if line.reason == "special":
                assert local.date() in spec["special"]


class Both:
    """Two windows of minutes joined."""

    def __init__(self, how, one, two):
        joins = {
            "union": lambda a, b: a or b,
            "intersection": lambda a, b: a and b,
            "difference": lambda a, b: a and not b,
        }
        self.first, self.join, self.sides = one.first, joins[how], (one, two)
        self.open = [self.join(a, b) for a, b in zip(one.open, two.open, strict=True)]

    worked, after, before, spans = Minutes.worked, Minutes.after, Minutes.before, Minutes.spans

    def member(self, instant):
        return self.join(*(side.member(instant) for side in self.sides))


@st.composite
def pairs_of_cases(draw):
    key, spec, middle, a, b, worked = draw(cases())
    other = draw(st.sampled_from([key, "Europe/London", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Apia"]))
    days = draw(st.dictionaries(st.sampled_from(DAYS), pairs))
    second = {
        "weekly": days,
        "special": {},
        "holidays": {},
        "weekly_breaks": {},
        "breaks": {},
        "closures": [],
    }
    second |= {"holiday_mode": "clip", "ends": "membership"}
    return (key, spec), (other, second), draw(st.sampled_from(["|", "&", "-"])), middle, a, b, worked


@settings(max_examples=settings().max_examples // 2)
@given(pairs_of_cases())
def test_combinations_agree_with_asking_every_minute_of_both(case):
    one, two, sign, middle, a, b, worked = case
    left, right = (BusinessCalendar(key, **spec) for key, spec in (one, two))
    calendar = {"|": left.__or__, "&": left.__and__, "-": left.__sub__}[sign](right)
    first, last = middle - timedelta(days=2), middle + timedelta(days=2)
    oracle = Both(calendar.how, *(Minutes(*each, first, 4 * 1440) for each in (one, two)))
    assert calendar.between(a, b) == oracle.worked(min(a, b), max(a, b)) * (1 if a <= b else -1)
    assert [(s.start, s.end) for s in calendar.spans(first, last)] == oracle.spans()
    expected, found = oracle.after(a, worked), answer(calendar.add, a, worked)
    assert found == expected if expected else found is None or found > last - MICRO
    expected, found = oracle.before(a, worked), answer(calendar.subtract, a, worked)
    assert found == expected if expected else found is None or found < first + MICRO
    for line in calendar.explain(min(a, b), max(a, b)):
        for at in (line.start, line.end - MICRO):
            assert oracle.member(at) == line.counted == (line.reason == "open")
