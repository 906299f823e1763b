"""A log of decisions that can be taken again: the same rules change nothing, others show what they change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from attrs import field, frozen

from supportkit.canonical import digest, encode
from supportkit.errors import InvalidValue
from supportkit.rules._computing import UNDECLARED, Declared, completed
from supportkit.rules._display import Display
from supportkit.rules._recording import Projection, Reads, calendar_names, from_plain, to_plain
from supportkit.rules.expression import checked_now
from supportkit.rules.what_if import differences, shown_output

if TYPE_CHECKING:
    from supportkit.rules.decision import RuleDecision
    from supportkit.rules.expression import Expression
    from supportkit.rules.rule_set import RuleSet

__all__ = ["DecisionRecord", "Replay", "Replayed", "content_version", "recorded", "replay"]

_OUTCOME: Final = ("status", "value", "matched", "undecided", "errors", "missing", "provisional")


@frozen(eq=False, kw_only=True)
class DecisionRecord:
    """A decision as a log keeps it: by which rules, when, over which facts, and what came out.

    `version` is `RuleSet.version`, `about` what it was decided for. `facts` are those alone that the rules
    read (`reads`), `calendars` the versions of the calendars that they name. `masked` are private paths that
    were left out. Lists are tuples here. Two records are equal when their canonical JSON is.
    """

    version: str
    now: datetime
    facts: Any = field(repr=False)
    reads: tuple[str, ...] = field(repr=False)
    calendars: Mapping[str, str]
    status: str
    value: Any
    matched: tuple[str, ...]
    undecided: tuple[str, ...]
    errors: tuple[str, ...]
    missing: tuple[str, ...]
    provisional: bool
    about: str = ""
    masked: tuple[str, ...] = ()

    def to_plain(self) -> dict[str, Any]:
        """Return JSON's own types and typed literals; `from_plain` gives an equal record back."""
        return {name: to_plain(getattr(self, name)) for name in _NAMES}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> DecisionRecord:
        """Read what `to_plain` gave, also after a way through JSON; raises InvalidValue for anything else."""
        if set(plain) != set(_NAMES):
            odd = ", ".join(sorted(set(plain) ^ set(_NAMES)))
            raise InvalidValue(f"this is no record of a decision: look at {odd}; to_plain() writes one")
        return cls(**{name: from_plain(value) for name, value in plain.items()})

    def outcome(self) -> dict[str, Any]:
        """Return what came out, without what it came from."""
        return {name: getattr(self, name) for name in _OUTCOME}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DecisionRecord):
            return NotImplemented
        return encode(self.to_plain()) == encode(other.to_plain())

    def __hash__(self) -> int:
        return hash(encode(self.to_plain()))


_NAMES: Final = tuple(attribute.name for attribute in DecisionRecord.__attrs_attrs__)


@frozen(eq=False)
class _Reading:
    """What recording needs of a rule set, found once."""

    expressions: tuple[Expression, ...]
    reads: Reads
    paths: tuple[str, ...]
    declared: Declared
    calendars: tuple[str, ...]

    @classmethod
    def of(cls, rules: RuleSet) -> _Reading:
        known = _READINGS.get(rules)
        if known is None:
            each = rules.expressions()
            declared = reduce(or_, (expression.declared for expression in each), UNDECLARED)
            paths = tuple(sorted(rules.fields()))
            known = _READINGS[rules] = cls(each, Reads.of(each), paths, declared, calendar_names(each))
        return known


_READINGS: Final[WeakKeyDictionary[RuleSet, _Reading]] = WeakKeyDictionary()


def recorded(
    decision: RuleDecision,
    rules: RuleSet,
    facts: Any,
    calendars: Mapping[str, Any],
    *,
    about: str,
    private: bool,
) -> DecisionRecord:
    """Return the record of a decision; see `RuleDecision.record`."""
    reading = _Reading.of(rules)
    projection = Projection(reading.expressions, None if private else Display(rules.schema))
    known = completed(facts, reading.declared, reading.paths, now=decision.now)
    kept = projection.of(known, reading.reads)
    masked = set(projection.masked)
    if not private and decision.asked_again(kept) != decision:
        display = Display(rules.schema)
        masked |= {path for path in reading.paths if display.hides(path)}
    named = [name for name in reading.calendars if name in calendars]
    return DecisionRecord(
        version=rules.version,
        now=decision.now,
        facts=kept,
        reads=reading.paths,
        calendars={name: getattr(calendars[name], "version", "") for name in named},
        about=about,
        masked=tuple(sorted(masked)),
        **{name: from_plain(to_plain(getattr(decision, name))) for name in _OUTCOME},
    )


