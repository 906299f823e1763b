"""Feedback at a desk: asked at the right moment, answered by somebody, and what follows from it."""

from datetime import timedelta

import pytest

from office import STAFF, make_office
from supportkit.errors import CommandRefused


@pytest.fixture
def office():
    office = make_office()
    for agent in STAFF:
        office.desk.set_presence(agent.id, "available")
    return office


def solved(office, who="jo", **said):
    """A case that a person answered and solved, and an hour has passed."""
    case_id = office.writes(who, "My line flickers").case_id
    office.desk.reply(case_id, "Please restart it.", by="bob")
    office.desk.resolve(case_id, by="bob", **said)
    office.clock.pass_(hours=1)
    return case_id


def refused_with(code, call, *args, **said):
    with pytest.raises(CommandRefused) as refused:
        call(*args, **said)
    assert refused.value.code == code
    return str(refused.value)


def test_a_solved_case_is_asked_about_once_by_a_message_that_machines_do_not_answer(office):
    case_id = solved(office)
    assert office.desk.feedback_due() == (case_id,)
    (asked,) = office.desk.ask_feedback(case_id).events
    assert (asked.kind, asked.automated, asked.payload.about) == ("feedback.asked", True, "service")
    office.desk.deliver()
    (sent,) = [out for _, out in office.mail.sent if out.kind == "feedback"]
    assert (sent.to, dict(sent.headers)["Auto-Submitted"]) == ("jo@example.org", "auto-generated")
    assert case_id in sent.text
    assert office.desk.feedback_due() == ()
    refused_with("asked", office.desk.ask_feedback, case_id)
    assert office.desk.case(case_id).status == "resolved"


def test_the_first_reason_against_asking_is_said_with_when_to_ask_again(office):
    case_id = office.writes("jo").case_id
    refused_with("not_solved", office.desk.ask_feedback, case_id)
    office.desk.reply(case_id, "Done.", by="bob")
    office.desk.resolve(case_id, by="bob")
    assert "ask again from 2026-01-12 10:00 UTC on" in refused_with(
        "too_early", office.desk.ask_feedback, case_id
    )
    refused_with("unknown_about", office.desk.ask_feedback, case_id, about="sales")


def test_a_customer_with_work_going_on_or_asked_lately_is_left_in_peace(office):
    first = solved(office)
    second = office.writes("jo", "Another matter").case_id
    assert office.desk.case(second).id != first
    refused_with("work_goes_on", office.desk.ask_feedback, first)
    office.desk.reply(second, "Done.", by="bob")
    office.desk.resolve(second, by="bob")
    office.clock.pass_(hours=1)
    assert office.desk.feedback_due() == (second,)
    office.desk.ask_feedback(second)
    refused_with("quiet", office.desk.ask_feedback, first)
    assert office.desk.feedback_due() == ()


def test_records_that_are_one_person_are_asked_as_one(office):
    first, second = solved(office, "jo"), solved(office, "big")
    assert office.desk.feedback_due() == (first, second)
    office.desk.merge_customers("jo", into="big", by="bob", reason="the same person")
    assert office.desk.feedback_due() == (second,)
    office.desk.ask_feedback(second)
    assert office.desk.feedback_due() == ()
    refused_with("quiet", office.desk.ask_feedback, first)


def test_a_question_that_reaches_nobody_is_refused():
    office = make_office()
    case_id = office.calls().case_id
    office.desk.reply(case_id, by="bob")
    office.desk.resolve(case_id, by="bob")
    office.clock.pass_(hours=2)
    refused_with("no_channel", office.desk.ask_feedback, case_id)


def test_good_feedback_is_recorded_and_the_case_stays_solved(office):
    case_id = solved(office)
    (given,) = office.desk.give_feedback(case_id, score=5, text="Quick!").events
    assert (given.actor, given.payload.score, office.desk.text(given.payload.body)) == (
        "customer",
        5,
        "Quick!",
    )
    assert (office.desk.case(case_id).status, office.desk.feedback_items()) == ("resolved", ())
    assert office.desk.measures()["satisfaction"].value == 5.0


