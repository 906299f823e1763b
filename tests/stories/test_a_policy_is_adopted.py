"""A running desk takes up another policy: at one instant for every case, whoever is met first."""

from datetime import timedelta

import pytest

from office import MONDAY, POLICY, make_office
from supportkit import Desk, Policy
from supportkit.channels import MemoryChannel
from supportkit.errors import CommandRefused, ConcurrentChange, InvalidValue
from supportkit.ports import Era
from supportkit.storage import MemoryStore, SqliteStore

HOUR, MICROSECOND = timedelta(hours=1), timedelta(microseconds=1)


def stricter(**sections):
    lines = [{"within": "2 hours", "calendar": "office"}]
    return Policy.from_dict(POLICY | {"sla": POLICY["sla"] | {"first_response": lines}} | sections)


@pytest.fixture(params=("memory", "sqlite"))
def office(request, tmp_path):
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "desk.sqlite")
    yield make_office(store)
    store.close()


def due(office, case_id, metric="first_response"):
    said = [e for e in office.desk.history(case_id) if e.kind in {"target.set", "target.moved"}]
    return [e.payload.due for e in said if e.payload.metric == metric][-1]


def test_open_cases_are_dated_anew_at_the_instant_of_the_change_whenever_they_are_met(office):
    case_id = office.writes().case_id
    assert due(office, case_id) == MONDAY + timedelta(days=1)
    office.clock.pass_(minutes=30)
    adopted = office.desk.adopt(stricter(), by="ann")
    assert (adopted.epoch, adopted.at, adopted.stale) == (2, MONDAY + HOUR / 2, 1)
    office.clock.pass_(minutes=45)
    office.desk.tick()
    assert due(office, case_id) == MONDAY + 2 * HOUR
    (met,) = office.events(case_id, "desk.policy_adopted")
    (moved,) = [e for e in office.events(case_id, "target.moved") if e.payload.metric == "first_response"]
    assert (met.at, moved.at, met.payload.version) == (adopted.at, adopted.at, office.desk.policy.version)
    assert office.desk.health().stale == 0


def test_what_fell_due_before_the_change_was_judged_by_the_old_policy(office):
    case_id = office.writes(text="I complain").case_id
    office.clock.move_to(MONDAY + 3 * HOUR)  # nobody ticked: the hour for complaints is long over
    office.desk.adopt(stricter())
    office.clock.pass_(minutes=5)
    office.desk.tick()
    (breached,) = [
        e for e in office.events(case_id, "target.breached") if e.payload.metric == "first_response"
    ]
    old, new = (e.policy_version for e in (breached, office.events(case_id, "desk.policy_adopted")[0]))
    assert (breached.at, old != new) == (MONDAY + HOUR, True)


def test_a_case_meets_several_policies_each_at_its_own_instant(office):
    case_id = office.writes().case_id
    instants = []
    for minutes, section in ((10, {}), (20, {"threading": {"reopen_within": "9 days"}})):
        office.clock.pass_(minutes=minutes)
        instants.append(office.desk.adopt(stricter(**section)).at)
    office.clock.pass_(minutes=60)
    office.desk.note(case_id, "seen", by="ann")
    assert [(e.at, e.payload.epoch) for e in office.events(case_id, "desk.policy_adopted")] == [
        (instants[0], 2),
        (instants[1], 3),
    ]


def test_what_is_measured_no_more_is_owed_no_more_and_what_is_new_runs_since_the_beginning(office):
    case_id = office.writes().case_id
    office.clock.pass_(minutes=30)
    measured = {name: lines for name, lines in POLICY["sla"].items() if name != "ownership"}
    office.desk.adopt(
        Policy.from_dict(
            POLICY | {"sla": measured | {"first_resolution": [{"within": "5 hours", "calendar": "office"}]}}
        )
    )
    office.desk.tick()
    (removed,) = office.events(case_id, "target.removed")
    assert (removed.payload.metric, removed.at) == ("ownership", MONDAY + HOUR / 2)
    assert due(office, case_id, "first_resolution") == MONDAY + 5 * HOUR
    office.clock.pass_(days=30)
    office.desk.tick()
    assert "ownership" not in {e.payload.metric for e in office.events(case_id, "target.breached")}


