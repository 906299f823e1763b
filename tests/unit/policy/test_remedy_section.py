"""The section on remedies: what it says, what it means without a word, and what can be wrong with it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from supportkit import Policy
from supportkit.cases import Event, Log
from supportkit.errors import InvalidValue, PolicyError
from supportkit.policy import check
from supportkit.recovery import KINDS, Assessment, check_reply

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
WHOLE = """\
calendars: {office: {zone: Europe/London, weekly: {mon-fri: 09:00-17:00}}}
money: {currency: GBP}
remedies:
  catalogue:
    voucher: {kind: goodwill, value: 10}
    month_free: {kind: perk, value: 18.50}
    money_back: {kind: refund, at_most: 500}
    repair: fix
  limits:
    case: {agent: 20, lead: 100, owner: none}
    customer_day: {agent: 50, lead: 200}
    incident: {agent: 1000}
  goodwill: {remedy: voucher, count: 2, value: 50, window: 30 days}
  apology: {within: 4 hours, calendar: office}
  effort_cap: 8
  second_look: no
  statutory: [gb.disp.summary_resolution, gb.disp.final_response]
  replies: {coverage: 30%, similarity: 0.7, terms: 12, repeats: 2, window: 2 hours, language: nl, off: feeling,
            block: [personal_data], recourse: ombudsman, words: {en: {next_step: [sit tight]}, fr: {feeling: [désolé, navré]}}}
