"""What one may ask a desk."""

from datetime import timedelta

import pytest

from office import MONDAY, POLICY, make_office
from supportkit import Desk, Policy
from supportkit.cases import Attachment, Log, fold
from supportkit.desk import Health
from supportkit.ports import SendResult
from supportkit.storage import MemoryStore

HOUR = timedelta(hours=1)


@pytest.fixture
def office():
    return make_office()


def test_cases_come_in_the_order_in_which_they_were_opened_open_ones_apart(office):
    ids = [office.writes(who).case_id for who in ("jo", "big", "quiet")]
    office.desk.resolve(ids[1], by="ann", outcome="solved", code="x")
    assert [case.id for case in office.desk.cases()] == ids
    assert [case.id for case in office.desk.cases(open_only=True)] == [ids[0], ids[2]]


def test_a_case_is_the_fold_of_its_history(office):
    case_id = office.writes().case_id
    history = office.desk.history(case_id)
    assert isinstance(history, Log)
    assert fold(history) == office.desk.case(case_id)


def test_promises_come_with_their_cases_the_next_due_first(office):
    calm, angry = office.writes("jo").case_id, office.writes("big", text="I complain").case_id
    office.desk.promise(calm, by="ann", due=MONDAY + timedelta(minutes=5), what="callback")
    found = office.desk.promises()
    assert [promise.due for _, promise in found] == sorted(promise.due for _, promise in found)
    assert found[0][0] == calm
    assert {case for case, _ in office.desk.promises(customer="big")} == {angry}
    assert office.desk.promises(customer="nobody") == ()
    office.desk.resolve(angry, by="ann", outcome="solved", code="x")
    assert office.desk.promises(customer="big") == ()


def test_the_queue_gives_the_most_urgent_first_and_only_what_waits(office):
    calm, outage = office.writes("jo").case_id, office.writes("big", text="no signal").case_id
    assert [case.id for case in office.desk.queue()] == [outage, calm]
    office.desk.take(outage, by="ann")
    assert [case.id for case in office.desk.queue()] == [calm]


def test_agents_are_told_with_presence_and_load(office):
    office.desk.set_presence("ann", "available")
    office.writes()
    assert [(row.ref, row.presence, dict(row.load)) for row in office.desk.agents()] == [
        ("ann", "available", {"email": 1}),
        ("bob", "offline", {}),
    ]


def test_the_outbox_is_told_by_state_and_its_messages_have_ids(office):
    office.writes()
    (waiting,) = office.desk.outbox.in_state("pending")
    assert office.desk.message_id(waiting.number) == f"<{waiting.dedupe}@desk.example>"
    office.desk.deliver()
    assert office.desk.outbox.in_state("pending") == ()
    assert [row.to for row in office.desk.outbox] == ["jo@example.org"]
    assert office.desk.message_id(99) is None


def test_texts_are_given_by_reference(office):
    case_id = office.writes(text="Grüße", subject="Hallo").case_id
    body = office.events(case_id, "contact.received")[0].payload.body
    assert (office.desk.text(body)["text"], office.desk.text(body)["subject"]) == ("Grüße", "Hallo")
    office.desk.note(case_id, "für später", by="ann")
    assert office.desk.text(office.events(case_id, "contact.noted")[0].payload.body) == "für später"
    assert office.desk.text("body-nowhere") is None


def test_a_file_is_given_as_it_came(office):
    case_id = office.writes(attachments=[Attachment("a.png", "image/png", b"\x89PNG")]).case_id
    (ref,) = office.events(case_id, "contact.received")[0].payload.attachments
    assert office.desk.text(ref) == b"\x89PNG"


def test_the_plan_says_what_escalates_when(office):
    case_id = office.writes(text="I complain").case_id
    assert list(office.desk.plan(case_id, now=office.clock())) == []
    office.clock.pass_(minutes=61)
    office.desk.tick()
    (ahead,) = office.desk.plan(case_id, now=office.clock())
    assert (ahead.plan, ahead.level, ahead.due_at) == (
        "broken_promise",
        2,
        office.clock() + timedelta(minutes=30),
    )


