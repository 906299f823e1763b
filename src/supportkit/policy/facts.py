"""Which facts a policy reads, how texts are read once, and how facts are recorded without them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from attrs import frozen

from supportkit.errors import InvalidValue
from supportkit.priority import PriorityPolicy
from supportkit.rules import KeywordSet, Schema, TextFacts, TextLeaf, observe, parse, text_leaves
from supportkit.sla import fact_of

__all__ = ["TEXTS", "FactReading", "recordable"]

_SCANNED = ("contact.subject", "contact.text")
TEXTS = ("contact.sender", *_SCANNED)
# What the desk itself needs of a contact and a customer, whatever the rules read.
_ALWAYS = frozenset({
    "contact.channel", "contact.channel_name", "contact.form", "contact.visibility", "contact.language",
    "contact.product", "contact.at", "customer.id",
})  # fmt: skip
_SECTIONS = ("classify", "priority", "sla", "routing", "escalation", "questions", "learning")

_ACCOUNT_OWNER = "customer.account_owner"


@frozen
class FactReading:
    """The facts each section reads, and every condition on a text, by the text's path."""

    reads: Mapping[str, frozenset[str]]
    leaves: Mapping[str, frozenset[TextLeaf]]

    @classmethod
    def of(
        cls,
        document: Mapping[str, Any],
        *,
        schema: Schema,
        keywords: Mapping[str, KeywordSet],
        priority: PriorityPolicy | None,
    ) -> FactReading:
        """Find all conditions of a document that was read without faults."""
        conditions = {
            name: [parse(text, schema=schema, keywords=keywords) for text in _conditions(document.get(name))]
            for name in _SECTIONS
        }
        reads = {
            name: frozenset(path for e in found for path in e.fields()) for name, found in conditions.items()
        }
        reads["priority"] |= schema.declared.inputs(priority.reads if priority is not None else ())
        _refuse_computed_texts(schema, frozenset().union(*reads.values()))
        scanned = [e for found in conditions.values() for e in found]
        scanned += priority.expressions if priority is not None else ()
        scanned += [
            parse(f"{path}.mentions(keywords.{name})", keywords=keywords)
            for path in _SCANNED
            for name in keywords
        ]
        leaves = text_leaves(scanned, TEXTS)
        return cls(reads, {path: frozenset(leaf for leaf in leaves if leaf.path == path) for path in TEXTS})

    def observed(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts that are read, each text replaced by what its conditions made of it."""
        wanted = _ALWAYS.union(*self.reads.values())
        seen = {group: dict(values) for group, values in _projected(facts, wanted).items()}
        for path, leaves in self.leaves.items():
            group, _, name = path.partition(".")
            if group in facts and (leaves or name in seen.get(group, ())):
                seen.setdefault(group, {})[name] = observe(facts[group].get(name), leaves)
        return seen

    def project(self, facts: Mapping[str, Any], section: str) -> dict[str, Any]:
        """Return only the facts that one section reads."""
        return _projected(facts, self.reads[section])

    def recorded(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return recorded facts as decisions take them: the inverse of `recordable`."""
        return {group: self._group(group, values) for group, values in facts.items()}

    def _group(self, group: str, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        return {
            name: TextFacts.from_plain(value["$text"], self.leaves.get(f"{group}.{name}", ()))
            if isinstance(value, Mapping) and "$text" in value
            else value
            for name, value in values.items()
        }


def _refuse_computed_texts(schema: Schema, read: frozenset[str]) -> None:
    """Refuse what is computed from a text: once the text is erased it could not be computed again."""
    for path in sorted(read & schema.declared.computed.keys()):
        texts = sorted(schema.declared.inputs([path]).intersection(TEXTS))
        if texts:
            way_out = "give its value with supportkit_provide_facts"
            raise InvalidValue(f"{path} is computed from {texts[0]}, which may be erased; {way_out}")


def recordable(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts as an event holds them: texts only as what was read from them."""
    return {
        group: {
            name: {"$text": value.to_plain()} if isinstance(value, TextFacts) else value
            for name, value in values.items()
        }
        if isinstance(values, Mapping)
        else values
        for group, values in facts.items()
    }


def _conditions(section: Any) -> Iterator[str]:
    if isinstance(section, Mapping):
        for key, value in section.items():
            if key in {"when", "unless"} and isinstance(value, str):
                yield value
            elif key == "within" and (path := fact_of(value)) is not None:
                yield f"{path} is None"  # a target that a fact says
            elif key == "of" and isinstance(value, str) and "do" not in section:
                yield f"{value} >= 0"  # what a counting escalation counts
            elif key == "to" and _ACCOUNT_OWNER in (value if isinstance(value, list) else [value]):
                yield f"{_ACCOUNT_OWNER} is None"  # whom an escalation tells
            else:
                yield from _conditions(value)
    elif isinstance(section, list):
        for item in section:
            yield from _conditions(item)


def _projected(facts: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    wanted: dict[str, set[str]] = {}
    for path in paths:
        group, _, rest = path.partition(".")
        wanted.setdefault(group, set()).add(rest.partition(".")[0])
    return {
        group: dict(_readable(values, sorted(wanted[group])))
        for group, values in facts.items()
        if group in wanted and isinstance(values, Mapping)
    }


def _readable(values: Mapping[str, Any], names: Iterable[str]) -> Iterator[tuple[str, Any]]:
    for name in names:
        # What a host's object cannot tell is an error of the line that asked, and no fact to record.
        with suppress(InvalidValue):
            if name in values:
                yield name, values[name]
