"""The ``priority`` section of a policy document, read into a PriorityPolicy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from supportkit.cases.durations import read_duration
from supportkit.priority._reader import Reader
from supportkit.priority.adjustments import LINE_KEYS
from supportkit.priority.ageing import Ageing
from supportkit.priority.channel_factor import ChannelFactor, ReachFactor
from supportkit.priority.factor import Factor
from supportkit.priority.keyword_factor import KeywordFactor
from supportkit.priority.label_factor import LabelFactor
from supportkit.priority.levels import Levels
from supportkit.priority.matrix import Matrix
from supportkit.priority.matrix_factor import MatrixFactor
from supportkit.priority.open_case_factor import OpenCaseFactor
from supportkit.priority.policy import PriorityPolicy
from supportkit.priority.queue_order import Floor
from supportkit.priority.rules_factor import RULE_KEYS, RulesFactor
from supportkit.priority.sentiment_factor import SentimentFactor
from supportkit.priority.spend_factor import SPEND_FIELDS, SpendFactor
from supportkit.rules import KeywordSet, Schema

__all__ = ["read_policy"]

_LINES = ("overrides", "floors", "caps")
_WINDOW = re.compile(r"(?P<days>\d{1,5}) days?")
_MATRIX = "write `impact: [high, low]`, `urgency: [high, low]` and `table: {high: {high: 60, low: 30}, ...}`"
_OWN_TIER = "case.priority"
_ALL_TIME = ("lifetime", "all time")


def read_policy(
    section: Any,
    *,
    keywords: Mapping[str, KeywordSet],
    schema: Schema | None,
    calendars: Mapping[str, Any],
    factors: Mapping[str, Callable[[Any], Factor]],
    version: str | None,
) -> PriorityPolicy:
    """Read the section; raises PolicyError with everything that is wrong with it."""
    reader = Reader(keywords=keywords, schema=schema, calendars=calendars)
    keys = reader.mapping(section, "priority", ("levels", "ageing", "factors", "floor", *_LINES))
    levels = reader.levels = _levels(reader, keys)
    ageing = _ageing(reader, keys)
    floor = _floor(reader, keys["floor"]) if "floor" in keys else None
    built = _factors(reader, keys.get("factors", ()), factors)
    lines = {kind: _lines(reader, keys.get(kind, ()), f"priority.{kind}") for kind in _LINES}
    reader.finish()
    assert levels is not None
    return PriorityPolicy(
        built,
        levels=levels.points,
        ageing=ageing,
        floor=floor,
        schema=schema,
        keywords=keywords,
        calendars=calendars,
        version=version,
        overrides=lines["overrides"],
        floors=lines["floors"],
        caps=lines["caps"],
    )


def _levels(reader: Reader, keys: Mapping[str, Any]) -> Levels | None:
    if "levels" not in keys:
        hint = "write `levels: {urgent: 60, high: 30, normal: 0}`"
        reader.fault("missing_key", "priority.levels", "the section names no levels", hint)
        return None
    before = len(reader.faults)
    numbers = reader.numbers(keys["levels"], "priority.levels")
    return (
        reader.built(lambda: Levels.of(numbers), "priority.levels") if len(reader.faults) == before else None
    )


def _ageing(reader: Reader, keys: Mapping[str, Any]) -> Ageing | None:
    if "ageing" not in keys:
        return None
    given = keys["ageing"]
    if not isinstance(given, Mapping):
        return reader.built(lambda: Ageing.parse(given), "priority.ageing")
    return _steps(reader, given) if {"every", "cap"} & set(given) else _rates(reader, given)


def _steps(reader: Reader, given: Any) -> Ageing | None:
    path = "priority.ageing"
    keys = _all_of(reader, given, path, ("every", "cap"), "write `ageing: {every: 2 hours, cap: high}`")
    if keys is None:
        return None
    _level(reader, keys["cap"], f"{path}.cap")
    every = reader.built(lambda: read_duration(keys["every"]), f"{path}.every")
    return None if every is None else reader.built(lambda: Ageing.steps(every, keys["cap"]), f"{path}.every")


def _rates(reader: Reader, given: Any) -> Ageing | None:
    """Read {level: '2 points per hour'}: each level has a rate, or nobody could be compared with it."""
    path = "priority.ageing"
    rates = {}
    for name, text in given.items():
        _level(reader, name, f"{path}.{name}")
        read = reader.built(lambda text=text: Ageing.parse(text), f"{path}.{name}")  # type: ignore[misc]
        if read is not None:
            rates[name] = read.points_per_hour
    for name in () if reader.levels is None else reader.levels.names:
        if name not in given:
            reader.fault(
                "missing_key", f"{path}.{name}", f"the level {name!r} has no rate", "write '1 point per hour'"
            )
    return reader.built(lambda: Ageing.rates(rates), path) if rates else None


def _floor(reader: Reader, given: Any) -> Floor | None:
    path, hint = "priority.floor", "write `floor: {tier: normal, every: 4}`"
    keys = _all_of(reader, given, path, ("tier", "every"), hint, may=("of",))
    if keys is None:
        return None
    every = reader.number(keys["every"], f"{path}.every")
    of = keys.get("of", _OWN_TIER)
    if of == _OWN_TIER:
        _level(reader, keys["tier"], f"{path}.tier")
    elif reader.condition({"op": "is_set", "args": [{"field": of}]}, f"{path}.of") is None:
        return None
    return reader.built(lambda: Floor(keys["tier"], every, of=of), path)  # type: ignore[arg-type]


def _all_of(
    reader: Reader, given: Any, path: str, names: tuple[str, ...], hint: str, *, may: tuple[str, ...] = ()
) -> dict[str, Any] | None:
    """Return a mapping that has all these keys, None (and faults) when one lacks."""
    keys = reader.mapping(given, path, (*names, *may))
    lacking = [name for name in names if name not in keys]
    for name in lacking:
        reader.fault("missing_key", f"{path}.{name}", f"{path.rpartition('.')[2]} has no {name}", hint)
    return None if lacking else keys


def _level(reader: Reader, name: Any, path: str) -> None:
    if reader.levels is not None and name not in reader.levels.names:
        reader.unknown("unknown_level", "priority", name, reader.levels.names, path)


def _factors(reader: Reader, value: Any, further: Mapping[str, Callable[[Any], Factor]]) -> list[Factor]:
    built: list[Factor] = []
    for path, item in reader.items(value, "priority.factors"):
        line = reader.mapping(item, path)
        if isinstance(item, Mapping) and len(line) != 1:
            reader.fault(
                "bad_value", path, f"a factor has one name, not {len(line)}", "begin each factor with `- `"
            )
            continue
        for name, given in line.items():
            factor = _factor(reader, name, given, f"{path}.{name}", further)
            if factor is not None:
                built.append(factor)
    return built


def _factor(
    reader: Reader, name: str, given: Any, path: str, further: Mapping[str, Callable[[Any], Factor]]
) -> Factor | None:
    if name in further:
        return reader.built(lambda: further[name](given), path)
    if name not in _READERS:
        reader.unknown("unknown_factor", "factor", name, [*_READERS, *further], path)
        return None
    before = len(reader.faults)
    build = _READERS[name](reader, given, path)
    return reader.built(build, path) if len(reader.faults) == before else None


_Build = Callable[[], Factor]


def _keywords(reader: Reader, given: Any, path: str) -> _Build:
    points = reader.numbers(given, path)
    for name in points:
        if name not in reader.keywords:
            reader.unknown("unknown_keyword_set", "keyword set", name, reader.keywords, f"{path}.{name}")
    return lambda: KeywordFactor(points, reader.keywords)


def _spend(reader: Reader, given: Any, path: str) -> _Build:
    keys = reader.mapping(given, path, ("window", "currency", "tiers"))
    if "tiers" not in keys:
        reader.fault(
            "missing_key", f"{path}.tiers", "spend has no tiers", "write `tiers: {500: 5, 2000: 10}`"
        )
    tiers = _tiers(reader, keys.get("tiers", {}), f"{path}.tiers")
    window = _window(reader, keys.get("window", "365 days"), f"{path}.window")
    currency = reader.text(keys["currency"], f"{path}.currency") if "currency" in keys else None
    return lambda: SpendFactor(tiers, window=window, currency=currency)


def _window(reader: Reader, value: Any, path: str) -> timedelta | None:
    match = _WINDOW.fullmatch(str(value))
    window = None if match is None else timedelta(days=int(match["days"]))
    if window not in SPEND_FIELDS or (window is None and value not in _ALL_TIME):
        hint = "write '30 days', '90 days', '365 days' or 'lifetime'"
        reader.fault("bad_value", path, f"{value!r} is no window of spend", hint)
    return window


def _tiers(reader: Reader, given: Any, path: str) -> dict[Any, Any]:
    tiers = {}
    for key, value in reader.mapping(given, path).items():
        minimum, points = reader.number(key, f"{path}.{key}"), reader.number(value, f"{path}.{key}")
        if minimum in tiers:
            reader.fault(
                "duplicate_key", f"{path}.{key}", f"the minimum {minimum} stands twice", "remove one"
            )
        if minimum is not None and points is not None:
            tiers[minimum] = points
    return tiers


def _open_case(reader: Reader, given: Any, path: str) -> _Build:
    if not isinstance(given, Mapping):
        points = reader.number(given, path)
        return lambda: OpenCaseFactor(points)
    keys = reader.mapping(given, path, ("points", "cap"))
    if "points" not in keys:
        reader.fault("missing_key", f"{path}.points", "open_case has no points", "write `open_case: 25`")
    numbers = {key: reader.number(value, f"{path}.{key}") for key, value in keys.items()}
    return lambda: OpenCaseFactor(numbers["points"], cap=numbers.get("cap"))


def _channel(reader: Reader, given: Any, path: str) -> _Build:
    points = reader.numbers(given, path)
    return lambda: ChannelFactor(points)


def _reach(reader: Reader, given: Any, path: str) -> _Build:
    tiers = _tiers(reader, given, path)
    return lambda: ReachFactor(tiers)


def _label(field: str) -> Callable[[Reader, Any, str], _Build]:
    def read(reader: Reader, given: Any, path: str) -> _Build:
        points = reader.numbers(given, path)
        return lambda: LabelFactor(field, points)

    return read


def _matrix(reader: Reader, given: Any, path: str) -> _Build:
    axes = ("impact", "urgency")
    keys = reader.mapping(given, path, (*axes, "table"))
    for key in ("impact", "urgency", "table"):
        if key not in keys:
            reader.fault("missing_key", f"{path}.{key}", f"matrix has no {key}", _MATRIX)
    impact, urgency = (_labels(reader, keys.get(axis, ()), f"{path}.{axis}") for axis in axes)
    table = {}
    for label, row in reader.mapping(keys.get("table", {}), f"{path}.table").items():
        place = f"{path}.table.{label}"
        cells = reader.mapping(row, place)
        table[label] = {other: _cell(reader, cell, f"{place}.{other}") for other, cell in cells.items()}
    levels = {} if reader.levels is None else reader.levels.points
    return lambda: MatrixFactor(Matrix(impact, urgency, table), levels)


def _labels(reader: Reader, given: Any, path: str) -> list[str]:
    labels = [reader.text(item, place) for place, item in reader.items(given, path)]
    return [label for label in labels if label is not None]


def _cell(reader: Reader, given: Any, path: str) -> Any:
    """A cell names a level or holds points; a level that is called like a number is a level all the same."""
    if reader.levels is None:
        return 0  # the levels are at fault: what it names cannot be judged
    if str(given) in reader.levels.names:
        return str(given)
    if isinstance(given, str) and not given[:1].isdigit() and given[:1] not in {"+", "-"}:
        reader.unknown("unknown_level", "priority", given, reader.levels.names, path)
        return None
    return reader.number(given, path)


def _line(reader: Reader, item: Any, path: str, keys: Iterable[str]) -> dict[str, Any]:
    """Read what all lines have: when they fit, and why."""
    line = reader.mapping(item, path, keys)
    if "when" in line:
        line["when"] = reader.condition(line["when"], f"{path}.when")
    if "because" in line:
        line["because"] = reader.text(line["because"], f"{path}.because")
    return line


def _rules(reader: Reader, given: Any, path: str) -> _Build:
    lines = []
    for place, item in reader.items(given, path):
        line = _line(reader, item, place, RULE_KEYS)
        if "points" in line:
            line["points"] = reader.number(line["points"], f"{place}.points")
        else:
            reader.fault("missing_key", f"{place}.points", "the line gives no points", "write `points: 15`")
        lines.append(line)
    return lambda: RulesFactor(
        lines, schema=reader.schema, keywords=reader.keywords, calendars=reader.calendars
    )


def _sentiment(reader: Reader, given: Any, path: str) -> _Build:
    moods = _tiers(reader, given, path)
    return lambda: SentimentFactor(moods)


_READERS: Mapping[str, Callable[[Reader, Any, str], _Build]] = {
    "keywords": _keywords,
    "spend": _spend,
    "open_case": _open_case,
    "channel": _channel,
    "reach": _reach,
    "plan": _label("customer.plan"),
    "criticality": _label("customer.criticality"),
    "matrix": _matrix,
    "rules": _rules,
    "sentiment": _sentiment,
}


def _lines(reader: Reader, value: Any, path: str) -> list[dict[str, Any]]:
    lines = []
    for place, item in reader.items(value, path):
        line = _line(reader, item, place, LINE_KEYS)
        name = line.get("priority")
        if name is None:
            reader.fault("missing_key", f"{place}.priority", "the line names no priority")
        else:
            _level(reader, name, f"{place}.priority")
        lines.append(line)
    return lines
