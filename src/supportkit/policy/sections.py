"""The sections of a policy document, each read into the part of the policy that decides by it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from attrs import evolve, field, frozen

from supportkit.calendars import Calendar
from supportkit.cases import FACTS, currency_code, money
from supportkit.errors import InvalidValue
from supportkit.intake import ACK_TEMPLATES, AckPolicy, AckTemplate, ThreadPolicy
from supportkit.plugins import MetricSpec
from supportkit.policy.section import Reading
from supportkit.rules import Field, Rule, RuleSet, Schema
from supportkit.sla import Metric, SlaPolicy, Target, default_sla

__all__ = [
    "SECTIONS",
    "Acknowledging",
    "Money",
    "read_acknowledgement",
    "read_classification",
    "read_examples",
    "read_fields",
    "read_money",
    "read_sla",
    "read_targets",
    "read_threading",
]

SECTIONS = (
    "supportkit", "fields", "calendars", "keywords", "money", "classify", "priority", "sla", "routing",
    "escalation", "notices",
    "acknowledgement", "threading", "questions", "channels", "collisions", "closing", "remedies", "learning",
    "examples",
)  # fmt: skip
_CLASSES = ("kind", "category", "product", "impact", "urgency", "tags")
_ONE_WORD = ("like", "start", "reopen", "solve", "cycle", "answers")
_SIGNALS = ("starts", "stops", "cancels")
_WHENS = ("datetime", "duration", "text")
_LIMIT = re.compile(r"(\d+) in (\d+) (second|minute|hour|day)s?")
_SAMPLE = datetime(2026, 1, 5, tzinfo=UTC)
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


@frozen
class Money:
    """The currency in which spend is counted, and what one unit of each other currency is worth in it."""

    currency: str = "EUR"
    rates: Mapping[str, Decimal] = field(factory=dict)


@frozen
class Acknowledging:
    """When an acknowledgement is sent, and the words it uses by language."""

    rules: AckPolicy
    texts: Mapping[str, AckTemplate] = ACK_TEMPLATES


def read_fields(reading: Reading, section: Any, *, plugins: tuple[Field, ...] = ()) -> Schema:
    """Read ``fields``: facts of the host's own, named ``x.<name>...``, beside those of plugins."""
    own = []
    taken = {each.path for each in plugins}
    for path, value in reading.mapping(section, "fields").items():
        place = f"fields.{path}"
        said = reading.mapping(value, place, ("type", "nullable", "values", "unit", "private"))
        if not path.startswith("x."):
            reading.fault(
                "bad_name", place, f"{path!r} is no name for a field of your own", f"call it 'x.{path}'"
            )
            continue
        if path in taken:
            reading.fault(
                "reserved", place, f"the field {path!r} is a plugin's", "leave it out, or rename it"
            )
            continue
        options: dict[str, Any] = {
            name: reading.flag(said[name], f"{place}.{name}")
            for name in ("nullable", "private")
            if name in said
        }
        values = reading.texts(said.get("values", []), f"{place}.values")
        made = reading.build(
            place,
            lambda path=path, said=said, values=values, options=options: Field(  # type: ignore[misc]
                path, said.get("type", "text"), values=values, unit=said.get("unit"), **options
            ),
        )
        own += [made] if made is not None else []
    return Schema([*FACTS, *plugins, *own])


def read_money(reading: Reading, section: Any, *, spend: str | None) -> Money:
    """Read ``money``: the currency of spend (`spend` is that of its tiers) and the rates of others."""
    said = reading.mapping(section, "money", ("currency", "rates"))
    asked = said.get("currency", spend or "EUR")
    currency = reading.build("money.currency", lambda: currency_code(asked))
    if spend and currency and currency != spend.upper():
        reading.fault(
            "currency_differs", "money.currency", f"spend is counted in {currency}, its tiers are in {spend}",
            "use one currency for both",
        )  # fmt: skip
    rates = {}
    for code, value in reading.mapping(said.get("rates", {}), "money.rates").items():
        path = f"money.rates.{code}"
        name = reading.build(path, lambda code=code: currency_code(code))  # type: ignore[misc]
        rate = reading.build(path, lambda value=value: money(value))  # type: ignore[misc]
        if rate is not None and rate <= 0:
            reading.fault("bad_value", path, f"the rate {rate} is not above zero")
        elif name is not None and rate is not None:
            rates[name] = rate
    return Money(currency or "EUR", rates)


