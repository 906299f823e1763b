"""What can be wrong in each section: its code, its place, and the way out."""

import pytest

from supportkit import Policy
from supportkit.errors import Fault, InvalidValue, PolicyError
from supportkit.policy.section import Reading
from supportkit.rules import parse

SLA = "sla: {first_response: [%s]}"
TEXTS = "acknowledgement: {texts: {en: {%s}}}"
# The text of a policy, and for each of its faults: code, path, line, column, what its message and hint hold.
TABLE = (
    # -- the document
    ("supportkit: 2", ("unknown_version", "supportkit", 1, 13, "format '2' is unknown", "write `supportkit: 1`")),
    ("priorty: {}", ("unknown_key", "priorty", 1, 10, "there is no 'priorty' here", "did you mean 'priority'?")),
    ("zebra: {}", ("unknown_key", "zebra", 1, 8, "there is no 'zebra' here", "known are supportkit, fields")),
    ("queues: {}", ("unknown_section", "queues", 1, 9, "queues have no section of their own", "line of routing")),
    # -- fields
    ("fields: []", ("not_a_mapping", "fields", 1, 9, "[] is no mapping", "write `name: value` lines")),
    ("fields: {tier: {type: int}}", ("bad_name", "fields.tier", 1, 16, "'tier' is no name for a field of your own", "call it 'x.tier'")),
    ("fields: {x.a: {type: money}}", ("bad_value", "fields.x.a", 1, 15, "'money'", None)),
    ("fields: {x.a: {typ: int}}", ("unknown_key", "fields.x.a.typ", 1, 21, "there is no 'typ' here", "did you mean 'type'?")),
    ("fields: {x.a: {nullable: perhaps}}", ("bad_value", "fields.x.a.nullable", 1, 26, "'perhaps' is neither true nor false", None)),
    ("fields: {x.a: int}", ("not_a_mapping", "fields.x.a", 1, 15, "'int' is no mapping", None)),
    # -- calendars
    ("calendars: {always: {zone: UTC}}", ("reserved", "calendars.always", 1, 21, "'always' is built in", "choose another name")),
    ("calendars: {a: {zone: Europe/Lodnon, weekly: {}}}", ("bad_value", "calendars.a", 1, 16, "Europe/Lodnon", None)),
    ("calendars: {a: {zone: UTC, weekly: {mon: 25:00-26:00}}}", ("bad_value", "calendars.a", 1, 16, "'25:00' is no wall time", None)),
    ("calendars: {a: {zone: UTC, weekly: {}, holidays: GB-ENX}}", ("bad_value", "calendars.a", 1, 16, "GB has the parts ENG", None)),
    # -- keywords
    ("keywords: {a: []}", ("empty_needle", "keywords.a", 1, 15, "the keyword set 'a' has no phrases", "list at least one")),
    ("keywords: {a: [x, '']}", ("empty_needle", "keywords.a", 1, 15, "holds an empty phrase", "remove it")),
    ("keywords: {a: {phrases: [x, {y: z}]}}", ("not_a_text", "keywords.a.phrases[1]", 1, 29, "is no text", None), ("empty_needle", "keywords.a", 1, 15, "empty phrase", None)),
    ("keywords: {a: {phrases: [x], fuzzy: yes}}", ("unknown_key", "keywords.a.fuzzy", 1, 37, "there is no 'fuzzy' here", "known are phrases")),
    ("keywords: {a: {phrases: [x], case: loud}}", ("bad_value", "keywords.a", 1, 15, "case='loud'", None)),
    # -- money
    ("money: {currency: pounds}", ("bad_value", "money.currency", 1, 19, "currency='pounds' is no ISO 4217 code", None)),
    ("money: {rates: {EUR: much}}", ("bad_value", "money.rates.EUR", 1, 22, "amount='much' is no number", None)),
    ("money: {rates: {EUR: -1, USD: 0}}", ("bad_value", "money.rates.EUR", 1, 22, "the rate -1 is not above zero", None), ("bad_value", "money.rates.USD", 1, 31, "the rate 0 is not above zero", None)),
    ("money: {rates: {EURO: 1}}", ("bad_value", "money.rates.EURO", 1, 23, "no ISO 4217 code", None)),
    ("money: {currency: EUR}\npriority: {levels: {n: 0}, factors: [{spend: {currency: GBP, tiers: {1: 1}}}]}", ("currency_differs", "money.currency", 1, 19, "spend is counted in EUR, its tiers are in GBP", "use one currency")),
    # -- classify
    ("classify: {kind: x}", ("not_a_list", "classify", 1, 11, "is no list", "begin each line with `- `")),
    ("classify: [x]", ("not_a_mapping", "classify[0]", 1, 12, "'x' is no mapping", None), ("says_nothing", "classify[0]", 1, 12, "this line sets nothing", "set one of kind, category")),
    ("classify: [{when: case.public}]", ("says_nothing", "classify[0]", 1, 12, "this line sets nothing", None)),
    ("classify: [{when: '', kind: x}]", ("empty_condition", "classify[0].when", 1, 20, "this condition is empty", "leave `when` out")),
    ("classify: [{when: case.knd == 'x', kind: x}]", ("unknown_field", "classify[0].when", 1, 19, "case.knd", "did you mean 'case.kind'?")),
    ("classify: [{when: 'case.public and case.knd', kind: x}]", ("unknown_field", "classify[0].when", 1, 36, "case.knd", None)),
    ("classify: [{when: contact.text.mentions(keywords.outrage), kind: x}]", ("unknown_keyword_set", "classify[0].when", 1, None, "outrage", None)),
    ("classify: [{when: 'case.public and', kind: x}]", ("syntax", "classify[0].when", 1, None, "", None)),
    ("classify: [{kind: [x]}]", ("not_a_text", "classify[0].kind", 1, 19, "['x'] is no text", None)),
    ("classify: [{prio: x, kind: y}]", ("unknown_key", "classify[0].prio", 1, 19, "there is no 'prio' here", None)),
    # -- sla
    ("sla: [x]", ("not_a_mapping", "sla", 1, 6, "is no mapping", None)),
    ("sla: {frist_response: []}", ("bad_value", "sla.frist_response", 1, 23, "did you mean 'first_response'?", None)),
    ("sla: {first_response: soon}", ("not_a_list", "sla.first_response", 1, 23, "'soon' is no list", None)),
    (SLA % "{calendar: always}", ("missing_key", "sla.first_response[0].within", 1, 24, "this line says no time", "write `within: 60 minutes`")),
    (SLA % "{within: 1 hour}", ("missing_key", "sla.first_response[0].calendar", 1, 24, "this line names no calendar", "write `calendar: always`")),
    (SLA % "{within: 1 hour, calendar: night}", ("unknown_calendar", "sla.first_response[0].calendar", 1, 51, "there is no calendar 'night'", "known are always")),
    (SLA % "{within: 1 day, calendar: always}", ("bad_value", "sla.first_response[0]", 1, 24, "within='1 day' could mean", None)),
    (SLA % "{within: 1 hour, calendar: always, end_of_day: yes}", ("bad_value", "sla.first_response[0]", 1, 24, "end_of_day is for business days", None)),
    (SLA % "{within: 1 hour, calendar: always, end_of_day: so}", ("bad_value", "sla.first_response[0].end_of_day", 1, 71, "'so' is neither true nor false", None)),
    (SLA % "{within: 1 hour, calendar: always, begin: soon}", ("bad_value", "sla.first_response[0]", 1, 24, "begin='soon' is no beginning", None)),
    (SLA % "{within: 1 hour, calendar: always, warn: half}", ("bad_value", "sla.first_response[0]", 1, 24, "half", None)),
    (SLA % "{within: 1 hour, calendar: always, when: case.knd is None}", ("unknown_field", "sla.first_response[0].when", 1, 65, "case.knd", None)),
    ("sla: {resolution: {targets: [], pause: [on_hold]}}", ("bad_value", "sla.resolution", 1, 19, "status='on_hold' is none of", None)),
    ("sla: {resolution: {targets: [], carry: {priority: forget}}}", ("bad_value", "sla.resolution", 1, 19, "none of keep, restart", None)),
    ("sla: {resolution: {targets: [], pauze: []}}", ("unknown_key", "sla.resolution.pauze", 1, 40, "there is no 'pauze' here", "did you mean 'pause'?")),
    ("sla: {mine: {targets: []}}", ("bad_value", "sla.mine", 1, 13, "mine", None)),
    # -- acknowledgement
    ("acknowledgement: {per_sender: often}", ("bad_value", "acknowledgement.per_sender", 1, 31, "'often' is no limit", "write it like '3 in 1 day'")),
    ("acknowledgement: {total: 3 in 0 days}", ("bad_value", "acknowledgement", 1, 18, "positive window", None)),
    ("acknowledgement: {loop_token: [x]}", ("not_a_text", "acknowledgement.loop_token", 1, 31, "['x'] is no text", None)),
    ("acknowledgement: {own_adresses: x}", ("unknown_key", "acknowledgement.own_adresses", 1, 33, "there is no 'own_adresses' here", "did you mean 'own_addresses'?")),
    (TEXTS % "reply: 'by {duee}'", ("bad_value", "acknowledgement.texts.en", 1, 31, "a text cannot be filled in (KeyError: 'duee')", None)),
    (TEXTS % "due: '{weekday} {'", ("bad_value", "acknowledgement.texts.en", 1, 31, "a text cannot be filled in (ValueError", None)),
    (TEXTS % "reference: '{0}'", ("bad_value", "acknowledgement.texts.en", 1, 31, "a text cannot be filled in (IndexError", None)),
    (TEXTS % "months: Jan Feb", ("bad_value", "acknowledgement.texts.en", 1, 31, "months twelve from January", None)),
    (TEXTS % "subject: [x]", ("not_a_text", "acknowledgement.texts.en.subject", 1, 41, "['x'] is no text", None)),
    (TEXTS % "greting: x", ("unknown_key", "acknowledgement.texts.en.greting", 1, 41, "there is no 'greting' here", "did you mean 'greeting'?")),
    # -- threading
    ("threading: {reopen_within: soon}", ("bad_value", "threading.reopen_within", 1, 28, "'soon' is no number of days", "write '14 days'")),
    ("threading: {thanks_reopens: so}", ("bad_value", "threading.thanks_reopens", 1, 29, "'so' is neither true nor false", None)),
    ("threading: {subject_token: '#'}", ("bad_value", "threading", 1, 12, "must hold {case} once", None)),
    ("threading: {subject_token: [x]}", ("not_a_text", "threading.subject_token", 1, 28, "['x'] is no text", None), ("bad_value", "threading", 1, 12, "", None)),
    ("threading: {join_open_case: [fax]}", ("bad_value", "threading", 1, 12, "fax is no form of a contact", None)),
    # -- the parts that read themselves stand at their place too
    ("priority: {levels: {normal: 0}, factors: [{moon: 1}]}", (None, "priority.factors[0].moon", 1, None, "moon", None)),
    ("routing: [{queu: x}]", ("unknown_key", "routing[0].queu", 1, 18, "queu", "did you mean 'queue'?")),
    ("escalation: {a: {starts: promise.broken, levels: [{to: x}], levls: []}}", ("unknown_key", "escalation.a.levls", 1, 68, "levls", None)),
    # -- examples
    ("examples: x", ("not_a_list", "examples", 1, 11, "'x' is no list", None)),
    ("examples: [{given: {}}]", ("missing_key", "examples[0].expect", 1, 12, "this example expects nothing", "write `expect:")),
    ("examples: [{given: x, expect: y}]", ("not_a_mapping", "examples[0].given", 1, 20, "", None), ("not_a_mapping", "examples[0].expect", 1, 31, "", None)),
    ("examples: [{given: {contact: x}, expect: {}}]", ("not_a_mapping", "examples[0].given.contact", 1, 30, "", None)),
    ("examples: [{gven: {}, expect: {}}]", ("unknown_key", "examples[0].gven", 1, 19, "", "did you mean 'given'?")),
)  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=[row[0].replace("\n", " ")[:80] for row in TABLE])
def test_every_fault_has_its_code_its_place_and_the_way_out(tmp_path, row):
    text, *expected = row
    (tmp_path / "p.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        Policy.load(tmp_path / "p.yaml")
    found = list(refused.value.faults)
    assert [fault.path for fault in found] == [path for _, path, *_ in expected]
    for fault, (code, _, line, column, message, hint) in zip(found, expected, strict=True):
        assert (fault.code, fault.line, fault.column) == (code or fault.code, line, column or fault.column)
        assert message in fault.message
        assert hint is None or hint in fault.hint


def test_a_single_text_is_a_list_of_one():
    assert Policy.from_dict({"keywords": {"a": "no signal"}}).keywords["a"].phrases[0].text == "no signal"


@pytest.mark.parametrize(
    ("written", "meant"), (("true", True), ("Yes", True), (True, True), ("NO", False), ("false", False))
)
def test_yes_and_no_are_read_whatever_their_case(written, meant):
    reading = Reading()
    assert reading.flag(written, "x") is meant
    assert reading.faults == []


def test_what_a_part_raises_becomes_a_fault_at_its_place_or_at_the_place_it_names():
    def raising(error):
        def make():
            raise error

        return make

    reading = Reading()
    assert reading.build("here", raising(PolicyError([Fault("a", path="there"), Fault("b")]))) is None
    assert reading.build("here", raising(InvalidValue("wrong"))) is None
    assert reading.build("here", lambda: parse("a +")) is None
    assert reading.build("here", lambda: 1) == 1
    assert [(fault.code, fault.path) for fault in reading.faults][:3] == [
        ("a", "there"),
        ("b", "here"),
        ("bad_value", "here"),
    ]
    assert {fault.path for fault in reading.faults[3:]} == {"here"}
    with pytest.raises(PolicyError):
        reading.finish()
    Reading().finish()
