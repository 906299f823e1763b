"""The policy document as a whole: defaults, versions, round trips, faults."""

import copy
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum, StrEnum

import pytest

from supportkit import Policy
from supportkit.calendars import BusinessCalendar
from supportkit.canonical import decode, encode
from supportkit.errors import InvalidValue, PolicyError
from supportkit.plugins import Registry
from supportkit.policy import check
from supportkit.policy.plain_text import as_text
from supportkit.policy.yaml_text import read_yaml
from supportkit.rules import fact, parse

NOW = datetime(2026, 1, 12, 9, tzinfo=UTC)
FULL = """\
supportkit: 1
fields:
  x.acme.tier: {type: int, nullable: yes}
  x.acme.size: {type: enum, values: [small, large], private: no}
calendars:
  office: {zone: Europe/London, weekly: {mon-fri: 08:00-18:00}}
keywords:
  outage: [no signal, no service]
  legal: {phrases: [lawyer], case: exact}
money: {currency: GBP, rates: {EUR: 0.85}}
classify:
  - {when: contact.text.mentions(keywords.outage), kind: incident, tags: [outage]}
  - {kind: question}
priority:
  levels: {urgent: 60, high: 30, normal: 0}
  ageing: 2 points per hour
  factors:
    - {keywords: {outage: 40}}
    - {spend: {window: 365 days, currency: GBP, tiers: {500: 5}}}
    - {open_case: 25}
  overrides:
    - {when: x.acme.tier >= 3, priority: urgent, because: They pay for it.}
sla:
  first_response:
    - {when: case.kind == "incident", within: 60 minutes, calendar: office, warn: [50%]}
    - {within: 1 business day, calendar: office, end_of_day: yes, begin: next_open}
  resolution:
    targets: [{within: 16 hours, calendar: office}]
    pause: [waiting_customer]
routing:
  - {when: contact.text.mentions(keywords.outage), queue: network, skills: {network: 2}}
  - {queue: general, when_nobody: callback}
escalation:
  broken_promise: {starts: promise.broken, levels: [{after: 0 minutes, to: team_lead}, {after: 30 minutes, to: boss}]}
acknowledgement:
  own_addresses: [help@desk.example]
  loop_token: abc
  per_sender: 3 in 1 day
  total: 5 in 2 hours
  texts: {en: {reply: "By {due}."}}
threading: {subject_token: "[#{case}]", reopen_within: 14 days, thanks_reopens: no, join_open_case: [call]}
examples:
  - given: {contact: {text: No signal}, customer: {spend_365d: 600}}
    expect: {kind: incident, priority: high, queue: network, first_response: {within: 1 hour}}
"""
SHORT = {
    "calendars": {"office": {"zone": "Europe/London", "weekly": {"mon-fri": "08:00-18:00"}}},
    "priority": {"levels": {"high": 30, "normal": 0}, "factors": [{"open_case": 25}]},
    "sla": {"first_response": [{"within": "PT1H30M", "calendar": "office"}]},
}


def as_dict(text=FULL):
    return read_yaml(text).data


def load(tmp_path, text, name="p.yaml"):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return Policy.load(file)


def faults(document):
    with pytest.raises(PolicyError) as refused:
        Policy.from_dict(document)
    return [(fault.code, fault.path) for fault in refused.value.faults]


# -- defaults ---------------------------------------------------------------------------------------


def test_the_empty_document_is_a_policy_with_stated_defaults():
    policy = Policy.from_dict({})
    assert policy.priority.decide({}, now=NOW).priority == "normal"
    assert policy.classify({}, now=NOW) is None
    route = policy.route({}, now=NOW)
    assert (route.queue, route.when_nobody, route.skills) == ("general", "callback", ())
    targets = [
        (target.within.text, target.calendar, target.when.to_text())
        for target in policy.sla.metrics["first_response"].targets
    ]
    assert targets == [
        ("60 minutes", "always", 'case.kind == "complaint"'),
        ("2 hours", "always", 'contact.channel == "social"'),
    ]
    assert set(policy.calendars) == {"always"}
    assert (policy.home_zone, policy.mail_domain, policy.money.currency) == (
        "UTC",
        "supportkit.invalid",
        "EUR",
    )
    assert (policy.keywords, policy.examples, policy.to_dict()) == ({}, (), {})