def read_classification(reading: Reading, section: Any) -> RuleSet | None:
    """Read ``classify``: the first line that fits says what the matter is."""
    rules = []
    for path, item in reading.items(section, "classify"):
        said = reading.mapping(item, path, ("when", *_CLASSES))
        when = reading.condition(said.pop("when", "True"), f"{path}.when")
        if "tags" in said:
            said["tags"] = reading.texts(said["tags"], f"{path}.tags")
        for name in set(said) - {"tags"}:
            reading.text(said[name], f"{path}.{name}")
        if not said:
            reading.fault("says_nothing", path, "this line sets nothing", f"set one of {', '.join(_CLASSES)}")
        if when is not None:
            rules.append(Rule(path, when, said))
    if not rules or reading.faults:
        return None
    return reading.build("classify", lambda: RuleSet(rules, schema=reading.schema))


def read_sla(
    reading: Reading,
    section: Any,
    calendars: Mapping[str, Calendar],
    *,
    plugins: Mapping[str, MetricSpec] | None = None,
) -> SlaPolicy | None:
    """Read ``sla``: for each metric (ours or one of `plugins`) the lines of its targets.

    A document without the section gets the targets that ship.
    """
    if section is None:
        return default_sla(calendars)
    metrics: dict[str, Metric] = {}
    # By name: documents that differ in order alone are one version and must decide alike.
    for name, value in sorted(reading.mapping(section, "sla").items()):
        spec = (plugins or {}).get(name)
        made = _metric(reading, value, f"sla.{name}", calendars, life=spec.options if spec else {})
        alone = {name: made} if made is not None else {}
        # Each metric is tried alone, so that what is wrong with it is said at its own place.
        if reading.build(f"sla.{name}", lambda alone=alone: SlaPolicy(alone, calendars)) is not None:  # type: ignore[misc]
            metrics |= alone
    return reading.build("sla", lambda: SlaPolicy(metrics, calendars))


def _metric(
    reading: Reading,
    value: Any,
    path: str,
    calendars: Mapping[str, Calendar],
    *,
    life: Mapping[str, Any],
) -> Metric | None:
    keys = ("targets", "pause", "hide", "carry", *_ONE_WORD, *_SIGNALS)
    said = reading.mapping(value, path, keys) if isinstance(value, Mapping) else {"targets": value}
    said = {**life, **said}
    where = f"{path}.targets" if isinstance(value, Mapping) else path
    before = len(reading.faults)
    targets = read_targets(reading, reading.items(said.pop("targets", []), where), calendars)
    for name in ("pause", "hide", *_SIGNALS):
        if said.get(name) is not None:
            said[name] = reading.texts(said[name], f"{path}.{name}")
    for name in _ONE_WORD:
        if said.get(name) is not None:
            said[name] = reading.text(said[name], f"{path}.{name}")
    if "carry" in said:
        rules = reading.mapping(said["carry"], f"{path}.carry")
        said["carry"] = {name: reading.text(rule, f"{path}.carry.{name}") for name, rule in rules.items()}
    if len(reading.faults) > before:
        return None
    return reading.build(path, lambda: Metric(targets, **said))


def read_targets(
    reading: Reading, lines: Iterable[tuple[str, Any]], calendars: Mapping[str, Calendar]
) -> list[Target]:
    """Read the lines of targets, each with its path; what is wrong with one is told and the line left out."""
    targets = [_target(reading, item, place, calendars) for place, item in lines]
    return [target for target in targets if target is not None]


