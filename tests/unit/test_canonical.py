"""Canonical JSON: the format under hashes, ids and stored events. Its texts are pinned here, for ever."""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from zoneinfo import ZoneInfo

import pytest

from supportkit.canonical import (
    decode,
    derived_id,
    digest,
    duration_text,
    encode,
    from_plain,
    instant_text,
    loads,
    parse_duration,
    parse_instant,
    to_plain,
)
from supportkit.errors import InvalidValue


class Colour(StrEnum):
    RED = "red"


class Old(str, Enum):  # noqa: UP042 - this is the kind whose str() is not its text
    RED = "red"


class Level(IntEnum):
    TOP = 3


class Loud(str):
    __slots__ = ()

    def __str__(self):
        return self.upper()


class NoOffset(tzinfo):
    def utcoffset(self, _):
        return None


@pytest.mark.parametrize(
    ("value", "text"),
    (
        (None, b"null"),
        (True, b"true"),
        (10**30, b"1" + b"0" * 30),
        (0.1, b"0.1"),
        (float("inf"), b'{"$float":"inf"}'),
        (Decimal("1.10"), b'{"$dec":"1.10"}'),
        (Decimal("-1E+3"), b'{"$dec":"-1E+3"}'),
        (date(2026, 1, 31), b'{"$date":"2026-01-31"}'),
        (datetime(2026, 1, 31, 12, 0, 0, 5, tzinfo=timezone(timedelta(hours=2))), b'{"$dt":"2026-01-31T10:00:00.000005Z"}'),
        (datetime(2026, 1, 31, 12), b'{"$dt":"2026-01-31T12:00:00"}'),
        (timedelta(days=-1, hours=1), b'{"$dur":"-PT23H"}'),
        ('na\u00efve \U0001f600 " \\ \n', '"na\u00efve \U0001f600 \\" \\\\ \\n"'.encode()),
        ({"b": 1, "a": 2, "\u00e9": 3}, '{"a":2,"b":1,"\u00e9":3}'.encode()),
        ({3, 1, 2}, b"[1,2,3]"),
        (frozenset({"b", "a"}), b'["a","b"]'),
        ({"$dec": "x"}, b'{"$map":{"$dec":"x"}}'),
        ({"$map": {"$dt": 1}}, b'{"$map":{"$map":{"$map":{"$dt":1}}}}'),
        ({"$dec": "x", "other": 1}, b'{"$dec":"x","other":1}'),
        ((), b"[]"),
        ({}, b"{}"),
        (Colour.RED, b'"red"'),
        (Old.RED, b'"red"'),
        (Level.TOP, b"3"),
        ({Old.RED: Colour.RED}, b'{"red":"red"}'),
        (Loud("x"), b'"x"'),
    ),
)  # fmt: skip
def test_each_kind_of_value_has_one_text(value, text):
    assert encode(value) == text


@pytest.mark.parametrize(
    "value",
    (
        {"$dec": "x"},
        {"$map": {"$dt": 1}},
        {"a": {"$float": 1}},
        {"$map": 1},
        Decimal("0.00"),
        float("-inf"),
        (timedelta(microseconds=-1), date.max, datetime(1, 1, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, 30)),
    ),
)
def test_what_is_written_is_read_back(value):
    assert decode(encode(value)) == value


def test_lists_come_back_as_tuples_at_every_depth():
    assert decode(b'[[1],{"a":[2]}]') == ((1,), {"a": (2,)})


@pytest.mark.parametrize("value", (b"bytes", object(), {1: "a"}, {"a": {None: 1}}, [ValueError()], 1j))
def test_what_has_no_canonical_form_is_refused_by_name(value):
    with pytest.raises(InvalidValue, match="canonical JSON"):
        encode(value)


@pytest.mark.parametrize("text", ('{"$dec":"x"}', '{"$dec":[1]}', '{"$date":"x"}', '{"$date":5}', '{"$dt":"x"}', '{"$dt":null}', '{"$dur":"x"}', '{"$dur":"P9999999999D"}', '{"$float":"x"}', '{"$map":3}', '[{"a":{"$dec":""}}]'))  # fmt: skip
def test_a_typed_literal_that_cannot_be_read_is_refused(text):
    with pytest.raises(InvalidValue):
        decode(text)


