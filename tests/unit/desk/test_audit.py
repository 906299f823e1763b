"""Deciding a case again from its log finds what was changed by hand, and nothing else."""

from datetime import timedelta

import pytest
from attrs import evolve

from office import MONDAY, POLICY, make_office
from supportkit import Policy
from supportkit.canonical import encode
from supportkit.cases import Log
from supportkit.desk.policies.audit import audit_case
from supportkit.desk.policies.eras import Policies, era_of
from supportkit.ports import PolicyRow


def long_story(**policy):
    office = make_office(**policy)
    case_id = office.writes(text="no signal, I complain").case_id
    office.clock.pass_(hours=3)
    office.desk.reply(case_id, "A first word.", by="ann")
    office.clock.pass_(days=9)
    office.desk.tick()
    return office, case_id


def forged(log, kind, /, **said):
    """Return the log with the first event of a kind changed."""
    events = list(log)
    place = next(n for n, event in enumerate(events) if event.kind == kind)
    events[place] = evolve(events[place], payload=evolve(events[place].payload, **said))
    return Log(log.case_id, events)


def test_an_honest_log_comes_out_again():
    office, case_id = long_story()
    audit = office.desk.audit(case_id)
    assert not audit
    verdicts = office.kinds(case_id, "target.met", "target.breached")
    assert audit.checked == 3 + len(verdicts)
    assert "target.breached" in verdicts
    assert audit.unreadable == ()


@pytest.mark.parametrize(
    ("kind", "said", "what"),
    (
        ("priority.decided", {"priority": "normal"}, "priority"),
        ("priority.decided", {"score": 1}, "priority"),
        ("case.classified", {"kind": "question"}, "class"),
        ("routing.queued", {"queue": "general"}, "route"),
        ("target.breached", {"due": None}, "target first_response 1"),
    ),
)
def test_a_decision_that_was_changed_by_hand_is_found(kind, said, what):
    office, case_id = long_story()
    audit = audit_case(Policies(office.desk.policy), forged(office.desk.history(case_id), kind, **said))
    assert audit.disagreements[0].what == what
    assert f": {what} was " in str(audit.disagreements[0])


def test_a_breach_that_never_was_is_found():
    office, case_id = long_story()
    log = office.desk.history(case_id)
    breached = next(event for event in log if event.kind == "target.breached")
    early = [
        evolve(event, at=breached.at - timedelta(minutes=30)) if event is breached else event for event in log
    ]
    audit = audit_case(Policies(office.desk.policy), Log(case_id, early))
    assert any(found.again["verdict"] == "pending" for found in audit.disagreements)


def test_each_decision_is_made_again_by_the_policy_that_held():
    office = make_office()
    case_id = office.writes(text="I complain").case_id
    before = office.desk.explain(case_id)
    levels = POLICY["priority"] | {"levels": {"urgent": 600, "high": 300, "normal": 0}}
    office.desk.adopt(Policy.from_dict(POLICY | {"priority": levels}))
    office.clock.pass_(minutes=5)
    office.desk.tick()
    assert not office.desk.audit(case_id)
    assert office.desk.explain(case_id).priority == before.priority


def test_what_a_policy_decided_that_cannot_be_read_any_more_is_not_checked_and_said():
    office, case_id = long_story()
    version = office.desk.policy.version
    audit = audit_case(Policies(Policy.from_dict({})), office.desk.history(case_id))
    assert (audit.checked, audit.unreadable, bool(audit)) == (0, (version,), False)


def test_a_policy_whose_document_makes_no_sense_any_more_is_an_era_with_a_fault():
    row = PolicyRow(
        epoch=3, hash="abc", document=encode({"sla": {"first_response": "soon"}}), activated_at=MONDAY
    )
    known = {}
    era = era_of(row, Policy.from_dict({}), known)
    assert (era.epoch, era.since, era.policy) == (3, MONDAY, None)
    assert era.fault.startswith("policy abc: sla.first_response: 'soon' is no list")
    assert era_of(evolve(row, epoch=4), Policy.from_dict({}), known).fault == era.fault


def test_targets_that_no_policy_measures_any_more_are_removed_in_one_order():
    office = make_office()
    case_id = office.writes().case_id
    office.clock.pass_(minutes=1)
    office.desk.adopt(Policy.from_dict(POLICY | {"sla": {}}))
    office.desk.tick()
    assert [event.payload.metric for event in office.events(case_id, "target.removed")] == [
        "first_response", "ownership", "resolution",
    ]  # fmt: skip
    assert not office.desk.audit(case_id)
