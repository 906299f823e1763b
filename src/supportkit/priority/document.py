"""The ``priority`` section of a policy document, read into a PriorityPolicy."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

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
from supportkit.priority.spend_factor import SPEND_FIELDS, SpendFactor
from supportkit.rules import KeywordSet, Schema

__all__ = ["read_policy"]

_LINES = ("overrides", "floors", "caps")
_NOT_BUILT = ("rules", "sentiment")
_WINDOW = re.compile(r"(?P<days>\d{1,5}) days?")
_MATRIX = "write `impact: [high, low]`, `urgency: [high, low]` and `table: {high: {high: 60, low: 30}, ...}`"
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
    reader = Reader(keywords=keywords, schema=schema)
    keys = reader.mapping(section, "priority", ("levels", "ageing", "factors", "floor", *_LINES))
    levels = reader.levels = _levels(reader, keys)
    ageing = _ageing(reader, keys)
    if "floor" in keys:
        reader.fault(
            "not_built", "priority.floor", "a floor of service in a policy document is not built yet"
        )
    built = _factors(reader, keys.get("factors", ()), factors)
    lines = {kind: _lines(reader, keys.get(kind, ()), f"priority.{kind}", levels) for kind in _LINES}
    reader.finish()
    assert levels is not None
    return PriorityPolicy(
        built,
        levels=levels.points,
        ageing=ageing,
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
    if isinstance(keys["ageing"], Mapping):
        reader.fault(
            "not_built",
            "priority.ageing",
            "ageing by steps is not built yet",
            "write it like '2 points per hour'",
        )
        return None
    return reader.built(lambda: Ageing.parse(keys["ageing"]), "priority.ageing")


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
    if name in _NOT_BUILT:
        reader.fault("not_built", path, f"the factor {name!r} is not built yet", "leave it out")
        return None
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


_READERS: Mapping[str, Callable[[Reader, Any, str], _Build]] = {
    "keywords": _keywords,
    "spend": _spend,
    "open_case": _open_case,
    "channel": _channel,
    "reach": _reach,
    "plan": _label("customer.plan"),
    "criticality": _label("customer.criticality"),
    "matrix": _matrix,
}


def _lines(reader: Reader, value: Any, path: str, levels: Levels | None) -> list[dict[str, Any]]:
    lines = []
    for place, item in reader.items(value, path):
        line = reader.mapping(item, place, LINE_KEYS)
        if "when" in line:
            line["when"] = reader.condition(line["when"], f"{place}.when")
        if "because" in line:
            line["because"] = reader.text(line["because"], f"{place}.because")
        name = line.get("priority")
        if name is None:
            reader.fault("missing_key", f"{place}.priority", "the line names no priority")
        elif levels is not None and name not in levels.names:
            reader.unknown("unknown_level", "priority", name, levels.names, f"{place}.priority")
        lines.append(line)
    return lines