def test_five_lines_are_a_policy(tmp_path):
    policy = load(
        tmp_path,
        "priority:\n  levels: {high: 20, normal: 0}\n  factors:\n    - open_case: 25\nrouting: [{queue: front}]\n",
    )
    assert policy.priority.decide({"customer": {"open_cases": 1}}, now=NOW).priority == "high"
    assert policy.route({}, now=NOW).queue == "front"


@pytest.mark.parametrize(
    "section", [name for name in as_dict() if name not in {"keywords", "fields", "calendars"}]
)
def test_every_section_may_be_left_out(section):
    document = as_dict()
    del document[section]
    assert Policy.from_dict(document).version != Policy.from_dict(as_dict()).version


def test_an_sla_section_without_lines_owes_nothing():
    assert Policy.from_dict({"sla": {}}).sla.metrics == {}


def test_spend_is_counted_in_the_currency_of_its_tiers_when_nothing_else_is_said():
    factor = {"spend": {"window": "365 days", "currency": "GBP", "tiers": {500: 5}}}
    policy = Policy.from_dict({"priority": {"levels": {"normal": 0}, "factors": [factor]}})
    assert policy.money.currency == "GBP"


def test_every_part_reads_its_section():
    policy = Policy.from_dict(as_dict())
    assert (policy.money.currency, policy.money.rates) == ("GBP", {"EUR": Decimal("0.85")})
    assert (policy.home_zone, policy.mail_domain) == ("Europe/London", "desk.example")
    acknowledging = policy.acknowledgement
    assert (acknowledging.rules.per_sender, acknowledging.rules.total) == (
        (3, timedelta(days=1)),
        (5, timedelta(hours=2)),
    )
    assert (acknowledging.rules.own_addresses, acknowledging.rules.loop_token) == (
        ("help@desk.example",),
        "abc",
    )
    assert acknowledging.texts["en"].reply == "By {due}."
    assert acknowledging.texts["en"].weekdays[0] == "Monday"
    threading = policy.threading
    assert (threading.reopen_within, threading.thanks_reopens, threading.join_open_case) == (
        timedelta(days=14),
        False,
        ("call",),
    )
    assert policy.fields.field("x.acme.size").values == ("small", "large")
    assert policy.fields.field("x.acme.tier").nullable
    assert policy.keywords["legal"].case == "exact"
    assert policy.sla.metrics["resolution"].pause == ("waiting_customer",)
    assert policy.sla.metrics["first_response"].targets[1].end_of_day
    assert "broken_promise" in policy.escalation.plans
    assert [
        route.queue
        for route in (policy.route({"contact": {"text": text}}, now=NOW) for text in ("no signal", "x"))
    ] == ["network", "general"]
    assert check(policy) == []


@pytest.mark.parametrize(
    ("text", "kind", "tags", "rule"),
    (
        ("No signal here", "incident", ("outage",), "classify[0]"),
        ("A question", "question", None, "classify[1]"),
    ),
)
def test_the_first_line_that_fits_says_what_the_matter_is(text, kind, tags, rule):
    decided = Policy.from_dict(as_dict()).classify({"contact": {"text": text}}, now=NOW)
    assert (decided["kind"], decided.get("tags"), decided["rule"]) == (kind, tags, rule)


def test_when_no_line_fits_nothing_is_said():
    policy = Policy.from_dict({"classify": [{"when": 'contact.channel == "fax"', "kind": "letter"}]})
    assert policy.classify({"contact": {"channel": "email"}}, now=NOW) is None


def test_a_priority_is_checked_against_the_levels():
    policy = Policy.from_dict(as_dict())
    assert policy.check_priority("high") == "high"
    with pytest.raises(InvalidValue, match="priority='hgih' is none of urgent, high, normal"):
        policy.check_priority("hgih")


# -- one meaning, one version -----------------------------------------------------------------------


class Level(StrEnum):
    URGENT = "urgent"


class Points(Enum):
    MANY = 40


@pytest.mark.parametrize(
    ("written", "text"),
    (
        ({"b": True, "c": False, "d": None}, {"b": "true", "c": "false"}),
        ({1: 2, "x": Decimal("1.10")}, {"1": "2", "x": "1.10"}),
        ([timedelta(minutes=90), 1.5], ["PT1H30M", "1.5"]),
        ((NOW, NOW.date(), NOW.time()), ["2026-01-12T09:00:00Z", "2026-01-12", "09:00:00"]),
        ({"b", "a"}, ["a", "b"]),
        (fact.case.kind == "complaint", 'case.kind == "complaint"'),
        ({"when": {"op": "eq", "args": [{"field": "case.kind"}, "x"]}}, {"when": 'case.kind == "x"'}),
        ({Level.URGENT: Level.URGENT}, {"urgent": "urgent"}),
        ({"points": Points.MANY}, {"points": "40"}),
    ),
)
def test_python_values_become_the_texts_that_yaml_would_hold(written, text):
    assert as_text(written) == text