def _target(reading: Reading, value: Any, path: str, calendars: Mapping[str, Calendar]) -> Target | None:
    keys = ("when", "within", "calendar", "end_of_day", "begin", "warn")
    said = reading.mapping(value, path, keys)
    if "within" not in said:
        reading.fault("missing_key", f"{path}.within", "this line says no time", "write `within: 60 minutes`")
        return None
    if "calendar" not in said:
        reading.fault(
            "missing_key", f"{path}.calendar", "this line names no calendar", "write `calendar: always`"
        )
        return None
    calendar = said["calendar"]
    if not isinstance(calendar, str) or calendar not in calendars:
        known = ", ".join(calendars)
        reading.fault(
            "unknown_calendar", f"{path}.calendar", f"there is no calendar {calendar!r}", f"known are {known}"
        )
        return None
    when = reading.condition(said["when"], f"{path}.when") if "when" in said else None
    options: dict[str, Any] = {}
    if "end_of_day" in said:
        options["end_of_day"] = reading.flag(said["end_of_day"], f"{path}.end_of_day")
    if "begin" in said:
        options["begin"] = reading.text(said["begin"], f"{path}.begin")
    if "warn" in said:
        options["warn"] = reading.texts(said["warn"], f"{path}.warn")
    made = reading.build(path, lambda: Target(said["within"], calendar, when=when, **options))
    if made is not None and made.within.path is not None:
        _says_when(reading, made.within.path, f"{path}.within")
    return made


def _says_when(reading: Reading, field: str, path: str) -> None:
    """Check that a field can say by when: its type is an instant, a duration or a text."""
    if reading.condition(f"{field} is None", path) is None or reading.schema is None:
        return
    declared = next((each for each in reading.schema if each.path == field), None)
    if declared is not None and declared.compute is not None:
        message = f"{field} is computed anew whenever it is read, but a target stays"
        reading.fault("bad_type", path, message, "give its value with supportkit_provide_facts")
    kinds = {each.type for each in reading.schema if each.path == field}
    if kinds and kinds.isdisjoint(_WHENS):
        reading.fault(
            "bad_type",
            path,
            f"{field} is of type {kinds.pop()}, which says no time",
            f"use {', '.join(_WHENS)}",
        )


def read_acknowledgement(reading: Reading, section: Any) -> Acknowledging:
    """Read ``acknowledgement``: our own addresses, the loop token, limits and words."""
    keys = ("own_addresses", "loop_token", "per_sender", "total", "texts")
    said = reading.mapping(section, "acknowledgement", keys)
    options: dict[str, Any] = {
        name: _limit(reading, said[name], f"acknowledgement.{name}")
        for name in ("per_sender", "total")
        if name in said
    }
    if "loop_token" in said:
        options["loop_token"] = reading.text(said["loop_token"], "acknowledgement.loop_token")
    own = reading.texts(said.get("own_addresses", []), "acknowledgement.own_addresses")
    rules = reading.build("acknowledgement", lambda: AckPolicy(own_addresses=own, **options))
    return Acknowledging(rules or AckPolicy(), _texts(reading, said.get("texts", {})))


def _limit(reading: Reading, value: Any, path: str) -> tuple[int, timedelta] | None:
    match = _LIMIT.fullmatch(str(value))
    if match is None:
        reading.fault("bad_value", path, f"{value!r} is no limit", "write it like '3 in 1 day'")
        return None
    return int(match[1]), timedelta(seconds=int(match[2]) * _UNITS[match[3]])


def _texts(reading: Reading, section: Any) -> dict[str, AckTemplate]:
    texts = dict(ACK_TEMPLATES)
    names = (
        *("subject", "greeting", "reply", "callback", "received", "questions", "reference", "due"),
        *("hello", "noticed_subject", "noticed"),
        *("weekdays", "months", "waits"),
    )
    for language, value in reading.mapping(section, "acknowledgement.texts").items():
        path = f"acknowledgement.texts.{language}"
        said = reading.mapping(value, path, names)
        start = texts.get(language.lower(), texts["en"])
        for key in set(said) - {"weekdays", "months", "waits"}:
            reading.text(said[key], f"{path}.{key}")
        if "waits" in said:
            own = _words_of_waits(reading, said["waits"], f"{path}.waits")
            said = {**said, "waits": {**start.waits, **own}}
        made = reading.build(path, lambda start=start, said=said: _filled(evolve(start, **said)))  # type: ignore[misc]
        if made is not None:
            texts[language.lower()] = made
    return texts


