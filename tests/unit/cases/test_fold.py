"""What a history makes of a case."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.cases import Event, Folding, Log, NextAction, Promise, fold
from supportkit.errors import InvalidValue

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)


def at(minutes):
    return NINE + timedelta(minutes=minutes)


def log(*told):
    """A log of ``(kind, what it says)``, a minute apart, the first of them the opening at nine."""
    made = Log("17").opened(at=NINE)
    for minute, (kind, said) in enumerate(told, 1):
        made = made.add(kind, **{"at": at(minute), **said})
    return made


def assigned(agent=None, team=None, **said):
    return "case.assigned", {"agent": agent, "team": team, **said}


def status(to):
    return "case.status_changed", {"to": to}


MESSAGE, REPLY = ("contact.received", {}), ("contact.replied", {"audience": "customer"})
MACHINE = ("contact.received", {"automated": True})
AWAY, NOTICE = ("contact.replied", {"automated": True}), ("contact.replied", {"audience": "internal"})


@pytest.mark.parametrize(
    ("told", "expected"),
    (
        ((), {"id": "17", "status": "new", "opened_at": NINE, "opened_by": "customer", "contacts": 1, "waiting_since": NINE, "last_at": NINE, "seq": 1, "is_open": True}),
        ((("case.classified", {"kind": "incident", "tags": ["a", "b"]}), ("case.classified", {"category": "c", "tags": ["b", "d"]})), {"kind": "incident", "category": "c", "tags": ("a", "b", "d")}),
        ((("contact.identified", {"customer": "jo"}), ("contact.identified", {"status": "ambiguous"})), {"customer": "jo"}),
        ((("priority.decided", {"priority": "high", "score": 30, "sort_key": 5}), ("priority.decided", {"priority": "urgent"})), {"priority": "urgent", "score": 30, "sort_key": 5}),
        ((("priority.decided", {"priority": "high", "score": 30, "sort_key": 5}), ("priority.decided", {"score": 0, "sort_key": 0})), {"priority": "high", "score": 0, "sort_key": 0}),
        ((("routing.queued", {"queue": "network"}), ("routing.queued", {})), {"queue": "network"}),
        ((("recovery.complaint_raised", {"wanted": "ref"}),), {"kind": "complaint", "wanted": "ref"}),
        ((("recovery.apologised", {}), ("recovery.apologised", {})), {"apologies": 2}),
        ((("case.handler_excluded", {"agent": "ann"}), ("case.handler_excluded", {"agent": "bob"}), ("case.handler_excluded", {"agent": "ann"})), {"excluded": ("ann", "bob")}),
        ((("case.fault", {"code": "x"}),), {"faults": 1}),
        ((("case.merged", {"into": "9"}),), {"status": "merged", "merged_into": "9", "is_open": False}),
        ((("case.merged", {"of": "9", "opened_at": at(-9), "waiting_since": at(-3)}),), {"status": "new", "merged_into": None, "opened_at": NINE, "waiting_since": at(-3)}),
        ((("case.merged", {"of": "9", "waiting_since": at(1)}),), {"waiting_since": NINE}),
        ((REPLY, ("case.merged", {"of": "9", "waiting_since": at(-3)})), {"waiting_since": at(-3), "replies": 1}),
        ((REPLY, ("case.merged", {"of": "9"})), {"waiting_since": None, "status": "new"}),
        ((("case.merged", {"into": "8", "of": "9", "waiting_since": at(-3)}),), {"status": "merged", "merged_into": "8", "waiting_since": NINE}),
        ((("case.merged", {}),), {"status": "merged", "merged_into": ""}),
        ((("contact.received", {"visibility": "public"}), MESSAGE), {"public": True, "contacts": 3}),
        ((("contact.noted", {}), ("x.acme.scored", {"points": 3}), ("contact.quarantined", {})), {"contacts": 1, "replies": 0, "seq": 4, "last_at": at(3)}),
    ),
)  # fmt: skip
def test_events_make_the_case(told, expected):
    case = fold(log(*told))
    assert {name: getattr(case, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("told", "contacts", "replies", "waiting_since"),
    (
        ((), 1, 0, 0),
        ((MESSAGE,), 2, 0, 0),
        ((MACHINE,), 1, 0, 0),
        ((AWAY, NOTICE, ("contact.noted", {})), 1, 0, 0),
        ((REPLY,), 1, 1, None),
        ((REPLY, MESSAGE, MESSAGE), 3, 1, 2),
        ((REPLY, MACHINE), 1, 1, None),
        ((REPLY, MESSAGE, AWAY, NOTICE), 2, 1, 2),
        ((REPLY, MESSAGE, REPLY, REPLY), 2, 3, None),
        ((REPLY, ("contact.received", {"counts": False})), 1, 1, None),
    ),
)
def test_the_customer_waits_since_the_oldest_message_that_no_person_answered(
    told, contacts, replies, waiting_since
):
    case = fold(log(*told))
    since = None if waiting_since is None else at(waiting_since)
    assert (case.contacts, case.replies, case.waiting_since) == (contacts, replies, since)


def test_the_message_that_opened_the_case_is_counted_once():
    case = fold(Log("17").opened(at=NINE).customer_message(at=NINE).customer_message(at=at(1)))
    assert (case.contacts, case.waiting_since) == (2, NINE)


def test_a_case_that_an_agent_opened_waits_for_nobody_until_the_customer_writes():
    begun = Log("17").opened(at=NINE, by="agent")
    assert (fold(begun).contacts, fold(begun).waiting_since) == (0, None)
    assert (
        fold(begun.customer_message(at=NINE)).contacts,
        fold(begun.customer_message(at=NINE)).waiting_since,
    ) == (1, NINE)


def test_first_and_last_answers_are_those_of_people():
    case = fold(log(AWAY, REPLY, AWAY, REPLY, NOTICE))
    assert (case.first_reply_at, case.last_reply_at) == (at(2), at(4))


@pytest.mark.parametrize(
    ("told", "owner", "team", "transfers", "state"),
    (
        ((assigned(team="t"),), None, "t", 0, "new"),
        ((assigned(team="t"), assigned("ann", "t")), "ann", "t", 0, "open"),
        ((assigned("ann"), assigned("ann")), "ann", None, 0, "open"),
        ((assigned("ann", "t"), assigned("bob", "t")), "bob", "t", 1, "open"),
        ((assigned("ann", "t"), assigned(team="u")), None, "u", 1, "open"),
        ((assigned("ann", "t"), assigned("bob", "u")), "bob", "u", 1, "open"),
        ((assigned("ann", "t"), assigned(team="t"), assigned("ann", "t")), "ann", "t", 0, "open"),
        ((assigned("ann", "t"), assigned(team="t"), assigned("bob", "t")), "bob", "t", 1, "open"),
        ((assigned("ann"), assigned(team="t")), None, "t", 0, "open"),
        ((status("waiting_customer"), assigned("ann")), "ann", None, 0, "waiting_customer"),
    ),
)  # fmt: skip
def test_a_transfer_is_a_change_of_hands(told, owner, team, transfers, state):
    case = fold(log(*told))
    assert (case.owner, case.team, case.transfers, case.status) == (owner, team, transfers, state)


def test_an_assignment_to_nobody_is_a_fault_and_the_owner_stays():
    case = fold(log(assigned("ann", "t"), assigned()))
    assert (case.owner, case.team, case.faults, case.assigned_at) == ("ann", "t", 1, at(1))


@pytest.mark.parametrize(
    ("told", "state", "reopens", "resolved", "closed"),
    (
        ((("case.resolved", {}),), "resolved", 0, 1, None),
        ((("case.closed", {}),), "closed", 0, 1, 1),
        ((("case.resolved", {}), ("case.closed", {})), "closed", 0, 1, 2),
        ((("case.resolved", {}), ("case.reopened", {})), "open", 1, None, None),
        ((("case.closed", {}), status("waiting_customer")), "waiting_customer", 1, None, None),
        ((("case.closed", {}), ("case.reopened", {}), ("case.reopened", {})), "open", 1, None, None),
        ((("case.reopened", {}),), "new", 0, None, None),
        ((("case.resolved", {}), ("case.reopened", {}), ("case.resolved", {}), status("open")), "open", 2, None, None),
        ((("case.resolved", {}), ("case.resolved", {})), "resolved", 0, 2, None),
        ((status("resolved"),), "resolved", 0, 1, None),
        ((("case.merged", {"into": "9"}), ("case.reopened", {})), "merged", 0, None, None),
    ),
)  # fmt: skip
def test_only_what_was_over_is_reopened(told, state, reopens, resolved, closed):
    case = fold(log(*told))
    instants = tuple(None if minute is None else at(minute) for minute in (resolved, closed))
    assert (case.status, case.reopens, case.resolved_at, case.closed_at) == (state, reopens, *instants)


def test_a_reopening_forgets_the_outcome_and_a_closing_keeps_that_of_the_solution():
    solved = log(("case.resolved", {"outcome": "fixed", "code": "router"}), ("case.closed", {}))
    assert (fold(solved).outcome, fold(solved).code) == ("fixed", "router")
    again = fold(solved.reopened(at=at(9)))
    assert (again.outcome, again.code) == (None, None)


def test_a_status_that_does_not_exist_is_a_fault_and_the_status_stays():
    case = fold(log(("case.status_changed", {"to": "on_hold"})))
    assert (case.status, case.faults) == ("new", 1)


def test_the_next_action_goes_when_nothing_is_left_to_do():
    told = log(("case.next_action_set", {"what": "call", "due": at(60), "owner": "ann", "wanted": "ref"}))
    assert fold(told).next_action == NextAction("call", at(60), "ann")
    assert fold(told).wanted == "ref"
    assert fold(told.add("case.next_action_set", at=at(2), wanted="other")).next_action is not None
    assert fold(told.resolved(at=at(2))).next_action is None


def test_promises_are_open_until_they_are_kept_broken_or_superseded():
    told = log(
        ("promise.made", {"id": "a", "due": at(60), "text": "soon", "calendar": "office", "zone": "UTC", "channel": "email"}),
        ("promise.made", {"id": "b", "what": "callback"}),
        ("promise.made", {"id": "c"}),
    )  # fmt: skip
    assert fold(told).promises[0] == Promise(
        "a", "reply", at(1), at(60), "open", "soon", "office", "UTC", "email"
    )
    case = fold(told.add("promise.kept", at=at(9), id="a").add("promise.broken", at=at(9), id="b"))
    assert ([p.id for p in case.promises], case.promises_kept, case.promises_broken) == (["c"], 1, 1)
    case = fold(told.add("promise.superseded", at=at(9), id="b").add("promise.made", at=at(9), id="a"))
    assert [p.id for p in case.promises] == ["c", "a"]
    assert (case.promises_kept, case.promises_broken) == (0, 0)


def test_a_story_that_begins_in_the_middle_is_folded_all_the_same():
    case = fold([Event.of("contact.replied", at=NINE, stream="case:9", seq=40)])
    assert (case.id, case.opened_at, case.replies, case.seq) == ("9", NINE, 1, 40)


def test_no_events_and_no_start_make_no_case():
    with pytest.raises(InvalidValue, match="at least one event or a start"):
        fold([])
    case = fold(log())
    assert fold([], start=case) is case


def test_a_start_is_never_changed_by_what_is_folded_on_top():
    case = fold(log())
    before = case.to_plain()
    folding = Folding(case)
    folding.add(Event.of("case.assigned", at=at(1), stream="case:17", seq=2, agent="ann"))
    assert (folding.case.owner, case.to_plain()) == ("ann", before)
    assert folding.case is folding.case
