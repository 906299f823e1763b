"""A complaint and its incidents, as logs tell them: also logs that are not our own."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from supportkit.cases import Event
from supportkit.recovery import GivenRemedy, complaint_of, declared_incidents

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)


def told(*said):
    events = []
    for number, (kind, fields) in enumerate(said):
        events.append(
            Event.of(kind, at=NINE + timedelta(minutes=number), stream="case:1", seq=number + 1, **fields)
        )
    return complaint_of(events)


RAISED = ("recovery.complaint_raised", {"wanted": "body-1"})


def test_a_log_without_a_complaint_has_none():
    complaint = told(("case.opened", {}), ("contact.noted", {}))
    assert (complaint.is_open, complaint.assessment, complaint.at_fault, complaint.needs_second_look) == (
        False, None, False, False,
    )  # fmt: skip


def test_settling_ends_it_and_a_new_one_begins_anew():
    complaint = told(RAISED, ("recovery.apologised", {"ownership": True}), ("case.resolved", {}))
    assert (complaint.settled, complaint.owned_up, complaint.raised) == (True, True, 1)
    again = told(RAISED, ("recovery.apologised", {"ownership": True}), ("case.closed", {}), RAISED)
    assert (again.is_open, again.owned_up, again.raised) == (True, False, 2)


def test_settling_a_case_without_a_complaint_settles_none():
    assert told(("case.resolved", {})).settled is False


def test_only_people_who_answer_the_customer_count_as_effort():
    said = {"actor": "agent:ann", "audience": "customer"}
    replied = ("contact.replied", said)
    complaint = told(replied, RAISED, replied, ("contact.replied", {**said, "automated": True}), replied)
    assert complaint.replies == 2


def test_lateness_since_the_complaint_is_remembered():
    late = ("target.breached", {"metric": "first_response"})
    assert told(late, RAISED).how_it_went() == {"prompt": True, "apologised": False}
    assert told(RAISED, late, ("target.breached", {"metric": "resolution"})).late
    assert not told(RAISED, ("target.breached", {"metric": "resolution"})).late
    assert told(RAISED, ("recovery.apologised", {})).how_it_went()["apologised"]


def test_a_look_that_decided_nothing_is_no_look():
    assert told(RAISED, ("recovery.assessed", {"evidence": ["x"]})).looks == ()


def test_rejecting_it_twice_takes_two_people_and_changing_ones_mind_takes_one():
    ann, bob = ({"actor": f"agent:{who}", "genuine": False, "evidence": ["x"]} for who in ("ann", "bob"))
    assert told(RAISED, ("recovery.assessed", ann), ("recovery.assessed", ann)).needs_second_look
    assert not told(RAISED, ("recovery.assessed", ann), ("recovery.assessed", bob)).needs_second_look
    assert not told(
        RAISED, ("recovery.assessed", ann), ("recovery.assessed", ann | {"genuine": True})
    ).needs_second_look


def test_a_remedy_goes_from_proposed_to_approved_to_given():
    proposed = (
        "recovery.remedy_proposed",
        {"id": "r1", "kind": "perk", "amount": Decimal(5), "needs": "lead"},
    )
    approved = ("recovery.remedy_approved", {"id": "r1", "by": "agent:lea", "role": "lead"})
    given = ("recovery.remedy_given", {"id": "r1", "amount": Decimal(5)})
    states = [
        told(*some).remedies["r1"].state
        for some in ((proposed,), (proposed, approved), (proposed, approved, given))
    ]
    assert states == ["proposed", "approved", "given"]
    assert told(proposed, approved).remedies["r1"].approved_as == "lead"


def test_what_somebody_elses_log_says_of_remedies_nobody_named_is_let_be():
    complaint = told(
        ("recovery.remedy_proposed", {"kind": "perk"}),
        ("recovery.remedy_approved", {"id": "r9"}),
        ("recovery.remedy_given", {"kind": "perk"}),
    )
    assert complaint.remedies == {}


def test_links_to_problems_and_incidents_are_kept_once_each():
    complaint = told(
        ("problem.linked", {"problem": "cut"}),
        ("outreach.sent", {"incident": "flood"}),
        ("problem.linked", {"problem": "cut"}),
        ("problem.linked", {}),
    )
    assert complaint.linked == ("cut", "flood")


def test_the_latest_word_on_an_incident_counts_and_its_beginning_stays():
    def said(minutes, **fields):
        return Event.of(
            "desk.incident_declared", at=NINE + timedelta(minutes=minutes), incident="cut", **fields
        )

    earlier = NINE - timedelta(hours=2)
    found = declared_incidents(
        [said(0, since=earlier, at_fault=True, budget=Decimal(50)), said(9, budget=Decimal(80))]
    )
    incident = found["cut"]
    assert (incident.since, incident.declared_at, incident.at_fault) == (earlier, NINE, False)
    owed = GivenRemedy(at=NINE, case="1", amount=Decimal(99), scheme="nl.power.outage")
    terms = incident.terms([GivenRemedy(at=NINE, case="1", amount=Decimal(30)), owed])
    assert (terms.budget, terms.spent, terms.limit) == (Decimal(80), Decimal(30), None)