def test_a_new_measure_says_nothing_of_what_is_over(office):
    case_id = office.writes().case_id
    office.desk.reply(case_id, "Here.", by="ann")
    without = {name: lines for name, lines in POLICY["sla"].items() if name != "customer_waiting"}
    lines = [{"within": "1 minute", "calendar": "always"}]
    office.clock.pass_(minutes=30)
    office.desk.adopt(Policy.from_dict(POLICY | {"sla": without | {"customer_waiting": lines}}))
    office.desk.tick()
    assert "customer_waiting" not in {e.payload.metric for e in office.events(case_id, "target.set")}


def test_the_same_policy_again_changes_nothing(office):
    office.writes()
    again = office.desk.adopt(Policy.from_dict(POLICY))
    assert (again.epoch, again.at, again.stale) == (1, MONDAY, 0)
    with office.desk._reader() as reader:
        assert len(reader.events("desk:default")) == 1


def test_who_still_works_by_the_old_policy_is_refused_even_on_a_case_nobody_met_yet(office):
    old = Desk(
        Policy.from_dict(POLICY), store=office.desk._worker.store, channels=[MemoryChannel("mail")],
        clock=office.clock,
    )  # fmt: skip
    case_id = office.writes().case_id
    office.desk.adopt(stricter())
    with pytest.raises(ConcurrentChange, match="build the Desk again with that policy"):
        old.note(case_id, "by the old policy", by="bob")
    assert office.kinds(case_id, "contact.noted") == ()


def test_due_cases_and_those_to_be_met_share_a_tick(office):
    cases = [office.writes().case_id for _ in range(20)]
    office.desk.adopt(stricter())
    assert [office.desk.tick(limit=5).advanced for _ in range(4)] == [5, 5, 5, 5]
    assert office.desk.health().stale == 0
    office.clock.pass_(days=2)  # everything is due, and everything is to be met
    office.desk.adopt(Policy.from_dict(POLICY))
    assert office.desk.tick(limit=10).advanced == 10
    met = [case for case in cases if len(office.events(case, "desk.policy_adopted")) == 2]
    assert len(met) >= 2


def test_waiting_cases_are_looked_at_again_by_the_new_rules(office):
    steps = {"routes": [{"queue": "general"}], "steps": [{"within": "2 hours", "agents": ["ann"]}]}
    office.desk.adopt(stricter(routing=steps))
    office.desk.set_presence("bob", "available")
    case_id = office.writes().case_id
    assert office.desk.case(case_id).owner is None  # for two hours it is Ann's alone
    office.clock.pass_(minutes=1)
    office.desk.adopt(stricter())
    office.desk.tick()
    assert office.desk.case(case_id).owner == "bob"


def test_an_old_policy_that_cannot_be_read_any_more_is_said_and_stops_nobody(office):
    case_id = office.writes().case_id
    office.desk.adopt(stricter())
    office.desk._worker.earlier.clear()
    store = office.desk._worker.store
    broken = Desk(stricter(), store=store, channels=[MemoryChannel("mail")], clock=office.clock)
    broken._worker.earlier[Policy.from_dict(POLICY).version] = Era(epoch=1, fault="its plugin is gone")
    broken.tick()
    (fault,) = [e for e in office.events(case_id, "case.fault") if e.payload.code == "policy_unreadable"]
    assert "gone" in fault.payload.detail
    assert due(office, case_id) == MONDAY + 2 * HOUR


@pytest.mark.parametrize("policy", ("support.yaml", None, {}))
def test_what_is_no_policy_is_refused(office, policy):
    with pytest.raises(InvalidValue, match=r"is no Policy; read it with Policy.load\(\) first"):
        office.desk.adopt(policy)


def test_adopting_is_refused_inside_a_transaction_of_the_host(office):
    with pytest.raises(CommandRefused, match="call it on the desk itself") as refused:
        office.desk.using(object()).adopt(stricter())
    assert refused.value.code == "in_transaction"