@frozen
class Replayed:
    """One record decided again: before, after, and the facts that the new rules read but the record lacks."""

    before: DecisionRecord
    after: DecisionRecord
    unrecorded: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether all of the outcome is the same, by which rules and what was missing included."""
        return encode(to_plain(self.before.outcome())) == encode(to_plain(self.after.outcome()))

    @property
    def changed(self) -> bool:
        """Whether what people feel is another one: the status or the value."""
        one, other = ([each.status, to_plain(each.value)] for each in (self.before, self.after))
        return encode(one) != encode(other)

    def __str__(self) -> str:
        told = "; ".join(differences(self.before, self.after)) or "same"
        lacks = f" (not recorded: {', '.join(self.unrecorded)})" if self.unrecorded else ""
        return f"{self.before.about or self.before.now.isoformat()}: {told}{lacks}"


@frozen
class Replay:
    """All records decided again; iterates over them, `str()` counts what would change and lists it."""

    version: str
    results: tuple[Replayed, ...]

    def __iter__(self) -> Iterator[Replayed]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    @property
    def changed(self) -> tuple[Replayed, ...]:
        """Those whose status or value would be another one."""
        return tuple(each for each in self.results if each.changed)

    @property
    def moves(self) -> dict[tuple[str, str], int]:
        """How often one value would become another, both in the text form, the most frequent first."""
        pairs = Counter((shown_output(e.before.value), shown_output(e.after.value)) for e in self.changed)
        return dict(sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0])))

    def to_plain(self) -> dict[str, Any]:
        """Return JSON's own types: the counts, and what changed of each record."""
        moves = [{"before": old, "after": new, "count": count} for (old, new), count in self.moves.items()]
        changes = [
            {
                "about": each.before.about,
                "differences": list(differences(each.before, each.after)),
                "unrecorded": list(each.unrecorded),
            }
            for each in self.results
            if not each.same or each.unrecorded
        ]
        return {"version": self.version, "records": len(self), "moves": moves, "changes": changes}

    def __str__(self) -> str:
        lines = [f"{len(self.changed)} of {len(self)} decisions would change"]
        lines += [f"  {count} times {old} -> {new}" for (old, new), count in self.moves.items()]
        return "\n".join([*lines, *(str(each) for each in self.results if not each.same or each.unrecorded)])


def replay(
    records: Iterable[DecisionRecord], rule_set: RuleSet, *, calendars: Mapping[str, Any] | None = None
) -> Replay:
    """Decide every record again with a rule set, each at its own instant: a dry run over the past.

    Done for every new decision, it is a shadow of the rules in force. Facts that the rule set reads and a
    record lacks are unknown, and named. Raises InvalidValue when a calendar that the rules name is not given.

    >>> from datetime import UTC, datetime
    >>> from supportkit.rules import Rule, RuleSet
    >>> old, new = (
    ...     RuleSet([Rule("gold", f"customer.spend_365d >= {least}", {"level": "high"})])
    ...     for least in (1000, 800)
    ... )
    >>> decision = old.decide({"customer": {"spend_365d": 880}}, now=datetime(2026, 1, 31, tzinfo=UTC))
    >>> print(replay([decision.record(about="case-17")], new))
    1 of 1 decisions would change
      1 times nothing -> {"level": "high"}
    case-17: status: no_match -> ok; value: nothing -> {"level": "high"}; matched: - -> gold
    """
    given = calendars or {}
    lacking = [name for name in calendar_names(rule_set.expressions()) if name not in given]
    if lacking:
        raise InvalidValue(f"the rules name the calendars {', '.join(lacking)}; give them in calendars=")
    return Replay(rule_set.version, tuple(_replayed(record, rule_set, given) for record in records))


def _replayed(record: DecisionRecord, rule_set: RuleSet, calendars: Mapping[str, Any]) -> Replayed:
    decision = rule_set.decide(record.facts, now=checked_now(record.now), calendars=calendars)
    reads = rule_set.fields()
    unrecorded = {path for path in reads if path not in record.reads or path in record.masked}
    return Replayed(record, decision.record(about=record.about), tuple(sorted(unrecorded)))


def content_version(rules: RuleSet) -> str:
    """Return a digest of everything that a decision depends on; notes for people are no part of it.

    Raises InvalidValue for outputs that have no canonical JSON.
    """
    lines = [
        [rule.id, None if expression is None else expression.to_json(), dict(rule.then)]
        for rule, expression in rules.sources
    ]
    sets = sorted({each.key for expression in rules.expressions() for each in expression.keywords.values()})
    schema = [
        [each.path, each.type, each.nullable, each.values, each.min, each.max, each.unit, each.private]
        for each in rules.schema or ()
    ]
    options = [rules.hit, rules.aggregate, rules.default, rules.output_values]
    return digest([lines, options, sets, sorted(schema, key=lambda each: str(each[0]))], length=16)
