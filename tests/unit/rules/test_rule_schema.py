"""Typed fields, and what they let conditions say."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pytest
from attrs import frozen
from pydantic import BaseModel

from supportkit.errors import ExpressionError, InvalidValue, UnknownField
from supportkit.rules import Field, KeywordSet, Schema, fact, from_json, parse

SCHEMA = Schema(
    [
        Field("customer.plan", "enum", values=("gold", "basic"), nullable=True),
        Field("customer.spend", "decimal"),
        Field("customer.verified", "bool"),
        Field("customer.tags", "set", values=("vip", "new")),
        Field("customer.purchases", "list"),
        Field("customer.extra", "record"),
        Field("case.opened_at", "datetime"),
        Field("case.due_on", "date"),
        Field("case.open_for", "duration"),
        Field("contact.text", "text"),
        Field("transfers", "int"),
    ]
)


@pytest.mark.parametrize(
    ("text", "canonical"),
    (
        ('case.opened_at > "2026-01-31T12:00:00+02:00"', 'case.opened_at > instant("2026-01-31T10:00:00Z")'),
        (
            '"2026-01-31" <= case.due_on < date("2026-02-01")',
            'date("2026-01-31") <= case.due_on < date("2026-02-01")',
        ),
        (
            'case.due_on in customer.purchases and "x" in customer.tags',
            'case.due_on in customer.purchases and "x" in customer.tags',
        ),
        ('"2026-01-31" == case.due_on', 'case.due_on == date("2026-01-31")'),
        ('case.open_for in ["PT2H"]', 'case.open_for in [duration("PT2H")]'),
        ('"PT1H" <= case.open_for < "PT2H"', 'duration("PT1H") <= case.open_for < duration("PT2H")'),
        ('age(case.opened_at) > "PT2H"', 'age(case.opened_at) > duration("PT2H")'),
        ("transfers > 1.5", "transfers > 1.5"),
        (
            "customer.verified and customer.extra.anything.at_all > 1",
            "customer.verified and customer.extra.anything.at_all > 1",
        ),
        ("is_set(customer) and has_key(customer.extra.x)", "is_set(customer) and has_key(customer.extra.x)"),
        ("some(p.amount > 1 for p in customer.purchases)", "some(p.amount > 1 for p in customer.purchases)"),
        (
            'customer.plan in ["gold", None] and "vip" in customer.tags',
            'customer.plan in ["gold", None] and "vip" in customer.tags',
        ),
        (
            'contains_any(customer.tags, ["vip"]) and contains(contact.text, "x")',
            'contains_any(customer.tags, ["vip"]) and contains(contact.text, "x")',
        ),
        (
            "count(p.x for p in customer.purchases) > len(contact.text)",
            "count(p.x for p in customer.purchases) > len(contact.text)",
        ),
        ('coalesce(customer.plan, "gold") == "silver"', 'coalesce(customer.plan, "gold") == "silver"'),
        ("coalesce(transfers, customer.extra.n) > 1", "coalesce(transfers, customer.extra.n) > 1"),
        ("customer.plan != None", "is_set(customer.plan)"),
    ),
)
def test_what_fits_the_schema_is_read_and_its_literals_coerced_once(text, canonical):
    expression = parse(text, schema=SCHEMA)
    assert expression.to_text() == canonical
    assert from_json(expression.to_json(), schema=SCHEMA) == expression


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    (
        ("customer.spent > 1", "unknown_field", "customer.spend"),
        ("has_key(nothing.like.it)", "unknown_field", ""),
        ("some(q.amount > 1 for p in customer.purchases)", "unknown_field", ""),
        ('customer.plan == "gld"', "unknown_enum_value", "gold"),
        ('customer.plan in ["gold", "silver"]', "unknown_enum_value", "basic"),
        ('contains(customer.tags, "vipp")', "unknown_enum_value", "vip"),
        ('contains_any(customer.tags, "vip")', "type_error", '["vip"]'),
        ('contains_any(customer.tags, "old", "vip")', "unknown_enum_value", "new"),
        ('customer.plan > "gold"', "type_error", "in"),
        ("customer.verified > True", "type_error", ""),
        ("customer.spend > None", "type_error", "is_set"),
        ("1 <= transfers < None", "type_error", "is_set"),
        ('customer.spend > "100"', "type_error", ""),
        ("customer.spend == True", "type_error", ""),
        ("customer.spend in [1, True]", "type_error", ""),
        ("contact.text in contact.text", "type_error", ""),
        ("transfers and customer.verified", "type_error", "compare"),
        ("contains(transfers, 1)", "type_error", ""),
        ("contains(contact.text, 1)", "type_error", ""),
        ("contains_all(contact.text, transfers)", "type_error", ""),
        ('starts_with(transfers, "1")', "type_error", ""),
        ('mentions(customer.tags, "x")', "type_error", ""),
        ("len(transfers) > 1", "type_error", ""),
        ('age(case.due_on) > "PT1H"', "type_error", ""),
        ("age(case.opened_at) > 1", "type_error", "duration"),
        ("some(p for p in contact.text)", "type_error", ""),
        ("count(p for p in transfers) > 1", "type_error", ""),
        ('case.opened_at > "yesterday"', "bad_literal", ""),
        ('case.opened_at > "2026-01-31T10:00:00"', "bad_literal", "Z"),
        ('case.opened_at > datetime("2026-01-31T10:00:00")', "type_error", "instant"),
        ("case.opened_at == case.due_on", "type_error", ""),
    ),
)
def test_what_does_not_fit_the_schema_is_refused(text, code, hint):
    with pytest.raises(ExpressionError) as caught:
        parse(text, schema=SCHEMA)
    fault = caught.value.faults[0]
    assert fault.code == code
    assert hint in (fault.hint or "")
    assert (fault.line, len(caught.value.faults)) == (1, 1)


def test_all_faults_come_together_with_their_columns():
    text = 'custmer.plan == 1 and customer.plan == "gld" and foo(x) and contact.text.mentions(keywords.legl)'
    with pytest.raises(ExpressionError) as caught:
        parse(text, schema=SCHEMA, keywords={"legal": KeywordSet("legal", [])})
    assert [(fault.code, fault.column) for fault in caught.value.faults] == [
        ("unknown_field", 1),
        ("unknown_enum_value", 40),
        ("unknown_op", 50),
        ("unknown_keyword_set", 83),
    ]


def test_json_faults_carry_the_path_into_the_tree():
    node = {"op": "all", "args": [{"op": "not", "args": [{"op": "eq", "args": [{"field": "x"}, 1]}]}]}
    with pytest.raises(ExpressionError) as caught:
        from_json(node, schema=SCHEMA)
    assert caught.value.faults[0].path == "args.0.args.0.args.0"


class Plan(Enum):
    GOLD = "gold"
    BASIC = "basic"


@frozen
class Address:
    city: str | None
    parent: "Address | None"


@dataclass
class Customer:
    plan: Plan | None
    address: Address
    since: date
    tags: frozenset[str] = field(default_factory=frozenset)
    _hidden: int = 0


class Event(TypedDict):
    at: datetime
    took: NotRequired[timedelta]
    kind: Literal["call", "mail"]
    code: Literal[1, 2]


class Account(BaseModel):
    balance: Annotated[Decimal, "money"]
    ratio: float
    notes: list[str]
    either: int | str | None
    anything: Any
    raw: dict[str, int]


def test_classes_of_every_kind_become_fields():
    schema = Schema.of(customer=Customer, event=Event, account=Account)
    assert [(each.path, each.type, each.nullable, each.values) for each in schema] == [
        ("customer.plan", "enum", True, ("gold", "basic")),
        ("customer.address.city", "text", True, ()),
        ("customer.address.parent", "record", True, ()),
        ("customer.since", "date", False, ()),
        ("customer.tags", "set", False, ()),
        ("event.at", "datetime", False, ()),
        ("event.took", "duration", True, ()),
        ("event.kind", "enum", False, ("call", "mail")),
        ("event.code", "int", False, (1, 2)),
        ("account.balance", "decimal", False, ()),
        ("account.ratio", "decimal", False, ()),
        ("account.notes", "list", False, ()),
        ("account.either", "record", True, ()),
        ("account.anything", "record", False, ()),
        ("account.raw", "record", False, ()),
    ]
    with pytest.raises(InvalidValue, match="int"):
        Schema.of(number=int)


def test_schemas_are_sets_of_fields():
    one, two = Schema([Field("a.b", "int")]), Schema([Field("c", "text")])
    both = one | two
    assert (len(both), "c" in both, both.paths) == (2, True, ("a.b", "c"))
    assert both == Schema([Field("c", "text"), Field("a.b", "int")]) != one
    assert hash(both) == hash(two | one)
    assert repr(one) == f"Schema([{Field('a.b', 'int')!r}])"
    assert (one == 1, both.is_parent("a"), both.field("a")) == (False, True, None)
    with pytest.raises(UnknownField) as caught:
        both.field("a.bb")
    assert caught.value.nearest == "a.b"
    with pytest.raises(InvalidValue, match="twice"):
        one | one


@pytest.mark.parametrize(
    ("path", "type_", "values"), (("a..b", "int", ()), ("a", "integer", ()), ("a", "enum", ()))
)
def test_a_wrong_field_is_refused(path, type_, values):
    with pytest.raises(InvalidValue):
        Field(path, type_, values=values)


def test_a_condition_built_in_python_is_checked_when_a_schema_meets_it():
    from supportkit.rules import Rule, RuleSet

    with pytest.raises(ValueError, match=r"customer\.spend"):
        RuleSet([Rule("r", fact.customer.spent > 1, {})], schema=SCHEMA)
