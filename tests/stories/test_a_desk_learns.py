"""A week in which a cable is cut: found as a problem, told to agents first, to customers once, and learnt from."""

from datetime import timedelta

import pytest

from office import MONDAY, STAFF, make_office
from supportkit.cases import ContactPoint, Customer, Purchase
from supportkit.errors import CommandRefused
from supportkit.storage import MemoryStore, SqliteStore

FIBRE = Purchase(MONDAY - timedelta(days=200), "40", "GBP", product="fibre")
PEOPLE = [
    Customer(f"c{number}", [ContactPoint("email", f"c{number}@example.org")], purchases=[FIBRE], plan="home")
    for number in range(8)
] + [Customer("tv", [ContactPoint("email", "tv@example.org")], purchases=[])]  # fmt: skip
LEARNING = {
    "feedback": {"after": "1 hour", "quiet": "14 days"},
    "articles": {"at_least": 3},
    "benchmark": {"by": "kind", "longest_wait": "8 hours"},
    "tips": [{"id": "battery", "text": "Did you know: a battery keeps your phone line up."}],
}


@pytest.fixture(params=["memory", "sqlite"])
def office(request, tmp_path):
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "desk.db")
    office = make_office(store, people=PEOPLE, learning=LEARNING)
    office.writes("tv", "How do I record a film?")
    office.clock.pass_(days=40)
    for agent in STAFF:
        office.desk.set_presence(agent.id, "available")
    yield office
    store.close()


def cut(office, count=5):
    """Several customers write of the same fault; their cases."""
    return [
        office.writes(f"c{n}", "No light on the box, error LOS-7, no internet").case_id for n in range(count)
    ]


def brief(office, message, title="Fibre is cut"):
    office.desk.publish_bulletin(
        "cut", by="ann", title=title, text="Say sorry first.", message=message, incident="cut"
    )
    for agent in STAFF:
        office.desk.mark_seen("cut", by=agent.id)


def test_the_same_fault_many_times_is_one_problem_and_stays_the_one_it_is_linked_to(office):
    cases = cut(office)
    (problem,) = office.desk.problems()
    assert (problem.kind, problem.marks[0], set(problem.cases)) == ("spike", "error:LOS-7", set(cases))
    for case_id in problem.cases:
        office.desk.link_problem(case_id, "cut", by="ann")
    late = office.writes("c6", "Error LOS-7 here, too, no internet").case_id
    (again,) = office.desk.problems()
    assert (again.id, late in again.cases, again.known) == ("cut", True, True)


def test_agents_know_first_and_every_customer_hears_it_once_where_they_are(office):
    cases = cut(office, 2)
    office.desk.declare_incident("cut", by="ann", at_fault=True, affects={"product": "fibre"})
    with pytest.raises(CommandRefused) as refused:
        office.desk.reach_out("cut", by="ann")
    assert refused.value.code == "no_bulletin"
    brief(office, "A digger cut a cable. It is our fault to be without a second one. Back at six.")
    report = office.desk.reach_out("cut", by="ann")
    assert [(each.how, each.case) for each in report.told[:2]] == [("case", case_id) for case_id in cases]
    assert [each.how for each in report.told[2:]] == ["message"] * 6
    office.desk.deliver()
    sent = [out for _, out in office.mail.sent if out.kind == "outreach"]
    assert sorted(out.to for out in sent) == [f"c{number}@example.org" for number in range(8)]
    assert len({out.text for out in sent}) == 1

    brief(office, "Your line is back. We are sorry.", title="Fibre is back")
    assert {stale.case for stale in office.desk.stale_messages()} == set(cases)
    over = office.desk.reach_out("cut", by="ann", notice="resolved")
    assert (over.version, len(over.told), office.desk.stale_messages()) == (2, 8, ())


def test_what_was_solved_is_asked_about_and_what_is_said_is_answered(office):
    first, second, *_ = cases = cut(office, 3)
    office.clock.pass_(hours=2)
    for case_id in cases:
        office.desk.classify(case_id, by="ann", kind="complaint")
        office.desk.reply(case_id, "It is back. I am sorry.", by="ann")
        office.desk.resolve(case_id, by="ann", outcome="solved", code="cable cut")
    assert {gap.topic for gap in office.desk.knowledge_gaps()} == {"cable cut"}
    assert office.desk.suggestions(first)[0].tip == "battery"
    office.clock.pass_(hours=1)
    due = office.desk.feedback_due()
    assert set(cases) <= set(due)
    for case_id in due:
        office.desk.ask_feedback(case_id)
    office.desk.give_feedback(first, score=5, text="Thank you for being honest.")
    office.desk.give_feedback(second, score=1, text="I lost a day of work.")
    assert office.desk.advocates() == ("c0",)
    assert office.desk.suggestions(second) == ()

    office.clock.pass_(days=1, seconds=1)
    office.desk.tick()
    (item,) = office.desk.feedback_items()
    assert (item.case, item.state) == (second, "late")
    assert office.desk.outbox.to("team_lead").of_case(second)

    found = office.desk.measures(since=MONDAY + timedelta(days=40))
    recovered = found["recovered"]
    assert (recovered.count, recovered.of, found["recovery_unknown"].count) == (1, 2, 1)
    assert (found["reopened"].count, found["reopened"].of) == (1, 3)
    assert (found["satisfaction"].value, found["feedback_answered"].of) == (3.0, len(due))
    assert found["promises_kept"].count >= 3
    assert found["promises_broken"].count == 1


def test_a_report_of_a_week_is_the_same_whenever_it_is_asked_for(office):
    cases = cut(office, 3)
    office.clock.pass_(hours=2)
    for case_id in cases:
        office.desk.reply(case_id, "Back.", by="ann")
        office.desk.resolve(case_id, by="ann", code="cable cut")
    week = {"since": MONDAY + timedelta(days=40), "until": MONDAY + timedelta(days=47)}
    office.clock.move_to(week["until"])
    measured, report = office.desk.measures(**week), office.desk.product_report(**week)
    office.desk.reopen(cases[0], by="ann")
    assert (office.desk.measures(**week), office.desk.product_report(**week)) == (measured, report)
    assert office.desk.measures()["reopened"].count == 1
    assert report.lines[0].topic == "cable cut"
    assert set(report.lines[0].answer_back) == {"c0", "c1", "c2"}


def test_who_waited_longer_than_the_benchmark_is_named(office):
    cut(office, 1)
    office.clock.pass_(hours=9)
    floors = office.desk.service_floor(since=MONDAY + timedelta(days=40))
    assert [floor.below for floor in floors] == [True]
    assert floors[0].worst == timedelta(days=40, hours=9)
