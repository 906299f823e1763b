"""The policy: one document that says how a desk decides, compiled, versioned by its content."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from supportkit._version import __version__
from supportkit.calendars import Calendar, zone_data_version
from supportkit.canonical import digest
from supportkit.errors import Fault, InvalidValue, PolicyError
from supportkit.escalation import EscalationPolicy
from supportkit.insight import LearningPolicy
from supportkit.intake import Question, ThreadPolicy
from supportkit.plugins import Registry
from supportkit.policy.binding import Binding
from supportkit.policy.calendar_section import read_calendars
from supportkit.policy.channel_section import Watched, read_channels
from supportkit.policy.closing_section import Closing, read_closing
from supportkit.policy.collision_section import Collisions, read_collisions
from supportkit.policy.facts import FactReading, recordable
from supportkit.policy.keyword_section import read_keywords
from supportkit.policy.learning_section import read_learning
from supportkit.policy.notice_section import Notices, read_notices
from supportkit.policy.plain_text import as_text
from supportkit.policy.question_section import question_lines, read_questions
from supportkit.policy.remedy_section import apology_lines, read_remedies, with_apology
from supportkit.policy.section import Reading
from supportkit.policy.sections import (
    SECTIONS,
    Acknowledging,
    Money,
    checked_version,
    no_such_priority,
    read_acknowledgement,
    read_classification,
    read_examples,
    read_fields,
    read_money,
    read_sla,
    read_threading,
)
from supportkit.policy.yaml_text import Document, read_yaml
from supportkit.priority import PriorityPolicy, SpendFactor
from supportkit.recovery import RemedyPolicy
from supportkit.routing import FollowUp, Route, RoutingPolicy
from supportkit.rules import KeywordSet, RuleSet
from supportkit.sla import SlaPolicy

__all__ = ["Policy"]

_DEFAULT_PRIORITY = {"levels": {"normal": "0"}}
_DEFAULT_ROUTE = Route(queue="general", when_nobody="callback")
# How the messages begin that tell of a part which a plugin could have brought.
_COULD_BE_A_PLUGINS = (
    "there is no factor ",
    "there is no rank ",
    "there is no field 'x.",
    "no built-in metric is called ",
    "there is no kind of remedy ",
)


@frozen(eq=False)
class Policy:
    """How a desk decides: fields, calendars, classification, priority, targets, routing, escalation, answers.

    Make one with `Policy.load` or `Policy.from_dict`. Equal documents have equal `version`; every decision
    carries it. `registry` holds the plugins it was compiled with. Immutable, and safe to share between
    threads.

    >>> section = {"levels": {"high": 20, "normal": 0}, "factors": [{"open_case": 25}]}
    >>> policy = Policy.from_dict({"priority": section})
    >>> from datetime import UTC, datetime
    >>> policy.priority.decide({"customer": {"open_cases": 1}}, now=datetime(2026, 7, 1, tzinfo=UTC)).priority
    'high'
    """

    document: Mapping[str, Any] = field(repr=False)
    version: str
    fields: Any = field(repr=False)
    calendars: Mapping[str, Calendar] = field(repr=False)
    keywords: Mapping[str, KeywordSet] = field(repr=False)
    classification: RuleSet | None = field(repr=False)
    priority: PriorityPolicy = field(repr=False)
    sla: SlaPolicy = field(repr=False)
    routing: RoutingPolicy = field(repr=False)
    escalation: EscalationPolicy = field(repr=False)
    acknowledgement: Acknowledging = field(repr=False)
    threading: ThreadPolicy = field(repr=False)
    notices: Notices = field(repr=False)
    questions: tuple[Question, ...] = field(repr=False)
    channels: Mapping[str, Watched] = field(repr=False)
    money: Money = field(repr=False)
    collisions: Collisions = field(repr=False)
    closing: Closing = field(repr=False)
    remedies: RemedyPolicy = field(repr=False)
    learning: LearningPolicy = field(repr=False)
    reading: FactReading = field(repr=False)
    places: Document = field(repr=False)
    registry: Registry = field(repr=False)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002 - IPython's shape
        """Show what can be pasted, where a notebook or a test suite shows the policy."""
        printer.text("Policy.from_dict(")
        printer.pretty(self.document)
        printer.text(")")

    @classmethod
    def load(cls, path: str | Path, *, registry: Registry | None = None) -> Policy:
        """Read a policy from a YAML (or JSON) file.

        Scalars of YAML stay the text that was written. `registry` brings the fields, factors, rank words and
        metrics of plugins (`Registry.build`). Raises PolicyError with all faults together (file,
        line, column, path, hint), InvalidValue when the file cannot be read.
        """
        file = Path(path)
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidValue(f"the policy {str(file)!r} cannot be read: {error}") from None
        if file.suffix == ".json":
            try:
                document = json.loads(text, parse_float=str, object_pairs_hook=partial(_once, str(file)))
                return cls._compile(Document(as_text(document), {}, str(file)), registry)
            except json.JSONDecodeError as error:
                fault = Fault(
                    "broken_json", str(file), error.lineno, error.colno, "", f"this is no JSON: {error.msg}"
                )
                raise PolicyError([fault]) from None
        return cls._compile(read_yaml(text, file=str(file)), registry)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], *, registry: Registry | None = None) -> Policy:
        """Read a policy from a mapping: numbers, durations, expressions and calendars, or their texts.

        Raises PolicyError with all faults together.
        """
        return cls._compile(Document(as_text(document)), registry)

    @classmethod
    def _compile(cls, document: Document, registry: Registry | None) -> Policy:
        known = Registry() if registry is None else registry
        try:
            return cls(**_parts(document, known), places=document, registry=known)
        except PolicyError as error:
            raise PolicyError(document.located(_hinted(fault)) for fault in error.faults) from None

    def to_dict(self) -> dict[str, Any]:
        """Return the document, every scalar as text; `from_dict` makes an equal policy of it."""
        return dict(as_text(self.document))

    def bind(self, paths: Mapping[str, str]) -> Binding:
        """Map facts to attribute paths in the host's own objects; the result turns an object into facts.

        Raises UnknownField, with the nearest name, for a fact the policy does not know, and InvalidValue for
        a path that is none.
        """
        return Binding.checked(paths, self.fields)

    def check_priority(self, priority: str) -> str:
        """Return the priority; raises InvalidValue when the policy has no such level."""
        if priority in self.priority.levels.names:
            return priority
        raise no_such_priority(priority, self.priority.levels.names)

    def classify(self, facts: Mapping[str, Any], *, now: datetime) -> dict[str, Any] | None:
        """Say what the matter is, by which line and from which facts; None when no line fits.

        `errors` names lines before it that could not be decided, because a fact of the host cannot be read.
        """
        if self.classification is None:
            return None
        decision = self.classification.decide(facts, now=now, calendars=self.calendars)
        if decision.status != "ok":
            return None
        used = recordable(self.reading.project(facts, "classify"))
        told = {"facts": used, "missing": decision.missing, "errors": decision.errors}
        return {**decision.value, "rule": decision.matched[0], **told}

    def route(self, facts: Mapping[str, Any], *, now: datetime) -> Route:
        """Return the first route that fits, else queue ``general`` with a call-back when nobody is there."""
        found = self.routing.route(facts, now=now)
        return _DEFAULT_ROUTE if found is None else found[0]

    def follow_up_due(self, follow_up: FollowUp, *, now: datetime) -> datetime:
        """Return by when a route's follow-up is due: on the wall, or in open time of its calendar."""
        if follow_up.calendar is None:
            return now + follow_up.within
        return self.calendars[follow_up.calendar].add(now, follow_up.within)

    @property
    def home_zone(self) -> str:
        """The zone in which the desk lives: that of its first calendar by name, else UTC.

        By name, because documents that differ in order alone are one version and must decide alike.
        """
        return next((c.zones[0] for name, c in sorted(self.calendars.items()) if name != "always"), "UTC")

    @property
    def mail_domain(self) -> str:
        """The domain of our own Message-IDs: that of our first address."""
        own = self.acknowledgement.rules.own_addresses
        return own[0].rpartition("@")[2] if own else "supportkit.invalid"

    @property
    def examples(self) -> tuple[Mapping[str, Any], ...]:
        """The examples that `check` runs."""
        return tuple(self.document.get("examples", ()))