"""


def load(text, tmp_path):
    file = tmp_path / "support.yaml"
    file.write_text(text, encoding="utf-8")
    return Policy.load(file)


@pytest.fixture
def policy(tmp_path):
    return load(WHOLE, tmp_path)


def test_a_policy_without_a_word_on_remedies_bounds_nothing():
    remedies = Policy.from_dict({}).remedies
    assert (remedies.currency, remedies.second_look, remedies.replies) == ("EUR", True, None)
    assert {remedies.option(kind).counts_as for kind in KINDS} == set(KINDS)
    assert remedies.authorise(10**6, currency="EUR", role=None, granted={}).decision == "approve"
    assert remedies.authorise(1, currency="GBP", role=None, granted={}).decision == "invalid"
    assert remedies.propose(Assessment(True), replies=999).kind == "fix"


def test_every_part_is_read(policy):
    remedies = policy.remedies
    assert remedies.option("month_free").amount() == Decimal("18.50")
    assert (remedies.option("money_back").at_most, remedies.option("repair").kind) == (Decimal(500), "fix")
    assert {limits.scope: limits.of("agent") for limits in remedies.limits} == {
        "case": Decimal(20),
        "customer_day": Decimal(50),
        "incident": Decimal(1000),
    }
    assert remedies.limits[0].of("owner") is None
    assert (remedies.goodwill.count, remedies.goodwill.value, remedies.goodwill.window.days) == (
        2,
        Decimal(50),
        30,
    )
    assert (remedies.effort_cap, remedies.second_look) == (8, False)
    assert remedies.propose(Assessment(True), replies=9).kind == "refund"
    assert remedies.statutory_dates(date(2026, 7, 2)) == {
        "gb.disp.summary_resolution": date(2026, 7, 7),
        "gb.disp.final_response": date(2026, 8, 27),
    }
    replies = remedies.replies
    assert (replies.coverage, replies.similarity, replies.terms, replies.repeats) == (0.3, 0.7, 12, 2)
    assert (replies.window, replies.language) == (timedelta(hours=2), "nl")
    assert (replies.off, replies.block) == (("feeling",), ("personal_data",))
    assert replies.recourse == ("ombudsman",)


def test_words_of_a_policy_are_added_to_those_that_ship(policy):
    rules = policy.remedies.replies
    assert check_reply("Sorry. Sit tight.", language="en", rules=rules).ok
    assert check_reply("Sorry. We will call.", language="en", rules=rules).ok
    assert "désolé" in rules.words["fr"].feeling


def test_a_document_with_remedies_makes_the_same_policy_again(policy):
    again = Policy.from_dict(policy.to_dict())
    assert (again.version, again.remedies) == (policy.version, policy.remedies)
    other = Policy.from_dict(policy.to_dict() | {"remedies": {}})
    assert other.version != policy.version


def test_an_apology_is_due_in_open_time_after_a_complaint(policy):
    log = Log("17").opened(at=NINE)
    raised = Event.of("recovery.complaint_raised", at=NINE, stream="case:17", seq=2)
    sorry = Event.of("recovery.apologised", at=NINE + timedelta(hours=3), stream="case:17", seq=3)

    def clocks(events, hours):
        report = policy.sla.evaluate(events, facts={}, now=NINE + timedelta(hours=hours))
        return [
            (clock.state, clock.verdict, clock.due) for clock in report.clocks if clock.metric == "apology"
        ]

    # 9:00 in UTC is 10:00 in London
    assert clocks([*log, raised], 1) == [("running", "pending", NINE + timedelta(hours=4))]
    assert clocks([*log, raised], 5) == [("running", "breached", NINE + timedelta(hours=4))]
    assert [state[:2] for state in clocks([*log, raised, sorry], 5)] == [("stopped", "met")]
    settled = Event.of("case.resolved", at=NINE + timedelta(hours=1), stream="case:17", seq=3)
    assert [state[0] for state in clocks([*log, raised, settled], 5)] == ["cancelled"]


def test_lines_of_an_apology_may_have_conditions_that_are_recorded_as_read():
    lines = [{"when": 'customer.plan == "gold"', "within": "1 hour", "calendar": "always"},
             {"within": "24 hours", "calendar": "always"}]  # fmt: skip
    policy = Policy.from_dict({"remedies": {"apology": lines}})
    assert [target.within.text for target in policy.sla.metrics["apology"].targets] == ["1 hour", "24 hours"]
    assert "customer.plan" in policy.reading.reads["sla"]


def test_amounts_count_where_they_were_given(policy):
    gift = Event.of("recovery.remedy_given", at=NINE, stream="case:1", amount=Decimal(15), counts_as="perk")
    owed = Event.of(
        "recovery.remedy_given", at=NINE, stream="case:1", amount=Decimal(99), scheme="nl.power.outage"
    )
    from zoneinfo import ZoneInfo

    from supportkit.recovery import given_remedies

    given = given_remedies([gift, owed])
    zone = ZoneInfo("Europe/London")
    same_day = policy.remedies.granted(case=given, customer=given, now=NINE + timedelta(hours=13), zone=zone)
    assert same_day == {"case": (Decimal(15),), "customer_day": (Decimal(15),)}
    next_day = policy.remedies.granted(
        case=given, customer=given, incident=given, now=NINE + timedelta(hours=14), zone=zone
    )
    assert next_day == {"case": (Decimal(15),), "customer_day": (), "incident": (Decimal(15),)}


@pytest.mark.parametrize(
    ("amount", "role", "granted", "decision"),
    (
        (20, "agent", {"case": (), "customer_day": (30,)}, ("approve", "agent")),
        (20, "agent", {"case": (), "customer_day": (31,)}, ("needs", "lead")),
        (20, "agent", {"case": (1,), "customer_day": (30,)}, ("needs", "lead")),
        (101, "agent", {"case": (), "customer_day": ()}, ("needs", None)),
        (101, "owner", {"case": ()}, ("approve", "owner")),
        (20, "agent", {"case": (), "incident": (981,)}, ("needs", None)),
        (20, "agent", {"case": (), "incident": (980,)}, ("approve", "agent")),
        (-1, "agent", {"case": ()}, ("invalid", None)),
    ),
)
def test_every_scope_holds_at_once(policy, amount, role, granted, decision):
    decided = policy.remedies.authorise(amount, currency="GBP", role=role, granted=granted)
    assert (decided.decision, decided.role) == decision
    assert decided.reasons


def test_a_remedy_that_there_is_not_says_the_likely_one(policy):
    with pytest.raises(InvalidValue, match="did you mean 'voucher'"):
        policy.remedies.option("vouchers")
    with pytest.raises(InvalidValue, match="there are voucher, month_free"):
        policy.remedies.option("zebra")
    with pytest.raises(InvalidValue, match="there are fix, compensate"):
        Policy.from_dict({}).remedies.option("wishes")


R = "remedies: {%s}"
FAULTS = (
    (R % "catalog: {}", ("unknown_key", "remedies.catalog", 1, 21, "there is no 'catalog' here", "did you mean 'catalogue'")),
    (R % "currency: pounds", ("bad_value", "remedies.currency", 1, 22, "no ISO 4217 code", None)),
    (R % "catalogue: [x]", ("not_a_mapping", "remedies.catalogue", 1, 23, "is no mapping", None)),
    (R % "catalogue: {a: {value: 5}}", ("missing_key", "remedies.catalogue.a.kind", 1, 27, "says no kind", "known are fix")),
    (R % "catalogue: {a: {kind: refnd}}", ("bad_value", "remedies.catalogue.a.kind", 1, 34, "no kind of remedy 'refnd'", "did you mean 'refund'")),
    (R % "catalogue: {a: {kind: perk, value: much}}", ("bad_value", "remedies.catalogue.a.value", 1, 47, "'much' is no number", None)),
    (R % "catalogue: {a: {kind: perk, value: -1}}", ("bad_value", "remedies.catalogue.a", 1, 27, "worth is -1", None)),
    (R % "catalogue: {a: {kind: perk, valu: 1}}", ("unknown_key", "remedies.catalogue.a.valu", 1, 46, "no 'valu'", "did you mean 'value'")),
    (R % "catalogue: {a: {kind: perk, value: 1, at_most: 1}}", ("bad_value", "remedies.catalogue.a", 1, 27, "leave one out", None)),
    (R % "limits: {cases: {a: 1}}", ("unknown_key", "remedies.limits.cases", 1, 28, "no 'cases'", "did you mean 'case'")),
    (R % "limits: {case: 20}", ("not_a_mapping", "remedies.limits.case", 1, 27, "is no mapping", None)),
    (R % "limits: {case: {agent: lots}}", ("bad_value", "remedies.limits.case.agent", 1, 35, "'lots' is no number", None)),
    (R % "limits: {case: {agent: -5}}", ("bad_value", "remedies.limits.case", 1, 27, "limit of 'agent' is -5", None)),
    (R % "goodwill: {remedy: voucher}", ("bad_value", "remedies.goodwill.remedy", 1, 31, "no remedy 'voucher'", "remedies.catalogue")),
    (R % "catalogue: {m: {kind: perk, value: 1}}, goodwill: {remedy: m}", ("bad_value", "remedies.goodwill.remedy", 1, 71, "no goodwill with a value", "kind: goodwill")),
    (R % "catalogue: {m: goodwill}, goodwill: {remedy: m}", ("bad_value", "remedies.goodwill.remedy", 1, 57, "no goodwill with a value", None)),
    (R % "goodwill: {count: 0, window: soon}", ("bad_value", "remedies.goodwill.count", 1, 30, "'0' is not above zero", None), ("bad_value", "remedies.goodwill.window", 1, 41, "'soon' is no duration", None)),
    (R % "goodwill: {count: x, value: y}", ("bad_value", "remedies.goodwill.count", 1, 30, "no whole number", None), ("bad_value", "remedies.goodwill.value", 1, 40, "'y' is no number", None)),
    (R % "goodwill: {window: 0 days}", ("bad_value", "remedies.goodwill", 1, 22, "above zero", None)),
    (R % "apology: {within: 1 hour}", ("missing_key", "remedies.apology.calendar", 1, 21, "names no calendar", None)),
    (R % "apology: [{within: 1 hour, calendar: night}]", ("unknown_calendar", "remedies.apology[0].calendar", 1, 49, "no calendar 'night'", None)),
    (R % "apology: soon", ("not_a_list", "remedies.apology", 1, 21, "'soon' is no list", None)),
    (R % "apology: {within: 1 hour, calendar: always}" + "\nsla: {apology: {like: resolution, targets: []}}", ("reserved", "remedies.apology", 1, 21, "metric of that name", "rename")),
    (R % "effort_cap: none", ("bad_value", "remedies.effort_cap", 1, 24, "no whole number", None)),
    (R % "second_look: maybe", ("bad_value", "remedies.second_look", 1, 25, "neither true nor false", None)),
    (R % "statutory: [gb.disp.final_respons]", ("bad_value", "remedies.statutory", 1, 23, "no 'gb.disp.final_respons'", "did you mean 'gb.disp.final_response'")),
    (R % "statutory: [fr.x]", ("bad_value", "remedies.statutory", 1, 23, "no 'fr.x'", "known are gb.disp")),
    (R % "replies: {coverage: 120%}", ("bad_value", "remedies.replies.coverage", 1, 32, "is no share", "'20%'")),
    (R % "replies: {similarity: much}", ("bad_value", "remedies.replies.similarity", 1, 34, "is no share", None)),
    (R % "replies: {terms: 0}", ("bad_value", "remedies.replies.terms", 1, 29, "not above zero", None)),
    (R % "replies: {recourse: ['']}", ("bad_value", "remedies.replies", 1, 21, "holds an empty phrase", None)),
    (R % "replies: {window: soon}", ("bad_value", "remedies.replies.window", 1, 30, "no duration", None)),
    (R % "replies: {off: [feelings]}", ("bad_value", "remedies.replies", 1, 21, "did you mean 'feeling'", None)),
    (R % "replies: {words: {en: {feelings: [x]}}}", ("unknown_key", "remedies.replies.words.en.feelings", 1, 45, "no 'feelings'", "did you mean 'feeling'")),
    (R % "replies: {words: {en: {feeling: ['']}}}", ("bad_value", "remedies.replies.words.en", 1, 34, "holds an empty phrase", None)),
    (R % "replies: {words: {en: {feeling: [[x]]}}}", ("not_a_text", "remedies.replies.words.en.feeling[0]", 1, 45, "is no text", None)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"), [(row[0], row[1:]) for row in FAULTS], ids=[row[0] for row in FAULTS]
)
def test_every_fault_of_remedies_has_its_place_and_the_way_out(text, expected, tmp_path):
    with pytest.raises(PolicyError) as refused:
        load(text, tmp_path)
    found = refused.value.faults
    for code, path, line, column, message, hint in expected:
        fitting = [fault for fault in found if (fault.code, fault.path) == (code, path)]
        assert fitting, [(fault.code, fault.path, fault.message) for fault in found]
        assert (fitting[0].line, fitting[0].column) == (line, column)
        assert message in fitting[0].message
        assert hint is None or hint in (fitting[0].hint or "")
    assert len(found) == len(expected) or any(fault.code in {"not_a_text", "bad_value"} for fault in found)


def findings(**section):
    policy = Policy.from_dict({"remedies": section})
    return [(found.code, found.path, found.message) for found in check(policy)]


def test_a_policy_whose_remedies_can_all_be_given_has_no_finding(policy):
    assert check(policy) == []


def test_a_remedy_that_nobody_may_give_is_found():
    catalogue = {"pearls": {"kind": "perk", "value": 101}, "stones": {"kind": "perk", "value": 100}}
    assert findings(catalogue=catalogue, limits={"case": {"agent": 20, "lead": 100}}) == [
        ("never_given", "remedies.catalogue.pearls", "nobody may give it: it is worth 101, case ends at 100")
    ]
    assert findings(catalogue=catalogue, limits={"case": {"agent": 20, "lead": "none"}}) == []
    assert [code for code, *_ in findings(catalogue=catalogue, limits={"case": {}})] == ["never_given"] * 2


def test_goodwill_above_its_own_bound_is_found():
    catalogue = {"gold": {"kind": "goodwill", "value": 60}, "tea": {"kind": "goodwill", "value": 50}}
    assert findings(catalogue=catalogue, goodwill={"value": 50}) == [
        (
            "never_given",
            "remedies.catalogue.gold",
            "no customer can get it: it is worth 60, goodwill ends at 50",
        )
    ]


def test_a_chain_that_turns_round_is_found():
    limits = {"case": {"agent": 20, "lead": 100}, "customer_day": {"agent": 50, "lead": 30}}
    ((code, path, message),) = findings(limits=limits)
    assert (code, path) == ("limits_disagree", "remedies.limits.customer_day.lead")
    assert message.startswith("lead may give more than agent in case, and less in customer_day")
    endless = {"case": {"agent": 20, "lead": "none"}, "customer_day": {"agent": "none", "lead": 30}}
    assert [code for code, *_ in findings(limits=endless)] == ["limits_disagree"]


def test_all_faults_come_together(tmp_path):
    with pytest.raises(PolicyError) as refused:
        load(R % "currency: x, effort_cap: y, limits: {case: {a: z}}, replies: {coverage: w}", tmp_path)
    assert [fault.path for fault in refused.value.faults] == [
        "remedies.currency",
        "remedies.limits.case.a",
        "remedies.effort_cap",
        "remedies.replies.coverage",
    ]