def test_an_explanation_answers_three_questions(office):
    office.desk.set_presence("ann", "available")
    case_id = office.writes(text="no signal").case_id
    said = office.desk.explain(case_id, now=office.clock())
    assert said.case_id == case_id
    assert "keywords" in said.priority
    assert said.person.startswith("ann (routing)")
    assert "first_response" in said.due
    titles = [line for line in str(said).splitlines() if line.startswith("Why ")]
    assert titles == ["Why this priority", "Why this person", "Why due then"]


def test_a_priority_that_a_person_set_is_explained_by_who_and_why(office):
    case_id = office.writes().case_id
    office.desk.classify(case_id, by="ann", priority="urgent", reason="the minister's phone")
    assert (
        office.desk.explain(case_id, now=office.clock()).priority
        == "urgent, set by agent:ann: the minister's phone"
    )
    office.desk.classify(case_id, by="ann", priority="high")
    assert (
        office.desk.explain(case_id, now=office.clock()).priority == "high, set by agent:ann: no reason given"
    )


def test_a_team_in_charge_is_named_until_somebody_has_it(office):
    case_id = office.writes().case_id
    assert office.desk.explain(case_id, now=office.clock()).person.startswith("team general (route)")
    office.desk.assign(case_id, by="boss", agent="ann", reason="knows them")
    assert office.desk.explain(case_id, now=office.clock()).person.startswith("ann (assigned, knows them)")


def test_without_targets_none_applies():
    office = make_office(sla={})
    case_id = office.writes().case_id
    assert office.desk.explain(case_id, now=office.clock()).due == "no target applies"


def test_health_counts_what_there_is(office):
    cases = [office.writes(who).case_id for who in ("jo", "big", "quiet")]
    office.desk.resolve(cases[0], by="ann", outcome="solved", code="x")
    assert office.desk.health() == Health(
        cases=3, open=2, waiting=2, without_agent=2, unplanned=2, outbox={"pending": 3},
        oldest_due=MONDAY + timedelta(days=1, microseconds=1), oldest_promise=MONDAY + timedelta(days=1),
    )  # fmt: skip
    office.desk.deliver()
    assert office.desk.health().outbox == {"sent": 3}


def test_cases_decided_by_an_earlier_policy_are_stale():
    store = MemoryStore()
    office = make_office(store)
    case_id = office.writes().case_id
    newer = Desk(
        Policy.from_dict(POLICY | {"routing": [{"queue": "front"}]}), store=store, clock=office.clock
    )
    assert newer.health().stale == 1
    newer.note(case_id, "seen", by="ann")
    assert newer.health().stale == 0


def test_health_tells_what_is_oldest_and_what_fails(office):
    case_id = office.writes(text="I complain").case_id
    due = office.desk.case(case_id).promises[0].due
    office.desk.set_next_action(case_id, "call them", by="ann", due=due)
    office.desk.take(case_id, by="ann")
    office.mail.send = lambda *_: SendResult.retry(reason="the line is down")
    office.desk.deliver()
    health = office.desk.health()
    assert (health.oldest_promise, health.oldest_due) == (due, due + timedelta(microseconds=1))
    assert (health.unplanned, health.without_agent, health.failing, health.outbox) == (
        0,
        0,
        1,
        {"pending": 1},
    )


@pytest.mark.parametrize(
    ("given", "later", "planned"),
    (
        ({"due": MONDAY + HOUR}, HOUR, True),
        ({"due": MONDAY + HOUR}, HOUR + timedelta(microseconds=1), False),
        (None, timedelta(0), False),
    ),
)
def test_a_case_without_a_next_action_ahead_is_reported(office, given, later, planned):
    case_id = office.writes().case_id
    if given is not None:
        office.desk.set_next_action(case_id, "look into it", by="ann", owner="ann", **given)
    found = office.desk.unplanned(now=MONDAY + later)
    assert [case.id for case in found] == ([] if planned else [case_id])


def test_unplanned_complaints_come_first_and_closed_cases_not_at_all(office):
    first, done = office.writes("big").case_id, office.writes("quiet", text="I complain").case_id
    office.clock.pass_(minutes=1)
    angry = office.writes("jo", text="I complain").case_id
    office.desk.resolve(done, by="ann", outcome="solved", code="x")
    assert [case.id for case in office.desk.unplanned()] == [angry, first]