@pytest.mark.parametrize("value", (object(), b"x", {"a": [None]}))
def test_what_cannot_stand_in_a_document_is_refused(value):
    with pytest.raises(InvalidValue, match="cannot stand in a policy document"):
        as_text(value)


def test_yaml_json_and_python_mean_the_same(tmp_path):
    written = Policy.from_dict(SHORT)
    python = Policy.from_dict({
        "calendars": {"office": BusinessCalendar("Europe/London", weekly={"mon-fri": "08:00-18:00"})},
        "priority": {"levels": {"high": Decimal(30), "normal": 0}, "factors": ({"open_case": 25},)},
        "sla": {"first_response": [{"within": timedelta(minutes=90), "calendar": "office", "when": None}]},
    })  # fmt: skip
    yaml = load(
        tmp_path,
        """\
calendars: {office: {zone: Europe/London, weekly: {mon-fri: 08:00-18:00}}}
priority:
  levels: {high: 30, normal: 0}
  factors: [{open_case: 25}]
sla: {first_response: [{within: PT1H30M, calendar: office}]}
""",
    )
    in_json = load(tmp_path, json.dumps(SHORT | {"fields": None}), "p.json")
    assert yaml.version == in_json.version == written.version
    facts = {"customer": {"open_cases": 1}}
    decisions = [policy.priority.decide(facts, now=NOW) for policy in (written, python, yaml, in_json)]
    said = [{**decision.to_plain(), "policy_version": None} for decision in decisions]
    assert all(one == said[0] for one in said)
    targets = {
        policy.sla.metrics["first_response"].targets[0].within for policy in (written, python, yaml, in_json)
    }
    assert len(targets) == 1


def test_a_calendar_given_as_such_is_the_calendar_it_writes():
    office = BusinessCalendar("Europe/London", weekly={"mon-fri": "08:00-18:00"}, holidays=["2026-12-25"])
    given, written = (
        Policy.from_dict({"calendars": {"office": value}}) for value in (office, office.to_dict())
    )
    assert given.version == written.version
    assert given.calendars["office"] == office


@pytest.mark.parametrize("form", (str, parse, lambda text: parse(text).to_json()))
def test_a_condition_may_be_text_expression_or_json(form):
    text = 'case.kind == "complaint" and customer.open_cases >= 2'
    policy = Policy.from_dict({"classify": [{"when": form(text), "kind": "x"}]})
    assert policy.version == Policy.from_dict({"classify": [{"when": text, "kind": "x"}]}).version


def test_decimals_of_json_keep_the_digits_that_were_written(tmp_path):
    text = '{"money": {"currency": "GBP", "rates": {"EUR": 1.10}}}'
    assert load(tmp_path, text, "p.json").version == load(tmp_path, text).version


def test_the_document_makes_an_equal_policy_again():
    policy = Policy.from_dict(as_dict())
    again = Policy.from_dict(policy.to_dict())
    stored = Policy.from_dict(decode(encode(policy.to_dict())))
    assert again.to_dict() == policy.to_dict() == as_dict()
    assert again.version == stored.version == policy.version


def changed(document, path, value):
    copied = copy.deepcopy(document)
    if not path:
        return value
    inner = copied
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return copied


@pytest.mark.parametrize(
    ("path", "value"),
    (
        (("calendars", "office", "weekly", "mon-fri"), "08:00-18:01"),
        (("keywords", "outage", 1), "no servic"),
        (("priority", "levels", "high"), "31"),
        (("sla", "first_response", 0, "within"), "61 minutes"),
        (("routing", 1, "queue"), "other"),
        (("threading", "thanks_reopens"), "yes"),
        (("examples", 0, "expect", "queue"), "general"),
    ),
)
def test_the_version_changes_with_the_content(path, value):
    assert Policy.from_dict(changed(as_dict(), path, value)).version != Policy.from_dict(as_dict()).version


def turned(node):
    if isinstance(node, dict):
        return {key: turned(item) for key, item in reversed(node.items())}
    return list(map(turned, node)) if isinstance(node, list) else node


