"""Facts that plugins give: what is taken, what is a fault, and that one plugin cannot spoil another."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from supportkit import Registry
from supportkit.cases import FACTS, Contact, Customer
from supportkit.errors import InvalidValue, NaiveDatetime
from supportkit.plugins import PluginFault, Provided, hookimpl
from supportkit.plugins.fact_value import fact_value
from supportkit.rules import Field
from supportkit.rules.schema import TYPES

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
CONTACT = Contact(id="1", channel="email", at=NOON, given={"size": ["xl"]})
JO = Customer("jo", preferences={"colour": "red"})
RISK = Field("x.acme.risk", "decimal", min=0, max=1)
HOOK = "supportkit_provide_facts"


class Plugin:
    def __init__(self, name, give, fields=()):
        self.__name__, self.give, self.fields = name, give, fields

    @hookimpl
    def supportkit_register_fields(self):
        return self.fields

    @hookimpl
    def supportkit_provide_facts(self, contact, customer, now):
        return self.give(contact, customer, now)


def always(value):
    return lambda contact, customer, now: value


def provided(*plugins, customer=JO):
    return Registry.build(plugins=plugins).provide_facts(contact=CONTACT, customer=customer, now=NOON)


def faults(result):
    return [(fault.plugin, fault.error) for fault in result.faults]


def test_facts_come_nested_by_their_paths():
    given = {"x.acme.risk": 0.25, "customer.plan": "gold", "contact.sentiment": -1, "contact.reach": 7}
    assert provided(Plugin("a", always(given), [RISK])) == Provided(
        {
            "x": {"acme": {"risk": Decimal("0.25")}},
            "customer": {"plan": "gold"},
            "contact": {"sentiment": -1, "reach": 7},
        }
    )


def test_whoever_is_asked_sees_the_contact_the_customer_and_now():
    seen = []
    provided(Plugin("a", lambda *about: seen.append(about)))
    provided(Plugin("a", lambda *about: seen.append(about)), customer=None)
    assert seen == [(CONTACT, JO, NOON), (CONTACT, None, NOON)]


def test_nothing_said_is_nothing_known():
    for nothing in (None, {}, {"customer.plan": None}):
        assert provided(Plugin("a", always(nothing))) == Provided()
    assert Registry().provide_facts(contact=CONTACT, customer=None, now=NOON) == Provided()


def raising(contact, customer, now):
    raise ConnectionError("the CRM is down")


async def later():
    return {"customer.plan": "gold"}


@pytest.mark.parametrize(
    ("give", "error"),
    (
        (raising, "ConnectionError: the CRM is down"),
        (always([("customer.plan", "gold")]), "TypeError: it returned a list, no mapping of paths to values"),
        (always("gold"), "TypeError: it returned a str, no mapping of paths to values"),
        (lambda *_: later(), "TypeError: it returned a coroutine; hooks are not async"),
        (always({"customer.plam": "gold"}), "'customer.plam' is no fact that plugins give; did you mean 'customer.plan'?"),
        (always({"contact.text": "x"}), "'contact.text' is no fact that plugins give; did you mean"),
        (always({"customer.id": "big"}), "'customer.id' is no fact that plugins give; did you mean"),
        (always({"case.priority": "high"}), "'case.priority' is no fact that plugins give"),
        (always({7: "high"}), "7 is no fact that plugins give; register a field of yours with supportkit_register_fields"),
        (always({"x.acme.mood": "bad"}), "'x.acme.mood' is no fact that plugins give; "),
        (always({"customer.plan": 7}), "customer.plan: int is no text"),
    ),
)  # fmt: skip
def test_what_does_not_fit_is_a_fault_and_the_others_are_heard(give, error):
    result = provided(Plugin("a", give), Plugin("b", always({"customer.criticality": "high"})))
    assert result.facts == {"customer": {"criticality": "high"}}
    ((plugin, told),) = faults(result)
    assert plugin == "a"
    assert told.startswith(error)


def test_what_fits_of_one_answer_is_kept():
    result = provided(
        Plugin("a", always({"customer.plan": 7, "customer.criticality": "high", "x.no.where": 1}))
    )
    assert result.facts == {"customer": {"criticality": "high"}}
    assert len(result.faults) == 2


def test_the_first_by_name_keeps_a_path_whatever_the_order_they_came_in():
    one, two = Plugin("a", always({"customer.plan": "gold"})), Plugin("b", always({"customer.plan": "lead"}))
    for order in ((one, two), (two, one)):
        result = provided(*order)
        assert result.facts == {"customer": {"plan": "gold"}}
        assert faults(result) == [("b", "'customer.plan' was given by plugin 'a' already")]


def test_a_plugin_may_give_a_field_that_another_registered():
    assert provided(Plugin("a", always(None), [RISK]), Plugin("b", always({"x.acme.risk": 1}))).facts == {
        "x": {"acme": {"risk": 1}}
    }


def test_what_a_plugin_changes_is_its_own_copy():
    def spoil(contact, customer, now):
        contact.given["size"].append("s")
        customer.preferences.clear()

    seen = []
    result = provided(
        Plugin("a", spoil), Plugin("b", lambda contact, customer, now: seen.append((contact, customer)))
    )
    assert result == Provided()
    assert seen == [(CONTACT, JO)]
    assert (CONTACT.given, JO.preferences) == ({"size": ["xl"]}, {"colour": "red"})


def test_what_a_plugin_keeps_cannot_be_changed_later():
    tags = ["a"]
    result = provided(Plugin("a", always({"customer.tags": tags})))
    tags.append("b")
    assert result.facts == {"customer": {"tags": frozenset("a")}}


def test_a_fault_names_who_did_it(distribution):
    distribution("@hookimpl\ndef supportkit_provide_facts(): raise OSError('down')")
    result = Registry.build(entry_points=True).provide_facts(contact=CONTACT, customer=None, now=NOON)
    assert result.faults == (PluginFault("acme", "acme-plugin", "1.2", HOOK, "OSError: down"),)
    assert (
        str(result.faults[0])
        == "plugin 'acme' (acme-plugin 1.2), hook supportkit_provide_facts: OSError: down"
    )


def test_only_facts_about_the_customer_and_what_is_read_from_a_contact_are_open():
    for path in FACTS.paths:
        given = provided(Plugin("a", always({path: object()})))
        ((_, error),) = faults(given)
        refused = "is no fact that plugins give" in error
        open_to_all = {"contact.sentiment", "contact.language", "contact.product", "contact.reach"}
        assert refused is not (
            path in open_to_all or (path.startswith("customer.") and path != "customer.id")
        )


BERLIN = datetime(2026, 7, 1, 14, tzinfo=ZoneInfo("Europe/Berlin"))
FITTING = (
    ("bool", True, True), ("int", 7, 7), ("decimal", 7, 7), ("decimal", 0.1, Decimal("0.1")), ("decimal", Decimal("1.50"), Decimal("1.50")),
    ("text", "", ""), ("enum", "a", "a"), ("date", date(2026, 7, 1), date(2026, 7, 1)), ("datetime", BERLIN, NOON), ("duration", timedelta(1), timedelta(1)),
    ("set", ["a", "a"], frozenset("a")), ("set", {"a"}, frozenset("a")), ("list", ["a", ["b"]], ("a", ("b",))), ("record", {"a": [1]}, {"a": (1,)}),
)  # fmt: skip
UNFIT = (
    ("bool", 1), ("int", True), ("int", 1.0), ("int", "7"), ("decimal", True), ("decimal", float("nan")), ("decimal", Decimal("Infinity")), ("decimal", "7"),
    ("text", b"x"), ("text", "\ud800"), ("enum", "c"), ("enum", 1), ("date", NOON), ("datetime", date(2026, 7, 1)), ("duration", 5), ("set", "ab"), ("set", [[1], {"a": 1}]),
    ("list", "ab"), ("list", [object()]), ("record", [1]), ("record", {1: 2}),
)  # fmt: skip


def field(kind):
    return Field("x.acme.f", kind, values=("a", "b") if kind == "enum" else ())


def test_every_type_of_field_has_its_cases():
    assert {kind for kind, *_ in FITTING} == {kind for kind, _ in UNFIT} == set(TYPES)


@pytest.mark.parametrize(("kind", "value", "read"), FITTING)
def test_a_value_that_fits_is_read(kind, value, read):
    found = fact_value(field(kind), value)
    assert (found, type(found) is type(read) or kind == "record") == (read, True)


@pytest.mark.parametrize(("kind", "value"), UNFIT)
def test_a_value_that_does_not_fit_is_a_fault(kind, value):
    result = provided(Plugin("a", always({"x.acme.f": value, "customer.plan": "gold"}), [field(kind)]))
    assert result.facts == {"customer": {"plan": "gold"}}
    ((_, error),) = faults(result)
    assert error.startswith("x.acme.f: ")


def test_a_number_that_no_event_can_hold_is_refused():
    with pytest.raises(InvalidValue, match=r"x.acme.f: it cannot be recorded: "):
        fact_value(field("int"), 10**5000)


def test_a_value_that_raises_when_it_is_looked_at_is_a_fault():
    class Odd(str):
        __slots__ = ()

        def __hash__(self):
            raise RuntimeError("do not look")

    result = provided(Plugin("a", always({"x.acme.f": [Odd("a")]}), [field("set")]))
    assert faults(result) == [("a", "x.acme.f: RuntimeError: do not look")]


@pytest.mark.parametrize(
    ("declared", "value"),
    (
        (RISK, -1),
        (RISK, Decimal("1.01")),
        (Field("x.acme.n", "int", max=5), 6),
        (Field("x.acme.n", "int", min=5), 4),
        (Field("x.acme.s", "set", values=("a",)), ["a", "b"]),
    ),
)
def test_a_value_outside_its_bounds_is_refused(declared, value):
    with pytest.raises(InvalidValue, match=f"{declared.path}: .* is (outside|none of)"):
        fact_value(declared, value)


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(NaiveDatetime):
        fact_value(field("datetime"), datetime(2026, 7, 1))