@pytest.mark.parametrize("text", (b"", b"{", b"{'a': 1}", b'{"a":1}x', b"\xff"))
def test_what_is_no_json_is_refused(text):
    with pytest.raises(InvalidValue, match="no JSON"):
        loads(text)


@pytest.mark.parametrize("value", ("half \ud800", {"\udfff": 1}))
def test_half_a_surrogate_pair_is_refused(value):
    with pytest.raises(InvalidValue, match="cannot be written as UTF-8"):
        encode(value)


def test_an_enum_member_is_written_as_its_text_as_key_and_as_value():
    assert to_plain({Old.RED: Old.RED}) == {"red": "red"}


@pytest.mark.parametrize(
    ("value", "text"),
    (
        (timedelta(0), "PT0S"),
        (timedelta(days=1), "P1D"),
        (timedelta(hours=26, minutes=5), "P1DT2H5M"),
        (timedelta(seconds=45), "PT45S"),
        (timedelta(minutes=1, microseconds=1), "PT1M0.000001S"),
        (timedelta(milliseconds=1500), "PT1.5S"),
        (timedelta(hours=-1), "-PT1H"),
        (timedelta.max, "P999999999DT23H59M59.999999S"),
    ),
)
def test_durations_are_written_in_days_and_below(value, text):
    assert duration_text(value) == text
    assert parse_duration(text) == value


@pytest.mark.parametrize("text", ("", "P", "PT", "P1DT", "-P", "1D", "P1Y", "P1M", "P1W", "PT1.1234567S", "pt1h", "PT1H30", "P-1D", " PT1H", "PT1S1H"))  # fmt: skip
def test_what_is_no_duration_of_days_and_below_is_refused(text):
    with pytest.raises(InvalidValue, match="no duration of days and below"):
        parse_duration(text)


def test_a_duration_beyond_all_time_is_refused():
    with pytest.raises(InvalidValue, match="longer than 999999999 days"):
        parse_duration("P1000000000D")


@pytest.mark.parametrize(
    ("text", "instant"),
    (
        ("2026-01-31T10:00:00Z", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31T10:00:00+05:30", datetime(2026, 1, 31, 4, 30, tzinfo=UTC)),
        ("2026-01-31 10:00", datetime(2026, 1, 31, 10)),
    ),
)
def test_instants_with_an_offset_are_given_in_utc_and_naive_ones_stay_naive(text, instant):
    parsed = parse_instant(text)
    assert (parsed, parsed.tzinfo) == (instant, instant.tzinfo)


@pytest.mark.parametrize("text", ("", "tomorrow", "2026-13-01T00:00:00Z", "17:00"))
def test_what_is_no_instant_is_refused(text):
    with pytest.raises(InvalidValue, match="no ISO 8601"):
        parse_instant(text)


def test_the_repeated_hour_of_a_zone_gives_two_texts():
    first = datetime(2026, 10, 25, 1, 30, tzinfo=ZoneInfo("Europe/London"))
    texts = [instant_text(first), instant_text(first.replace(fold=1))]
    assert texts == ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]


def test_a_zone_that_knows_no_offset_makes_no_instant_of_the_machine_s_zone():
    assert instant_text(datetime(2026, 1, 1, tzinfo=NoOffset())) == "2026-01-01T00:00:00"


def test_from_plain_leaves_mappings_alone_that_only_look_a_little_like_literals():
    assert from_plain({"$dec": "1", "more": 2}) == {"$dec": "1", "more": 2}
    assert from_plain({"$unknown": "1"}) == {"$unknown": "1"}


def test_digests_and_ids_are_frozen():
    assert digest(None) == "74234e98afe7498fb5daf1f36ac2d78a"
    assert digest({"a": 1, "b": [Decimal("1.10"), "\u00e9"]}, length=12) == "7c3b91bcef59"
    assert derived_id("promise", "consumer", "case-17", 1) == "promise-3b64909d7d73f1b3e3b3"


def test_the_parts_of_an_id_do_not_run_into_each_other():
    assert derived_id("x", "a", "bc") != derived_id("x", "ab", "c")
