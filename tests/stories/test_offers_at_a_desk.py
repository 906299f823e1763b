"""A desk that asks before it gives: yes, no, silence, leaving, and answers that come too late."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from office import STAFF, make_office
from supportkit.cases import fold
from supportkit.desk import CaseFile
from supportkit.errors import CommandRefused
from supportkit.storage import MemoryStore, SqliteStore

OFFERS = {
    "routes": [{"queue": "general", "when_nobody": "callback"}],
    "offers": {"within": "2 minutes", "on_timeout": "away", "grace": "5 minutes"},
}


@pytest.fixture(params=("memory", "sqlite"))
def store(request, tmp_path):
    made = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "desk.sqlite")
    yield made
    made.close()


@pytest.fixture
def asking(store):
    office = make_office(store, routing=OFFERS)
    for agent in STAFF:
        office.desk.set_presence(agent.id, "available")
    return office


def seats(office, case=None):
    with office.desk._reader() as reader:
        return [(seat.agent, seat.role, seat.offer_until) for seat in reader.seats(case)]


def load(office):
    return {row.ref: sum(row.load.values()) for row in office.desk.agents()}


def presence(office):
    return {row.ref: row.presence for row in office.desk.agents()}


def code(call, *args, **options):
    with pytest.raises(CommandRefused) as refused:
        call(*args, **options)
    return refused.value.code


def asked_of(office, case):
    return [event.payload.agent for event in office.events(case, "routing.offered")]


def test_an_offer_holds_a_place_and_gives_the_case_to_nobody_yet(asking):
    case = asking.writes().case_id
    (offered,) = asking.events(case, "routing.offered")
    assert (offered.payload.agent, offered.payload.until) == ("ann", asking.clock().replace(minute=2))
    assert (asking.desk.case(case).owner, asking.desk.case(case).team) == (None, "general")
    assert seats(asking, case) == [("ann", "offer", offered.payload.until)]
    assert load(asking) == {"ann": 1, "bob": 0}


def test_accepting_makes_the_owner_and_accepting_again_changes_nothing(asking):
    case = asking.writes().case_id
    asking.desk.accept(case, "ann")
    once = asking.desk.history(case).kinds
    asking.desk.accept(case, "ann")
    assert asking.desk.history(case).kinds == once
    assert asking.desk.case(case).owner == "ann"
    assert load(asking)["ann"] == 1
    assert seats(asking, case) == [("ann", "handler", None)]


def test_declining_asks_the_next_one_and_keeps_the_age(asking):
    case = asking.writes().case_id
    before = asking.desk.case(case)
    asking.desk.decline(case, "ann", reason="knows them")
    assert asked_of(asking, case) == ["ann", "bob"]
    after = asking.desk.case(case)
    assert (after.opened_at, after.sort_key) == (before.opened_at, before.sort_key)
    assert load(asking) == {"ann": 0, "bob": 1}
    assert code(asking.desk.accept, case, "ann") == "already_offered"
    assert presence(asking)["ann"] == "available"


def test_silence_ends_the_offer_at_its_instant_and_sends_the_agent_away(asking):
    case = asking.writes().case_id
    asking.clock.pass_(minutes=7)
    asking.desk.tick()
    (expired,) = asking.events(case, "routing.expired")
    assert expired.at == asking.events(case, "routing.offered")[0].payload.until
    assert asked_of(asking, case) == ["ann", "bob"]
    assert presence(asking) == {"ann": "away", "bob": "available"}
    assert code(asking.desk.accept, case, "ann") == "expired"


def test_an_answer_at_the_last_instant_is_late_whether_or_not_somebody_looked(asking):
    case = asking.writes().case_id
    asking.clock.pass_(minutes=2)
    assert code(asking.desk.accept, case, "ann") == "expired"
    assert code(asking.desk.decline, case, "ann") == "expired"
    asking.desk.tick()
    assert code(asking.desk.accept, case, "ann") == "expired"


def test_when_everybody_refused_the_customer_is_promised_a_call(asking):
    case = asking.writes().case_id
    asking.desk.decline(case, "ann")
    asking.desk.decline(case, "bob")
    assert asked_of(asking, case) == ["ann", "bob"]
    assert [p.what for p in asking.desk.case(case).promises if p.what == "callback"] == ["callback"]
    assert code(asking.desk.accept, case, "bob") == "refused_before"
    asking.desk.set_presence("bob", "away")
    assert code(asking.desk.accept, case, "bob") == "presence"


def test_without_a_call_a_case_that_everybody_refused_says_so_once():
    office = make_office(routing={**OFFERS, "routes": [{"queue": "general"}]})
    office.desk.set_presence("ann", "available")
    case = office.writes().case_id
    office.desk.decline(case, "ann")
    office.desk.set_presence("bob", "available")
    office.desk.decline(case, "bob")
    for _ in range(3):
        office.clock.pass_(minutes=1)
        office.desk.tick()
    assert [event.payload.code for event in office.events(case, "case.fault")] == ["everybody_refused"]


def test_whoever_goes_offline_loses_offers_at_once_and_work_after_the_grace(asking):
    kept = asking.writes().case_id
    asking.desk.accept(kept, "ann")
    asking.desk.set_presence("bob", "offline")
    asked = asking.writes(who="big").case_id
    assert asked_of(asking, asked) == ["ann"]
    asking.desk.set_presence("ann", "offline")
    assert asking.kinds(asked, "routing.")[-1] == "routing.rescinded"
    assert code(asking.desk.accept, asked, "ann") == "rescinded"
    assert asking.desk.case(kept).owner == "ann"
    asking.clock.pass_(minutes=4)
    asking.desk.tick()
    assert asking.desk.case(kept).owner == "ann"
    asking.clock.pass_(minutes=1)
    asking.desk.tick()
    assert (asking.desk.case(kept).owner, asking.desk.case(kept).team) == (None, "general")
    assert load(asking) == {"ann": 0, "bob": 0}


def test_what_was_asked_of_somebody_who_leaves_is_offered_to_the_next(asking):
    case = asking.writes().case_id
    asking.desk.set_presence("ann", "offline")
    assert asked_of(asking, case) == ["ann", "bob"]


def test_whoever_is_back_within_the_grace_keeps_their_work(asking):
    case = asking.writes().case_id
    asking.desk.accept(case, "ann")
    asking.desk.set_presence("ann", "offline")
    asking.clock.pass_(minutes=4)
    asking.desk.set_presence("ann", "available")
    asking.clock.pass_(minutes=30)
    asking.desk.tick()
    assert asking.desk.case(case).owner == "ann"


def test_completing_frees_the_place_and_leaves_the_case_open(asking):
    case = asking.writes().case_id
    asking.desk.accept(case, "ann")
    asking.desk.complete(case, "ann")
    once = asking.desk.history(case).kinds
    asking.desk.complete(case, "ann")
    assert asking.desk.history(case).kinds == once
    assert (asking.desk.case(case).owner, asking.desk.case(case).is_open) == ("ann", True)
    assert load(asking)["ann"] == 0
    assert code(asking.desk.complete, case, "bob") == "not_yours"


def test_who_takes_or_resolves_a_case_on_offer_ends_the_offer(asking):
    taken, solved = asking.writes().case_id, asking.writes(who="big").case_id
    first, second = asked_of(asking, taken)[0], asked_of(asking, solved)[0]
    other = "bob" if first == "ann" else "ann"
    asking.desk.take(taken, by=other)
    assert code(asking.desk.accept, taken, first) == "rescinded"
    asking.desk.resolve(solved, by=other, outcome="solved", code="done")
    assert code(asking.desk.accept, solved, second) == "canceled"
    assert load(asking) == {other: 1, first: 0}


def test_taking_what_one_was_asked_is_accepting_it(asking):
    case = asking.writes().case_id
    asking.desk.take(case, by="ann")
    assert asking.kinds(case, "routing.")[-1] == "routing.accepted"
    assert seats(asking, case) == [("ann", "handler", None)]


def test_an_excluded_agent_is_not_asked_any_more(asking):
    case = asking.writes().case_id
    asking.desk.exclude_handler(case, "ann", by="lead", reason="a conflict")
    assert asked_of(asking, case) == ["ann", "bob"]


def test_offers_fill_the_places_and_no_more_and_a_free_place_is_offered_the_next(asking):
    cases = [asking.writes(who=f"new{n}").case_id for n in range(5)]
    assert load(asking) == {"ann": 2, "bob": 2}
    assert asked_of(asking, cases[4]) == []
    agent = asked_of(asking, cases[0])[0]
    asking.desk.accept(cases[0], agent)
    assert asked_of(asking, cases[4]) == []
    asking.desk.complete(cases[0], agent)
    assert asked_of(asking, cases[4]) == [agent]


def test_a_command_with_a_key_is_carried_out_once(asking):
    case = asking.writes().case_id
    first = asking.desk.decline(case, "ann", key="d1")
    again = asking.desk.decline(case, "ann", key="d1")
    assert not first.duplicate
    assert again.duplicate
    assert len(asking.events(case, "routing.declined")) == 1


def test_the_snapshot_is_the_fold_of_the_log_with_offers_too(asking):
    case = asking.writes().case_id
    asking.desk.decline(case, "ann")
    asking.clock.pass_(minutes=3)
    asking.desk.tick()
    with asking.desk._reader() as reader:
        row = reader.case(case)
    assert CaseFile.from_bytes(row.snapshot).case == fold(asking.desk.history(case))


def test_an_answer_and_a_take_at_once_leave_one_handler(asking):
    for number in range(8):
        case = asking.writes(who=f"race{number}").case_id
        agent = asked_of(asking, case)[0]
        other = "bob" if agent == "ann" else "ann"
        barrier = Barrier(3)

        def race(call, barrier=barrier):
            barrier.wait()
            try:
                call()
            except CommandRefused as refused:
                return refused.code
            return None

        jobs = (
            lambda c=case, a=agent: asking.desk.accept(c, a),
            lambda c=case, o=other: asking.desk.take(c, by=o),
            lambda c=case, a=agent: asking.desk.decline(c, a),
        )
        with ThreadPoolExecutor(3) as pool:
            assert None in list(pool.map(race, jobs))
        handlers = [seat for seat in seats(asking, case) if seat[1] == "handler"]
        owner = asking.desk.case(case).owner
        assert [seat[0] for seat in handlers] == ([owner] if owner else [])
        assert asking.desk.case(case) == fold(asking.desk.history(case))
        if asking.desk.case(case).is_open:
            asking.desk.resolve(case, by=owner or other, outcome="solved", code="done")
    assert load(asking) == {"ann": 0, "bob": 0}