def test_an_unhappy_customer_is_owed_an_answer_by_a_person_by_a_time(office):
    case_id = solved(office)
    owner = office.desk.case(case_id).last_agent
    office.desk.give_feedback(case_id, score=1, text="It flickers still.", key="f1")
    assert office.desk.give_feedback(case_id, score=1, text="It flickers still.", key="f1").duplicate
    case = office.desk.case(case_id)
    due = office.clock() + timedelta(days=1)
    assert (case.is_open, case.reopens, case.owner) == (True, 1, owner)
    assert (case.next_action.what, case.next_action.due) == ("answer the customer's feedback", due)
    assert [promise.due for promise in case.promises] == [due]
    (item,) = office.desk.feedback_items()
    assert (item.case, item.score, item.owner, item.due, item.state) == (case_id, 1, owner, due, "open")


def test_silence_after_unhappy_feedback_escalates_as_a_broken_promise(office):
    case_id = solved(office)
    office.desk.give_feedback(case_id, score=2)
    office.clock.pass_(days=1, seconds=1)
    office.desk.tick()
    assert "promise.broken" in office.kinds(case_id, "promise.")
    assert office.desk.outbox.to("team_lead").of_case(case_id)
    assert office.desk.feedback_items()[0].state == "late"


def test_an_answer_in_time_closes_the_loop(office):
    case_id = solved(office)
    office.desk.give_feedback(case_id, score=2)
    office.clock.pass_(hours=3)
    office.desk.reply(case_id, "I am sorry. A new modem is on its way.", by="bob")
    office.clock.pass_(days=2)
    office.desk.tick()
    assert office.events(case_id, "promise.broken") == []
    assert office.desk.feedback_items()[0].state == "answered"


def test_an_owner_and_a_task_can_be_given_whatever_the_score(office):
    case_id = office.writes("jo").case_id
    office.desk.give_feedback(case_id, text="Add a dark mode", owner="product", task="tell what came of it")
    (item,) = office.desk.feedback_items()
    assert (item.owner, item.action, item.score) == ("product", "tell what came of it", None)
    assert office.desk.case(case_id).next_action.owner == "product"


def test_feedback_that_says_nothing_or_comes_to_a_merged_case_is_refused(office):
    case_id, other = office.writes("jo").case_id, office.writes("big").case_id
    refused_with("says_nothing", office.desk.give_feedback, case_id)
    office.desk.merge(case_id, other, by="bob", reason="the same matter")
    refused_with("merged", office.desk.give_feedback, case_id, score=5)
    refused_with("merged", office.desk.link_problem, case_id, "p1", by="bob")


def test_a_customer_whose_complaint_was_made_good_may_be_asked_to_recommend_us_once(office):
    case_id = solved(office)
    office.desk.classify(case_id, by="bob", kind="complaint")
    refused_with("not_confirmed", office.desk.ask_feedback, case_id, about="referral")
    assert office.desk.advocates() == ()
    office.desk.give_feedback(case_id, score=5)
    assert office.desk.advocates() == ("jo",)
    office.desk.ask_feedback(case_id, about="referral")
    assert office.desk.advocates() == ()
    refused_with("asked", office.desk.ask_feedback, case_id, about="referral")
    assert office.desk.measures()["recovered"].value == 1.0


def test_words_are_those_of_the_policy_in_the_customers_language():
    office = make_office(learning={"feedback": {"texts": {"de": {"subject": "Na?"}}}})
    case_id = office.writes("jo", "Hallo", language="de").case_id
    office.desk.reply(case_id, "Ja.", by="bob")
    office.desk.resolve(case_id, by="bob")
    office.clock.pass_(hours=1)
    office.desk.ask_feedback(case_id)
    office.desk.deliver()
    (sent,) = [out for _, out in office.mail.sent if out.kind == "feedback"]
    assert sent.subject.startswith("Na?")
    assert "Anliegen" in sent.text


def test_a_case_is_linked_to_a_problem_once(office):
    case_id = office.writes("jo").case_id
    (event,) = office.desk.link_problem(case_id, "modem-fw-3", by="bob").events
    assert event.payload.problem == "modem-fw-3"
    assert office.desk.link_problem(case_id, "modem-fw-3", by="ann").events == ()
    refused_with("no_problem", office.desk.link_problem, case_id, " ", by="bob")
    refused_with("unknown_case", office.desk.link_problem, "case-0", "p", by="bob")