def _parts(source: Document, registry: Registry) -> dict[str, Any]:
    reading = Reading()
    folder = Path(source.file).parent if source.file else None
    said = reading.mapping(source.data, "", (*SECTIONS, "queues"))
    if "queues" in said:
        hint = "a queue begins with the first line of routing that names it; agents say which they serve"
        reading.fault("unknown_section", "queues", "queues have no section of their own", hint)
    checked_version(reading, said.get("supportkit", "1"))
    schema = read_fields(reading, said.get("fields", {}), plugins=registry.fields)
    calendars = read_calendars(reading, said.get("calendars", {}), folder=folder)
    keywords = read_keywords(reading, said.get("keywords", {}))
    inner = Reading(reading.faults, schema, keywords)
    document = {name: said[name] for name in SECTIONS if name in said}
    version = _version(document, registry, calendars)
    classification = read_classification(inner, said.get("classify", []))
    priority = inner.build(
        "priority",
        lambda: PriorityPolicy.from_dict(
            said.get("priority", _DEFAULT_PRIORITY),
            keywords=keywords,
            schema=schema,
            calendars=calendars,
            factors=registry.factors,
            version=version,
        ),
    )
    amends = said.get("remedies", {})
    sla = read_sla(inner, said.get("sla"), calendars, plugins=registry.metrics)
    sla = with_apology(inner, amends, sla, calendars)
    routing = inner.build(
        "routing",
        lambda: RoutingPolicy.from_dict(
            said.get("routing", []),
            schema=schema,
            keywords=keywords,
            calendars=calendars,
            strategies=registry.strategies,
            version=version,
        ),
    )
    escalation = inner.build(
        "escalation",
        lambda: EscalationPolicy.from_dict(
            said.get("escalation", {}), calendars=calendars, schema=schema, keywords=keywords
        ),
    )
    acknowledgement = read_acknowledgement(inner, said.get("acknowledgement", {}))
    threading = read_threading(inner, said.get("threading", {}), own=acknowledgement.rules.own_addresses)
    notices = read_notices(inner, said.get("notices", {}))
    questions = read_questions(inner, said.get("questions", []))
    channels = read_channels(inner, said.get("channels", {}), calendars)
    spend = next((f for f in (priority.factors if priority else ()) if isinstance(f, SpendFactor)), None)
    money = read_money(inner, said.get("money", {}), spend=spend.currency if spend else None)
    collisions = read_collisions(inner, said.get("collisions", {}))
    closing = read_closing(inner, said.get("closing", {}))
    remedies = read_remedies(inner, amends, currency=money.currency, plugins=registry.remedies)
    learning = read_learning(inner, said.get("learning", {}))
    read_examples(inner, said.get("examples", []))
    inner.finish()
    asking = question_lines(said.get("questions"))
    conditions = {**said, "sla": [said.get("sla"), apology_lines(amends)], "questions": asking}
    facts = inner.build(
        "", lambda: FactReading.of(conditions, schema=schema, keywords=keywords, priority=priority)
    )
    inner.finish()
    return {
        "document": document,
        "version": version,
        "fields": schema,
        "calendars": calendars,
        "keywords": keywords,
        "classification": classification,
        "priority": priority,
        "sla": sla,
        "routing": routing,
        "escalation": escalation,
        "acknowledgement": acknowledgement,
        "threading": threading,
        "notices": notices,
        "questions": questions,
        "channels": channels,
        "money": money,
        "collisions": collisions,
        "closing": closing,
        "remedies": remedies,
        "learning": learning,
        "reading": facts,
    }


def _hinted(fault: Fault) -> Fault:
    """Say how a part of a plugin becomes known, where a part is unknown and no misspelling of another."""
    hint = fault.hint or ""
    if not fault.message.startswith(_COULD_BE_A_PLUGINS) or "did you mean" in fault.message + hint:
        return fault
    hints = (hint, "for a part of a plugin, pass registry=Registry.build(...)")
    return evolve(fault, hint="; ".join(filter(None, hints)))


def _once(file: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse what JSON's own reader would drop silently."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            message = f"the key {key!r} stands twice in one object"
            hint = "merge the two or remove one"
            raise PolicyError([Fault("duplicate_key", file, message=message, hint=hint)])
        found[key] = value
    return found


def _version(
    document: Mapping[str, Any], registry: Registry | None, calendars: Mapping[str, Calendar]
) -> str:
    """The version covers the document, its holidays as dates, the engine, the zone data and the plugins."""
    plugins = {} if registry is None else dict(registry.versions)
    expanded = {name: calendar.version for name, calendar in calendars.items()}
    return digest([document, expanded, __version__, zone_data_version(), plugins], length=16)
