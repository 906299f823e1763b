"""What classes say of their fields: hints of every kind, constraints, metadata, elements of lists."""

from dataclasses import InitVar, dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, ClassVar, Final, Literal, NewType, NotRequired, Required, TypedDict
from uuid import UUID

import annotated_types
import attrs
import pytest
from pydantic import AwareDatetime, BaseModel, PositiveInt, computed_field
from pydantic import Field as ModelField

from supportkit.errors import ExpressionError, InvalidValue
from supportkit.rules import Field, Schema, parse


class Plan(Enum):
    GOLD = "gold"
    BASIC = "basic"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Mixed(Enum):
    ONE = 1
    TWO = "two"


class Code(str):
    __slots__ = ()


Label = NewType("Label", str)


class Item(TypedDict):
    sku: str
    price: Decimal
    parts: NotRequired[list["Item"]]


@pytest.mark.parametrize(
    ("hint", "field_"),
    (
        (Annotated[int, annotated_types.Ge(0), annotated_types.Lt(10)], Field("a.x", "int", min=0, max=9)),
        (Annotated[int, annotated_types.Interval(gt=0, le=5)], Field("a.x", "int", min=1, max=5)),
        (Annotated[Decimal, annotated_types.Gt(0), annotated_types.Le(5)], Field("a.x", "decimal", max=5)),
        (Annotated[float, annotated_types.Unit("GBP")], Field("a.x", "decimal", unit="GBP")),
        (Annotated[int, annotated_types.Ge(0)] | None, Field("a.x", "int", nullable=True, min=0)),
        (int | float, Field("a.x", "decimal")),
        (int | str, Field("a.x", "record")),
        (str | Code, Field("a.x", "text")),
        (Literal["a", "b"] | Plan, Field("a.x", "enum", values=("a", "b", "gold", "basic"))),
        (Literal["a", None], Field("a.x", "enum", values=("a",), nullable=True)),  # noqa: PYI061 -- it is what is tested
        (Literal[1, 2], Field("a.x", "int", values=(1, 2))),
        (Literal[True], Field("a.x", "record")),
        (Level, Field("a.x", "int", values=(1, 2))),
        (Mixed, Field("a.x", "record")),
        (Code, Field("a.x", "text")),
        (Label, Field("a.x", "text")),
        (Final[bool], Field("a.x", "bool")),
        (AwareDatetime, Field("a.x", "datetime")),
        (bytes, Field("a.x", "record")),
        (UUID, Field("a.x", "record")),
        (Any, Field("a.x", "record")),
        (dict[str, int], Field("a.x", "record")),
        (list, Field("a.x", "list")),
        (list[int], Field("a.x", "list", of="int")),
        (tuple[int, ...], Field("a.x", "list", of="int")),
        (tuple[int, str], Field("a.x", "list")),
        (list[list[int]], Field("a.x", "list")),
        (frozenset[Plan], Field("a.x", "set", of="enum", values=("gold", "basic"))),
    ),
)
def test_a_hint_becomes_a_field(hint, field_):
    made = attrs.make_class("A", {"x": attrs.field(type=hint)})
    assert list(Schema.of(a=made)) == [field_]


class Partial(TypedDict, total=False):
    name: str
    age: Required[int]


@attrs.frozen
class Person:
    name: str = attrs.field(metadata={"private": True, "other": 1})
    company: "Company | None" = None


@attrs.frozen
class Company:
    size: Annotated[int, annotated_types.Ge(1)] = attrs.field(metadata={"unit": "people"})


@dataclass
class Parent:
    limit: Decimal = field(metadata={"min": 0, "unit": "EUR"})
    shared: ClassVar[int] = 3
    setup: InitVar[int] = 0


@dataclass
class Child(Parent):
    at: datetime | None = None


class Account(BaseModel):
    seats: PositiveInt = ModelField(alias="numberOfSeats")
    secret: str = ModelField(json_schema_extra={"private": True})

    @computed_field
    @property
    def is_large(self) -> bool:
        return self.seats > 100


