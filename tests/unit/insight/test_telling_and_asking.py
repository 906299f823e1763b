"""Bulletins, outreach, feedback and hints: whom to tell, whom to ask, and whom to leave alone."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.cases import Agent, Case, ContactPoint, Customer, Event, Log, Purchase
from supportkit.errors import InvalidValue
from supportkit.insight import (
    FeedbackRules,
    Tip,
    audience,
    bulletins,
    feedback_items,
    is_affected,
    may_ask,
    may_ask_referral,
    read_record,
    records,
    stale_messages,
    suggest,
)
from supportkit.rules import parse

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def published(version=1, **said):
    return Event.of("desk.bulletin_published", at=NINE, bulletin="b", version=version, **said)


def seen(agent, version=1, bulletin="b"):
    return Event.of("desk.bulletin_seen", at=NINE, bulletin=bulletin, agent=agent, version=version)


STAFF = [Agent("ann", teams=["network"]), Agent("bob", teams=["billing"])]


@pytest.mark.parametrize(
    ("events", "unseen"),
    (
        ([published()], ("ann", "bob")),
        ([published(), seen("ann")], ("bob",)),
        ([published(), seen("ann"), seen("bob")], ()),
        ([published(), seen("ann"), published(2)], ("ann", "bob")),
        ([published(2), seen("ann", 2), seen("ann", 1), seen("bob", 1)], ("bob",)),
        ([published(teams=["network"])], ("ann",)),
        ([seen("ann", bulletin="other"), published()], ("ann", "bob")),
    ),
)
def test_who_has_not_seen_the_current_version_is_listed(events, unseen):
    assert bulletins(events)["b"].unseen_by(STAFF) == unseen


def told(case, *versions, incident="outage"):
    log = Log(case).opened(at=NINE)
    for version in versions:
        log = log.add("outreach.sent", at=NINE, incident=incident, version=version)
    return log


def test_cases_that_were_told_an_old_version_last_are_flagged():
    current = bulletins([published(2, incident="outage")])
    logs = [told("1", 1), told("2", 1, 2), told("3"), told("4", 1, incident="other")]
    (stale,) = stale_messages(records(logs), current)
    assert (stale.case, stale.incident, stale.version, stale.current) == ("1", "outage", 1, 2)


def test_a_reply_that_uses_an_old_version_is_flagged_as_well():
    current = bulletins([published(2, incident="outage")])
    linked = Log("5").opened(at=NINE).add("problem.linked", at=NINE, problem="outage")
    replies = [linked.agent_reply(at=NINE, by="ann", incident_message=version) for version in (1, 2, None)]
    elsewhere = Log("6").opened(at=NINE).agent_reply(at=NINE, by="ann", incident_message=1)
    assert [stale.version for stale in stale_messages(records([*replies, elsewhere]), current)] == [1]


def bought(product, amount=10):
    return Purchase(NINE, amount, "EUR", product=product, model="M1", serial="S1")


FIBRE = Customer("jo", plan="gold", tags=["vip", "press"], purchases=[bought("fibre"), bought("tv")])


@pytest.mark.parametrize(
    ("affects", "verdict"),
    (
        ({}, True),
        ({"product": "fibre"}, True),
        ({"product": ["dsl", "tv"]}, True),
        ({"product": "dsl"}, False),
        ({"plan": "gold", "product": "fibre"}, True),
        ({"plan": "silver", "product": "fibre"}, False),
        ({"tags": "press"}, True),
        ({"tags": ["none"]}, False),
        ({"language": "en"}, False),
        ({"customer": ["jo", "al"]}, True),
        ({"product": "fibre", "model": "M1", "serial": "S1"}, True),
        ({"product": "fibre", "model": "M2"}, False),
    ),
)
def test_an_incident_affects_who_has_what_it_names(affects, verdict):
    assert is_affected(FIBRE, affects) is verdict


def test_unknown_purchases_are_neither_yes_nor_no():
    assert is_affected(Customer("al"), {"product": "fibre"}) is None
    assert is_affected(Customer("al"), {"product": "fibre", "plan": "gold"}) is False
    assert is_affected(Customer("al", purchases=[bought("fibre", -10)]), {"product": "fibre"}) is False


def test_an_attribute_that_customers_do_not_have_is_refused_with_the_nearest():
    with pytest.raises(InvalidValue, match="did you mean 'product'"):
        is_affected(FIBRE, {"produkt": "fibre"})
    with pytest.raises(InvalidValue, match="use product"):
        is_affected(FIBRE, {"zzz": 1})


def person(name, *points, **said):
    return Customer(
        name,
        [ContactPoint(kind, value) for kind, value in points],
        purchases=said.pop("purchases", []),
        **said,
    )


MAIL = ("email", "x@example.org")


@pytest.mark.parametrize(
    ("customer", "given", "how", "reason"),
    (
        (person("jo", MAIL), {}, "message", None),
        (person("jo"), {}, "nothing", "unreachable"),
        (person("jo", ("phone", "+441")), {}, "nothing", "unreachable"),
        (person("jo"), {"open_cases": {"jo": "c1"}}, "case", None),
        (
            person("jo", MAIL, preferences={"outreach": False}),
            {"open_cases": {"jo": "c1"}},
            "nothing",
            "opted_out",
        ),
        (person("jo", MAIL, preferences={"outreach": True}), {}, "message", None),
        (person("jo", MAIL), {"told": {"jo"}, "open_cases": {"jo": "c1"}}, "nothing", "told"),
        (person("jo", MAIL, purchases=None), {"affects": {"product": "tv"}}, "nothing", "unknown"),
    ),
)
def test_each_affected_customer_is_told_in_their_way_or_left_alone_for_a_reason(customer, given, how, reason):
    (reach,) = audience([customer], **{"affects": {}, **given})
    assert (reach.how, reach.reason) == (how, reason)
    assert (reach.point is not None) == (how == "message")
    assert reach.case == ("c1" if how == "case" else None)


def test_open_cases_go_first_and_nobody_is_there_twice():
    people = [person("al", MAIL), person("jo", MAIL), person("ed", MAIL), person("jo", MAIL)]
    assert [each.customer for each in audience(people, affects={}, open_cases={"jo": "c1"})] == [
        "jo",
        "al",
        "ed",
    ]


def test_a_merged_record_counts_as_the_one_that_took_it_over():
    old = person("old", MAIL, merged_into="new", purchases=[bought("fibre")])
    new = person("new", ("email", "new@example.org"), purchases=[])
    for people in ([old, new], [new, old]):
        (reach,) = audience(people, affects={"product": "fibre"})
        assert (reach.customer, reach.point.value) == ("new", "new@example.org")
    round_about = [person("a", MAIL, merged_into="b"), person("b", MAIL, merged_into="a")]
    assert len(audience(round_about, affects={})) == 2
    unknown = person("old", MAIL, merged_into="new", purchases=None)
    for people in ([unknown, person("new", MAIL, purchases=[bought("tv")])],):
        assert [each.how for each in audience(people, affects={"product": "tv"})] == ["message"]
        assert [each.how for each in audience(people[::-1], affects={"product": "tv"})] == ["message"]


def test_a_message_goes_by_the_channel_that_the_customer_prefers():
    both = [("email", "jo@example.org"), ("phone", "+441")]
    for wanted, value in ((None, "jo@example.org"), ("phone", "+441"), ("social", "jo@example.org")):
        customer = person("jo", *both, preferences={"channel": wanted})
        (reach,) = audience([customer], affects={}, channels={"email", "phone"})
        assert reach.point.value == value


def case_(*events, by="customer", name="c"):
    log = Log(name).opened(at=NINE, by=by)
    for hours, kind, said in events:
        log = log.add(kind, at=NINE + hours * HOUR, **said)
    return read_record(log)


def solved(hours=0, **said):
    return hours, "case.resolved", {"actor": "agent:ann", **said}


def asked(hours, about="service"):
    return hours, "feedback.asked", {"about": about}


def scored(hours, score):
    return hours, "feedback.given", {"score": score}


REOPENED = (2, "case.reopened", {})
OTHER = {
    "open": case_(name="o"),
    "solved": case_(solved(), name="o"),
    "asked": case_(solved(), asked(1), name="o"),
}


@pytest.mark.parametrize(
    ("record", "others", "hours", "rules", "reason"),
    (
        (case_(solved()), [], 1, {}, "due"),
        (case_(solved()), ["solved"], 1, {}, "due"),
        (case_(), [], 1, {}, "not_solved"),
        (case_(solved(), REOPENED), [], 3, {}, "not_solved"),
        (case_((0, "case.merged", {"into": "d"})), [], 1, {}, "merged"),
        (case_(solved(outcome="spam")), [], 1, {}, "not_for"),
        (case_(solved(code="duplicate")), [], 1, {}, "not_for"),
        (case_((0, "case.classified", {"tags": ["vip"]}), solved()), [], 1, {"not_for": "vip"}, "not_for"),
        (case_(solved(), by="agent"), [], 1, {}, "agent_started"),
        (case_(solved(actor="desk")), [], 1, {}, "auto_closed"),
        (case_(solved(automated=True)), [], 1, {}, "auto_closed"),
        (case_((0, "promise.made", {"id": "p"}), solved()), [], 1, {}, "work_goes_on"),
        (case_(solved()), ["open"], 1, {}, "work_goes_on"),
        (case_(solved(), asked(1)), [], 2, {}, "asked"),
        (case_(solved(), scored(1, 5)), [], 2, {}, "asked"),
        (case_(solved(), asked(1, about="referral")), [], 2, {"quiet": timedelta(0)}, "due"),
        (case_(solved(), asked(1), REOPENED, solved(3)), [], 4, {"quiet": HOUR}, "due"),
        (case_(solved(), asked(1), REOPENED, solved(3)), [], 4, {"quiet": HOUR, "each_solution": False}, "asked"),
        (case_(solved()), [], 0.99, {}, "too_early"),
        (case_(solved()), [], 7 * 24, {}, "due"),
        (case_(solved()), [], 7 * 24 + 0.01, {}, "too_late"),
        (case_(solved()), ["asked"], 2, {"quiet": 2 * HOUR}, "quiet"),
        (case_(solved()), ["asked"], 3, {"quiet": 2 * HOUR}, "due"),
        (case_(solved()), ["asked"], 2, {}, "quiet"),
    ),
)  # fmt: skip
def test_feedback_is_asked_for_at_the_right_moment_or_not_for_a_reason(record, others, hours, rules, reason):
    answer = may_ask(
        record, now=NINE + hours * HOUR, rules=FeedbackRules(**rules), others=[OTHER[each] for each in others]
    )
    assert (answer.reason, bool(answer)) == (reason, reason == "due")


def test_it_is_said_from_when_on_one_may_ask():
    early = may_ask(case_(solved()), now=NINE)
    assert early.at == NINE + HOUR
    assert may_ask(case_(solved()), now=early.at)
    quiet = may_ask(case_(solved()), now=NINE, rules=FeedbackRules(quiet=4 * HOUR), others=[OTHER["asked"]])
    assert quiet.at == NINE + 5 * HOUR
    assert may_ask(case_(solved()), now=NINE, others=[OTHER["asked"]]).at is None


COMPLAINT = (0, "recovery.complaint_raised", {})


@pytest.mark.parametrize(
    ("record", "others", "reason"),
    (
        (case_(COMPLAINT, solved(), scored(1, 4)), [], "due"),
        (case_(COMPLAINT, solved(), scored(1, 3)), [], "not_confirmed"),
        (case_(COMPLAINT, solved()), [], "not_confirmed"),
        (case_(solved(), scored(1, 5)), [], "not_confirmed"),
        (case_(COMPLAINT, solved(), scored(1, 5), asked(2, about="referral")), [], "asked"),
        (
            case_(COMPLAINT, solved(), scored(1, 5)),
            [case_(asked(0, about="referral"), solved(), name="o")],
            "asked",
        ),
        (case_(COMPLAINT, solved(), scored(1, 5)), [OTHER["open"]], "work_goes_on"),
    ),
)
def test_only_who_says_that_it_was_made_good_is_asked_to_recommend_us_and_once(record, others, reason):
    answer = may_ask_referral(record, others=others)
    assert (answer.reason, bool(answer)) == (reason, reason == "due")


@pytest.mark.parametrize(
    ("wrong", "message"),
    (
        ({"after": -HOUR}, "after=.* negative"),
        ({"quiet": -HOUR}, "quiet=.* negative"),
        ({"after": 2 * DAY, "within": DAY}, "ends before"),
        ({"unhappy": 5}, "cannot be both"),
    ),
)
def test_rules_of_feedback_that_contradict_each_other_are_refused(wrong, message):
    with pytest.raises(InvalidValue, match=message):
        FeedbackRules(**wrong)


def item(*events, now):
    log = (
        Log("c")
        .opened(at=NINE, customer="jo")
        .add("feedback.given", at=NINE, score=1, due=NINE + 4 * HOUR, owner="ann", action="call back")
    )
    for hours, kind, said in events:
        log = log.add(kind, at=NINE + hours * HOUR, **said)
    return feedback_items(
        [log, Log("d").opened(at=NINE).add("feedback.given", at=NINE, score=5)], now=NINE + now * HOUR
    )


REPLY = {"actor": "agent:ann", "audience": "customer"}


@pytest.mark.parametrize(
    ("events", "now", "state", "answered"),
    (
        ([], 4, "open", None),
        ([], 4.1, "late", None),
        ([(3, "contact.replied", REPLY)], 9, "answered", 3),
        ([(5, "contact.replied", REPLY)], 9, "late", 5),
        ([(3, "contact.replied", {**REPLY, "automated": True})], 9, "late", None),
        ([(3, "contact.replied", REPLY)], 2, "open", None),
    ),
)
def test_feedback_that_is_owed_an_answer_is_open_answered_or_late(events, now, state, answered):
    (found,) = item(*events, now=now)
    assert (found.owner, found.action, found.customer, found.score) == ("ann", "call back", "jo", 1)
    assert (found.state, found.answered_at) == (state, None if answered is None else NINE + answered * HOUR)


def test_feedback_is_not_known_before_it_is_given():
    assert item(now=-1) == ()


TIPS = [
    Tip("all", "Keep it dry."),
    Tip("modem", "Restart it monthly.", when=parse('case.product == "modem"')),
]


def suggested(case, *others, facts=None):
    return [each.tip for each in suggest(TIPS, case=case, facts=facts or {}, now=NINE, others=others)]


def test_hints_come_after_the_solution_and_never_while_a_complaint_is_open():
    solved_ = Case(id="17", status="resolved")
    assert suggested(Case(id="17", status="open")) == []
    assert suggested(solved_) == ["all"]
    assert suggested(solved_, Case(id="18", kind="complaint")) == []
    assert suggested(solved_, Case(id="18", kind="complaint", status="closed"), Case(id="19")) == ["all"]


def test_a_hint_fits_its_case_and_sells_nothing():
    solved_ = Case(id="17", status="closed")
    assert suggested(solved_, facts={"case": {"product": "modem"}}) == ["all", "modem"]
    assert suggested(solved_, facts={"case": {"product": "phone"}}) == ["all"]
    assert not any(each.sales for each in suggest(TIPS, case=solved_, facts={}, now=NINE))
    with pytest.raises(InvalidValue, match="says nothing"):
        Tip("empty", " ")