def test_documents_that_differ_in_the_order_of_keys_are_one_version_and_live_in_one_zone():
    two = {
        "b": {"zone": "Europe/Paris", "weekly": {"mon": "9:00-10:00"}},
        "a": {"zone": "Europe/London", "weekly": {}},
    }
    document = as_dict() | {"calendars": as_dict()["calendars"] | two}
    one, other = Policy.from_dict(document), Policy.from_dict(turned(document))
    assert one.version == other.version
    assert one.home_zone == other.home_zone


def test_the_version_covers_the_plugins():
    assert Policy.from_dict({}, registry=Registry()).version == Policy.from_dict({}).version
    assert (
        Policy.from_dict({}, registry=Registry(versions={"acme": "1.0"})).version
        != Policy.from_dict({}).version
    )


# -- files ------------------------------------------------------------------------------------------


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InvalidValue, match=r"the policy '.*nowhere.yaml' cannot be read"):
        Policy.load(tmp_path / "nowhere.yaml")


def test_a_file_that_is_no_utf_8_is_refused(tmp_path):
    (tmp_path / "p.yaml").write_bytes(b"a: \xff")
    with pytest.raises(InvalidValue, match="cannot be read"):
        Policy.load(str(tmp_path / "p.yaml"))


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    (
        ('{"a": 1,\n  x}', "broken_json", 2, 3),
        ("", "broken_json", 1, 1),
        ('{"supportkit": 1, "supportkit": 2}', "duplicate_key", None, None),
    ),
)
def test_broken_json_is_told_with_its_place(tmp_path, text, code, line, column):
    with pytest.raises(PolicyError) as refused:
        load(tmp_path, text, "p.json")
    (fault,) = refused.value.faults
    assert (fault.code, fault.line, fault.column) == (code, line, column)
    assert fault.file.endswith("p.json")


def test_all_faults_of_a_file_come_together_each_with_its_place(tmp_path):
    with pytest.raises(PolicyError) as refused:
        load(
            tmp_path,
            """\
suportkit: 1
calendars:
  office: {zone: Europe/Lodnon, weekly: {mon-fri: 08:00-18:00}}
classify:
  - {when: 'contact.txt == "x"', kind: a}
  - when: >-
      contact.chanel == "x"
    kind: b
priority:
  levels: {normal: 0}
  factors: [{open_cases: 25}]
sla:
  frist_response: [{within: 1 hour, calendar: always}]
  resolution:
    - {within: 1 hour, calendar: night}
    - {calendar: always}
routing: [{queu: general}]
escalation: {late: {starts: promise.broken, levels: [{}]}}
threading: {reopen_within: soon}
remedies: []
""",
        )
    found = {(fault.path, fault.line, fault.column) for fault in refused.value.faults}
    assert {
        ("suportkit", 1, 12),
        ("calendars.office", 3, 11),
        ("classify[0].when", 5, 13),
        ("classify[1].when", 6, 11),
        ("sla.frist_response", 13, 19),
        ("sla.resolution[0].calendar", 15, 34),
        ("sla.resolution[1].within", 16, 7),
        ("routing[0].queu", 17, 18),
        ("threading.reopen_within", 19, 28),
        ("remedies", 20, 11),
    } <= found
    assert {path.partition(".")[0].partition("[")[0] for path, *_ in found} == {
        "suportkit", "calendars", "classify", "priority", "sla", "routing", "escalation", "threading", "remedies",
    }  # fmt: skip
    assert all(str(tmp_path) in fault.file for fault in refused.value.faults)


# -- nothing but faults -----------------------------------------------------------------------------

WRONG = ("", "nonsense", ["x"], {"y": "z"}, [], {}, [["x"]], [{"y": "z"}], {"y": ["z"]})


def nodes(node, path=()):
    yield path
    if isinstance(node, dict | list):
        for key in node if isinstance(node, dict) else range(len(node)):
            yield from nodes(node[key], (*path, key))


@pytest.mark.parametrize("section", as_dict())
def test_whatever_stands_in_the_wrong_place_is_a_fault_and_never_a_crash(section):
    document = as_dict()
    for path in nodes(document[section], (section,)):
        for wrong in WRONG:
            with suppress(PolicyError):
                check(Policy.from_dict(changed(document, path, wrong)))


def test_a_document_that_is_no_mapping_is_a_fault():
    for wrong in ("nonsense", ["x"]):
        assert faults(wrong) == [("not_a_mapping", "")]