def _words_of_waits(reading: Reading, section: Any, path: str) -> dict[str, str]:
    said = reading.mapping(section, path, tuple(ACK_TEMPLATES["en"].waits))
    return {code: reading.text(text, f"{path}.{code}") or "" for code, text in said.items()}


def _filled(words: AckTemplate) -> AckTemplate:
    """Return a template that can be filled in; raises InvalidValue now instead of at the first customer."""
    if (len(words.weekdays), len(words.months)) != (7, 12):
        raise InvalidValue("weekdays are seven names from Monday, months twelve from January")
    try:
        due = words.time(_SAMPLE, zone="UTC")
        for text in (words.reply, words.callback):
            text.format(due=due)
        words.reference.format(reference="")
        words.hello.format(name="")
        for text in words.waits.values():
            text.format(likely=1, most=2)
    except (LookupError, ValueError, AttributeError, TypeError) as error:
        raise InvalidValue(
            f"a text cannot be filled in ({type(error).__name__}: {error}); write {{due}} and {{reference}}"
        ) from None
    return words


def read_threading(reading: Reading, section: Any, *, own: tuple[str, ...]) -> ThreadPolicy:
    """Read ``threading``: how contacts find their case."""
    keys = ("subject_token", "reopen_within", "thanks_reopens", "join_open_case", "same_signal")
    said = reading.mapping(section, "threading", keys)
    options: dict[str, Any] = {}
    if "subject_token" in said:
        options["subject_token"] = reading.text(said["subject_token"], "threading.subject_token")
    if "reopen_within" in said:
        match = re.fullmatch(r"(\d+) days?", str(said["reopen_within"]))
        if match is None:
            place = "threading.reopen_within"
            reading.fault(
                "bad_value", place, f"{said['reopen_within']!r} is no number of days", "write '14 days'"
            )
        else:
            options["reopen_within"] = timedelta(days=int(match[1]))
    if "thanks_reopens" in said:
        options["thanks_reopens"] = reading.flag(said["thanks_reopens"], "threading.thanks_reopens")
    for name in ("join_open_case", "same_signal"):
        if name in said:
            options[name] = reading.texts(said[name], f"threading.{name}")
    made = reading.build("threading", lambda: ThreadPolicy(own_addresses=own, **options))
    return made or ThreadPolicy(own_addresses=own)


def read_examples(reading: Reading, section: Any) -> None:
    """Check the shape of ``examples``; whether they come out as they say is for `check` to find."""
    for path, item in reading.items(section, "examples"):
        said = reading.mapping(item, path, ("given", "expect"))
        for group, values in reading.mapping(said.get("given", {}), f"{path}.given").items():
            reading.mapping(values, f"{path}.given.{group}")
        if isinstance(item, Mapping) and "expect" not in said:
            reading.fault(
                "missing_key",
                f"{path}.expect",
                "this example expects nothing",
                "write `expect: {queue: ...}`",
            )
        reading.mapping(said.get("expect", {}), f"{path}.expect")


def checked_version(reading: Reading, value: Any) -> None:
    """Check ``supportkit: 1``, the version of the document's format."""
    if str(value) != "1":
        reading.fault(
            "unknown_version", "supportkit", f"format {value!r} is unknown", "write `supportkit: 1`"
        )


def no_such_priority(priority: str, levels: tuple[str, ...]) -> InvalidValue:
    """Build the error for a priority that the policy has no level for."""
    return InvalidValue(f"priority={priority!r} is none of {', '.join(levels)}")
