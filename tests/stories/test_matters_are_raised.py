"""At a desk: by deadlines, by silence, by count, down again, in turn; whoever asks for a manager comes first."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from office import MONDAY, PEOPLE, POLICY, make_office
from supportkit import Desk, Policy
from supportkit.errors import CommandRefused
from supportkit.storage import MemoryStore

OPEN = {"calendar": "office", "within": "60 minutes"}
SATURDAY = datetime(2026, 1, 17, 11, tzinfo=UTC)


def fired(office, case_id):
    return [
        (e.payload.plan, e.payload.level, *e.payload.targets)
        for e in office.events(case_id, "escalation.fired")
    ]


def after(office, **span):
    office.clock.pass_(**span)
    office.desk.tick()
    return office


# -- around what is owed ------------------------------------------------------------------------------

AROUND = {
    "mode": "deadline", "metric": "first_response",
    "levels": [{"percent": 50, "to": "ann"}, {"offset": "0 minutes", "to": "team_lead"}, {"offset": "1 hour", "to": "boss"}],
}  # fmt: skip


def test_levels_around_a_target_fire_in_working_time_and_end_with_the_answer():
    office = make_office(escalation={"late": AROUND}, sla={"first_response": [OPEN]})
    office.clock.move_to(MONDAY.replace(hour=17, minute=30))  # half an hour before closing
    case_id = office.writes().case_id
    assert [firing.due_at for firing in office.desk.plan(case_id)] == [
        MONDAY.replace(hour=18), MONDAY.replace(day=13, hour=8, minute=30), MONDAY.replace(day=13, hour=9, minute=30),
    ]  # fmt: skip
    after(office, minutes=30)
    assert fired(office, case_id) == [("late", 1, "ann")]
    after(office, hours=14, minutes=31)
    assert fired(office, case_id)[1:] == [("late", 2, "team_lead")]
    office.desk.reply(case_id, "Here you are.", by="ann")
    after(office, days=3)
    assert len(fired(office, case_id)) == 2


def test_a_verdict_comes_before_what_it_raises():
    office = make_office(
        escalation={"late": {**AROUND, "levels": [{"offset": "0 minutes", "to": "lead"}]}, "breach": {"starts": "target.breached", "levels": [{"to": "boss"}]}},
        sla={"first_response": [OPEN]},
    )  # fmt: skip
    case_id = office.writes().case_id
    after(office, hours=2)
    kinds = office.kinds(case_id, "target.breached", "escalation.fired")
    assert kinds == ("target.breached", "escalation.fired", "escalation.fired")
    assert {plan for plan, *_ in fired(office, case_id)} == {"late", "breach"}


def test_a_pause_moves_the_levels_with_the_target():
    sla = {
        "resolution": {
            "targets": [{"within": "4 hours", "calendar": "office"}],
            "pause": ["waiting_customer"],
        }
    }
    office = make_office(
        sla=sla, escalation={"late": {**AROUND, "metric": "resolution", "levels": AROUND["levels"][1:2]}}
    )
    case_id = office.writes().case_id
    office.desk.hold(case_id, by="ann")
    after(office, hours=6)
    assert fired(office, case_id) == []
    office.desk.resume(case_id, by="ann")
    (planned,) = office.desk.plan(case_id)
    assert planned.due_at == MONDAY + timedelta(hours=24)  # four hours of work, the night left out
    after(office, days=1, hours=1)
    assert fired(office, case_id) == [("late", 1, "team_lead")]


def test_a_higher_priority_fires_only_the_highest_level_that_it_passed():
    sla = {
        "first_response": [
            {"when": "case.priority == 'urgent'", "within": "30 minutes", "calendar": "office"},
            {"within": "8 hours", "calendar": "office"},
        ]
    }
    office = make_office(escalation={"late": AROUND}, sla=sla)
    case_id = office.writes().case_id
    after(office, hours=2)
    assert fired(office, case_id) == []
    office.desk.classify(case_id, by="ann", priority="urgent", reason="The boss called.")
    after(office, minutes=0)
    (event,) = office.events(case_id, "escalation.fired")
    assert (event.payload.level, event.payload.skipped) == (3, (1, 2))
    office.desk.classify(case_id, by="ann", priority="normal", reason="A mistake.")
    after(office, days=2)
    assert len(fired(office, case_id)) == 1


# -- ignored, passed on, reopened ---------------------------------------------------------------------


def test_a_case_that_nobody_touches_for_eight_working_hours_is_raised_again_and_again():
    idle = {
        "mode": "age",
        "basis": "last_modified",
        "calendar": "office",
        "levels": [{"over": "8 hours", "to": "team_lead"}],
    }
    office = make_office(escalation={"idle": idle})
    case_id = office.writes().case_id
    after(office, hours=4)
    office.desk.note(case_id, "Asked the network people.", by="ann")  # thirteen o'clock
    after(office, hours=8)
    assert fired(office, case_id) == []
    after(office, hours=14)
    assert fired(office, case_id) == [("idle", 1, "team_lead")]
    office.desk.note(case_id, "Still asking.", by="ann")
    after(office, days=2)
    assert fired(office, case_id) == [("idle", 1, "team_lead")] * 2


COUNTERS = {
    "passed_around": {"mode": "counter", "of": "case.transfers", "at_least": 3, "to": "supervisor"},
    "again": {"mode": "counter", "of": "case.reopens", "at_least": 2, "to": "quality"},
}


def test_the_third_transfer_and_the_second_reopening_are_raised_once():
    office = make_office(escalation=COUNTERS)
    case_id = office.writes().case_id
    for team in ("billing", "network", "billing", "network"):
        office.desk.assign(case_id, by="ann", team=team)
    assert fired(office, case_id) == [("passed_around", 1, "supervisor")]
    for _ in range(3):
        office.desk.resolve(case_id, by="ann", outcome="solved", code="done")
        office.desk.reopen(case_id, by="ann")
    assert fired(office, case_id)[1:] == [("again", 1, "quality")]


def test_the_account_owner_hears_of_trouble_with_their_customer():
    people = [evolve(PEOPLE[0], account_owner="gordon"), *PEOPLE[1:]]
    plan = {"starts": "promise.broken", "levels": [{"to": ["customer.account_owner", "case.team"]}]}
    office = make_office(escalation={"broken": plan}, sla={"first_response": [OPEN]}, people=people)
    owned, other = office.writes("jo").case_id, office.writes("quiet").case_id
    after(office, hours=2)
    assert fired(office, owned) == [("broken", 1, "gordon", "team:general")]
    assert fired(office, other) == [("broken", 1, "team:general")]
    assert [e.payload.code for e in office.events(other, "case.fault")] == ["nobody_there"]
    assert office.desk.outbox.to("gordon").of_case(owned)


def test_on_a_saturday_the_crisis_is_raised_and_the_ordinary_case_waits_for_monday():
    quiet = {
        "from": "00:00",
        "to": "24:00",
        "days": "sat, sun",
        "zone": "Europe/London",
        "unless": "case.priority == 'urgent'",
    }
    office = make_office(
        escalation={"silence": {"quiet_hours": quiet, "levels": [{"after": "30 minutes", "to": "on_call"}]}}
    )
    office.clock.move_to(SATURDAY)
    crisis = office.writes(text="No signal, I complain", visibility="public").case_id
    ordinary = office.writes("quiet").case_id
    assert office.desk.case(crisis).priority == "urgent"
    after(office, hours=1)
    assert (fired(office, crisis), fired(office, ordinary)) == ([("silence", 1, "on_call")], [])
    office.clock.move_to(datetime(2026, 1, 19, tzinfo=UTC))
    office.desk.tick()
    assert fired(office, ordinary) == [("silence", 1, "on_call")]


# -- what levels do -----------------------------------------------------------------------------------


def test_a_functional_level_changes_the_hands_and_sets_facts():
    levels = [
        {
            "after": "1 hour",
            "to": "team:network",
            "kind": "functional",
            "then": {"case.priority": "high", "case.category": "outage"},
        }
    ]
    again = {"starts": "case.assigned", "levels": [{"to": "never"}]}
    office = make_office(
        escalation={"silence": {"levels": levels}, "own": {**again, "starts": "case.classified"}}
    )
    case_id = office.writes("quiet").case_id
    before = len(fired(office, case_id))
    after(office, hours=1)
    case = office.desk.case(case_id)
    assert (case.team, case.priority, case.category) == ("network", "high", "outage")
    assert len(fired(office, case_id)) == before + 1  # what an escalation changes raises nothing
    assert office.events(case_id, "case.assigned")[-1].caused_by == "escalation.fired"


def test_a_functional_level_may_name_a_person():
    levels = [{"after": "1 hour", "to": "ann", "kind": "functional"}]
    office = make_office(escalation={"silence": {"levels": levels}})
    case_id = office.writes().case_id
    office.desk.set_presence("ann", "available")
    office.desk.assign(case_id, by="bob", agent="bob")
    after(office, hours=1)
    assert office.desk.case(case_id).owner == "ann"
    assert office.events(case_id, "case.assigned")[-1].payload.cause == "escalation"


def test_a_level_may_set_the_team_and_a_chain_may_resolve_the_case():
    steps = [
        {"do": "wait", "for": "1 hour"},
        {"do": "notify", "to": "lead", "then": {"case.team": "network"}},
        {"do": "wait", "for": "1 hour"},
        {"do": "resolve"},
    ]
    office = make_office(escalation={"silence": {"mode": "chain", "steps": steps}})
    case_id = office.writes("quiet").case_id
    after(office, hours=1)
    assert office.desk.case(case_id).team == "network"
    after(office, hours=1)
    assert office.desk.case(case_id).status == "resolved"
    office.desk.reopen(case_id, by="ann")
    after(office, hours=1)
    assert len(fired(office, case_id)) == 2


def test_who_must_not_handle_a_case_is_told_but_does_not_get_it():
    levels = [{"after": "1 hour", "to": "ann", "kind": "functional"}]
    office = make_office(escalation={"silence": {"levels": levels}})
    case_id = office.writes().case_id
    office.desk.exclude_handler(case_id, "ann", by="bob", reason="a conflict")
    after(office, hours=1)
    assert (fired(office, case_id), office.desk.case(case_id).owner) == ([("silence", 1, "ann")], None)


def test_the_last_word_of_a_plan_may_close_a_case():
    office = make_office(
        escalation={"silence": {"finally": "close", "levels": [{"to": "ann", "wait": "1 hour"}]}}
    )
    case_id = office.writes().case_id
    after(office, hours=1)
    case = office.desk.case(case_id)
    assert (case.status, case.outcome, case.code) == ("closed", "no_answer", "escalation_ended")
    after(office, days=9)
    assert fired(office, case_id) == [("silence", 1, "ann")]


def test_a_priority_rises_until_somebody_answers():
    ladder = {
        "mode": "priority_ladder",
        "every": "2 hours",
        "calendar": "office",
        "order": ["normal", "high", "urgent"],
    }
    office = make_office(escalation={"up": ladder})
    case_id = office.writes().case_id
    after(office, hours=2)
    after(office, hours=2)
    assert office.desk.case(case_id).priority == "urgent"
    assert [e.payload.changes for e in office.events(case_id, "escalation.fired")] == [
        {"case.priority": "high"}, {"case.priority": "urgent"},
    ]  # fmt: skip


def test_several_people_take_turns_over_all_cases_of_a_desk():
    office = make_office(
        escalation={"silence": {"levels": [{"to": {"one_of": ["bob", "ann", "cid"]}, "wait": "1 hour"}]}}
    )
    told = []
    for who in ("jo", "quiet", "big", "new"):
        case_id = office.writes(who, text=f"{who} asks").case_id
        told += [target for *_, target in fired(office, case_id)]
        office.clock.pass_(minutes=1)
    assert told == ["ann", "bob", "cid", "ann"]


@pytest.mark.parametrize(
    ("edits", "told"), (("snapshot", ("silence", 2, "bob")), ("live", ("silence", 2, "new")))
)
def test_under_a_new_policy_a_case_goes_on_by_the_plan_it_began_with_where_that_says_so(edits, told):
    store = MemoryStore()
    old, new = (
        {"edits": edits, "levels": [{"to": "ann", "wait": "1 hour"}, {"to": to}]} for to in ("bob", "new")
    )
    office = make_office(store, escalation={"silence": old})
    case_id = office.writes().case_id
    office.desk = Desk(
        Policy.from_dict(POLICY | {"escalation": {"silence": new}}), store=store, clock=office.clock
    )
    after(office, hours=1)
    assert fired(office, case_id) == [("silence", 1, "ann"), told]


# -- by hand ------------------------------------------------------------------------------------------

LADDER = {
    "levels": [
        {"to": "ann", "wait": "1 hour"}, {"to": "bob", "wait": "1 hour"}, {"to": "boss", "kind": "hierarchical", "wait": "1 hour"},
    ]
}  # fmt: skip


@pytest.fixture
def raised():
    """A case whose escalation has come to its second level."""
    office = make_office(escalation={"silence": LADDER})
    case_id = office.writes().case_id
    return after(office, hours=1), case_id


def test_an_escalation_can_be_brought_down_with_a_reason(raised):
    office, case_id = raised
    office.desk.deescalate(case_id, by="bob", reason="Ann is back.")
    assert fired(office, case_id)[-1] == ("silence", 2, "bob")
    after(office, hours=1)
    assert fired(office, case_id)[2:] == [("silence", 2, "bob")]
    (event,) = office.events(case_id, "escalation.deescalated")
    assert (event.payload.to, event.reason, event.actor) == (1, "Ann is back.", "agent:bob")


def test_an_escalation_can_be_given_to_somebody_and_leaves_its_plan(raised):
    office, case_id = raised
    office.desk.reassign_escalation(case_id, by="bob", to="eve")
    assert fired(office, case_id)[-1] == ("silence", 0, "eve")
    assert office.desk.outbox.to("eve")
    after(office, days=1)
    assert len(fired(office, case_id)) == 3


def test_an_escalation_can_be_put_to_a_level(raised):
    office, case_id = raised
    office.desk.reassign_escalation(case_id, by="bob", level=3)
    assert fired(office, case_id)[-1] == ("silence", 3, "boss")


def test_known_trouble_holds_escalations_but_nobody_who_asks_for_a_manager(raised):
    office, case_id = raised
    office.desk.set_maintenance(case_id, by="bob", reason="planned work")
    after(office, hours=5)
    assert len(fired(office, case_id)) == 2
    with pytest.raises(CommandRefused) as refused:
        office.desk.escalate(case_id, by="bob", plan="nobody's")
    assert refused.value.code == "unknown_plan"
    office.desk.request_manager(case_id)
    assert fired(office, case_id)[-1] == ("silence", 3, "boss")
    office.desk.set_maintenance(case_id, by="bob", on=False)
    after(office, hours=1)
    assert office.kinds(case_id, "escalation.exhausted") == ("escalation.exhausted",)
    office.desk.set_maintenance(case_id, by="bob", on=False)
    assert len(office.events(case_id, "escalation.maintenance")) == 2


@pytest.mark.parametrize(
    ("command", "said", "code"),
    (
        ("deescalate", {"reason": ""}, "no_reason"),
        ("deescalate", {"reason": "so", "to": 2}, "no_such_level"),
        ("deescalate", {"reason": "so", "to": 0}, "no_such_level"),
        ("deescalate", {"reason": "so", "plan": "nobody's"}, "unknown_plan"),
        ("reassign_escalation", {}, "nobody"),
        ("reassign_escalation", {"to": "eve", "level": 1}, "nobody"),
        ("reassign_escalation", {"level": 9}, "no_such_level"),
        ("reassign_escalation", {"to": "eve", "plan": "nobody's"}, "unknown_plan"),
    ),
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(raised, command, said, code):
    office, case_id = raised
    before = office.desk.history(case_id)
    with pytest.raises(CommandRefused) as refused:
        getattr(office.desk, command)(case_id, by="bob", **said)
    assert refused.value.code == code
    assert office.desk.history(case_id) == before


def test_on_a_case_without_escalations_there_is_nothing_to_move():
    office = make_office(escalation={})
    case_id = office.writes().case_id
    for command, said in (("deescalate", {"reason": "so"}), ("reassign_escalation", {"to": "eve"})):
        with pytest.raises(CommandRefused) as refused:
            getattr(office.desk, command)(case_id, by="bob", **said)
        assert refused.value.code == "nothing_to_do"