def test_classes_say_more_than_their_hints():
    schema = Schema.of(partial=Partial, person=Person, child=Child, account=Account)
    assert list(schema) == [
        Field("partial.name", "text", nullable=True),
        Field("partial.age", "int"),
        Field("person.name", "text", private=True),
        Field("person.company.size", "int", nullable=True, min=1, unit="people"),
        Field("child.limit", "decimal", min=0, unit="EUR"),
        Field("child.at", "datetime", nullable=True),
        Field("account.seats", "int", min=1),
        Field("account.secret", "text", private=True),
        Field("account.is_large", "bool"),
    ]
    is_large = parse("account.seats > 100 and account.is_large", schema=schema)
    assert is_large.fields() == {"account.seats", "account.is_large"}


def test_a_hint_that_nobody_knows_is_told():
    made = attrs.make_class("A", {"x": attrs.field(type="Nowhere")})
    with pytest.raises(InvalidValue, match=r"Nowhere"):
        Schema.of(a=made)


@attrs.frozen
class Order:
    items: list[Item]
    notes: tuple[str, ...]
    levels: set[Plan]
    extras: list[dict[str, int]]
    dates: list[datetime]


ORDERS = Schema.of(order=Order)


def test_parts_of_list_elements_are_fields_below_the_list():
    assert [each.path for each in ORDERS] == [
        "order.items",
        "order.items.sku",
        "order.items.price",
        "order.items.parts",
        "order.notes",
        "order.levels",
        "order.extras",
        "order.dates",
    ]
    assert ORDERS.paths == ("order.items", "order.notes", "order.levels", "order.extras", "order.dates")


@pytest.mark.parametrize(
    "text",
    (
        "some(i.price > 1 and i.sku.starts_with('a') for i in order.items)",
        "some(some(p.anything > 1 for p in i.parts) for i in order.items)",
        "every(n.starts_with('a') for n in order.notes) and contains(order.notes, 'a')",
        "some(l == 'gold' for l in order.levels)",
        "some(e.anything > 1 for e in order.extras)",
        "some(d > '2026-01-31T10:00:00Z' for d in order.dates) and contains(order.dates, '2026-01-31T10:00:00Z')",
        "count(True for i in order.items) > 1",
        "some(case for case in coalesce(order.extras, order.items))",
    ),
)
def test_what_is_asked_of_elements_is_known(text):
    condition = parse(text, schema=ORDERS)
    assert parse(condition.to_text(), schema=ORDERS) == condition


@pytest.mark.parametrize(
    ("text", "code", "column", "hint"),
    (
        ("some(i.prize > 1 for i in order.items)", "unknown_field", 6, "i.price"),
        ("some(i.price > 'a' for i in order.items)", "type_error", 6, ""),
        ("some(n.size > 1 for n in order.notes)", "unknown_field", 6, ""),
        ("some(n > 1 for n in order.notes)", "type_error", 6, ""),
        ("some(l == 'golden' for l in order.levels)", "unknown_enum_value", 11, "gold"),
        ("contains(order.notes, 1)", "type_error", 23, ""),
        ("contains_any(order.notes, ['a', 1])", "type_error", 27, ""),
        ("contains(order.dates, 'then')", "bad_literal", 23, ""),
        ("order.items.price > 1", "type_error", 1, "some(one.price"),
        ("order.extras.anything > 1", "unknown_field", 1, ""),
    ),
)
def test_what_elements_do_not_have_is_refused(text, code, column, hint):
    with pytest.raises(ExpressionError) as caught:
        parse(text, schema=ORDERS)
    (fault,) = caught.value.faults
    assert (fault.code, fault.column) == (code, column)
    assert hint in (fault.hint or "")


@pytest.mark.parametrize(
    ("fields", "words"),
    (
        ([Field("a", "int"), Field("a.b", "int")], "below a, a int"),
        ([Field("a", "list", of="text"), Field("a.b", "int")], "below a"),
        (
            [Field("a", "list"), Field("a.b", "int", compute=lambda facts, now: 1, reads=["c"])],
            "elements of a",
        ),
    ),
)
def test_a_field_below_a_plain_value_is_refused(fields, words):
    with pytest.raises(InvalidValue, match=words):
        Schema(fields)
