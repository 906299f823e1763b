"""A desk that asks before it gives: yes, no, silence, leaving, and answers that come too late."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from attrs import evolve

from office import POLICY, STAFF, make_office
from supportkit.cases import MICROSECOND, Agent, Contact, ContactPoint, fold
from supportkit.desk import CaseFile, commands
from supportkit.errors import CommandRefused
from supportkit.routing import Item, Route
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


def test_work_given_after_a_logout_stays_when_the_grace_time_ends(asking):
    before, after = asking.writes().case_id, asking.writes(who="big").case_id
    asking.desk.accept(before, "ann")
    asking.desk.set_presence("bob", "offline")
    asking.desk.set_presence("ann", "offline")
    asking.clock.pass_(minutes=1)
    asking.desk.assign(after, by="lead", agent="ann")
    asking.clock.pass_(minutes=60)
    asking.desk.tick()
    assert [asking.desk.case(case).owner for case in (before, after)] == [None, "ann"]


@pytest.mark.parametrize(
    "meanwhile",
    (
        lambda desk, case: desk.set_presence("ann", "offline"),
        lambda desk, case: desk.complete(case, "ann"),
    ),
    ids=("saying it again", "finishing something"),
)
def test_the_grace_time_counts_from_leaving_whatever_happens_meanwhile(asking, meanwhile):
    kept, done = asking.writes().case_id, asking.writes(who="big").case_id
    for case in (kept, done):
        asking.desk.assign(case, by="lead", agent="ann")
    asking.desk.set_presence("ann", "offline")
    asking.clock.pass_(minutes=3)
    meanwhile(asking.desk, done)
    asking.clock.pass_(minutes=2)
    asking.desk.tick()
    assert asking.desk.case(kept).owner is None


def test_work_of_whoever_left_is_not_offered_again_to_those_who_refused_it(asking):
    case = asking.writes().case_id
    asking.desk.decline(case, "ann")
    asking.desk.accept(case, "bob")
    asking.desk.set_presence("bob", "offline")
    asking.clock.pass_(minutes=5)
    asking.desk.tick()
    assert (asking.desk.case(case).owner, asked_of(asking, case)) == (None, ["ann", "bob"])


def test_silence_of_somebody_busy_counts_as_silence(asking):
    asking.writes()
    asking.desk.set_presence("ann", "busy")
    asking.clock.pass_(minutes=2)
    asking.desk.tick()
    assert presence(asking)["ann"] == "away"


def test_a_place_that_gets_free_together_with_a_case_goes_to_who_waits_longer(store):
    agents = [Agent("ann", presence="offline", capacity=1, skills={"network": 2}),
              Agent("bob", presence="offline", capacity=1)]  # fmt: skip
    office = make_office(
        store, staff=agents, routing={"routes": POLICY["routing"], "offers": {"within": "2 minutes"}}
    )
    for agent in ("ann", "bob"):
        office.desk.set_presence(agent, "available")
    held = office.writes(who="held", text="no signal").case_id
    young = office.writes(who="young").case_id
    assert (asked_of(office, held), asked_of(office, young)) == (["ann"], ["bob"])
    urgent = office.writes(who="urgent", text="no signal, I complain").case_id
    office.desk.decline(held, "ann")
    assert asked_of(office, urgent) == ["ann"]
    assert asked_of(office, held) == ["ann"]


def test_work_is_given_in_turn_in_the_order_of_the_roster():
    staff = [Agent(name, presence="offline", capacity=9) for name in ("cat", "ann", "bob")]
    office = make_office(staff=staff, routing={"rank": "round_robin"})
    for agent in staff:
        office.desk.set_presence(agent.id, "available")
    owners = [office.desk.case(office.writes(who=f"new{n}").case_id).owner for n in range(5)]
    assert owners == ["cat", "ann", "bob", "cat", "ann"]
    assert office.desk.case(office.calls().case_id).owner == "cat"  # a channel of its own


def test_who_may_be_given_no_more_for_now_is_looked_for_when_they_may():
    office = make_office(staff=[Agent("ann", presence="offline")], routing={"rate_limit": "1 in 10 minutes"})
    office.desk.set_presence("ann", "available")
    first, second = (office.writes(who=who).case_id for who in ("one", "two"))
    office.clock.pass_(seconds=10)
    office.desk.resolve(first, by="ann", outcome="solved", code="done")
    with office.desk._worker.transaction() as tx:
        assert tx.armed_agents(now=office.clock(), limit=5) == ()
        assert tx.armed_agents(now=office.clock().replace(minute=10, second=0), limit=5) == ("ann",)
    office.clock.move_to(office.clock().replace(minute=10, second=0))
    office.desk.tick()
    assert office.desk.case(second).owner == "ann"


def test_who_sees_a_queue_only_after_a_while_is_looked_for_then():
    ann = Agent("ann", presence="offline", queues={"general": (1, 60)})
    office = make_office(staff=[ann])
    case = office.writes().case_id
    office.clock.pass_(seconds=40)
    office.desk.tick()  # a regular look, the next one comes in half a minute
    office.desk.set_presence("ann", "available")
    assert office.desk.case(case).owner is None
    office.clock.pass_(seconds=20)
    with office.desk._worker.transaction() as tx:
        assert tx.armed_cases(now=office.clock() - MICROSECOND, limit=5) == ()
        assert tx.armed_cases(now=office.clock(), limit=5) == (case,)
    office.desk.tick()
    assert office.desk.case(case).owner == "ann"


def test_when_the_last_of_a_step_leaves_the_best_of_the_next_one_is_asked():
    staff = [
        Agent("top", presence="offline", tier=1, capacity=1),
        *(
            Agent(name, presence="offline", capacity=1, attrs={"cost": cost})
            for name, cost in (("ann", 2), ("bob", 1))
        ),
    ]
    steps = [{"within": "9 minutes", "tiers": [1, 1], "skip_if": "none_available"}, {}]
    office = make_office(staff=staff, routing={"steps": steps, "rank": "attrs.cost asc"})
    for agent in ("top", "ann", "bob"):
        office.desk.set_presence(agent, "available")
    first, second = (office.writes(who=who).case_id for who in ("one", "two"))
    assert [office.desk.case(case).owner for case in (first, second)] == ["top", None]
    office.desk.set_presence("top", "away")
    assert office.desk.case(second).owner == "bob"


def test_when_the_last_of_a_step_lets_an_offer_pass_the_next_step_is_asked_at_once():
    staff = [
        Agent("top", presence="offline", tier=1, capacity=1),
        Agent("ann", presence="offline", capacity=2),
    ]
    steps = [{"within": "9 minutes", "tiers": [1, 1], "skip_if": "none_available"}, {}]
    offers = {"within": "2 minutes", "on_timeout": "away"}
    office = make_office(staff=staff, routing={"steps": steps, "offers": offers})
    for agent in ("top", "ann"):
        office.desk.set_presence(agent, "available")
    passed, waits = (office.writes(who=who).case_id for who in ("one", "two"))
    for seconds in (110, 10):  # the first look is the regular one, so that the second has another reason
        office.clock.pass_(seconds=seconds)
        office.desk.tick()
    assert (asked_of(office, passed), asked_of(office, waits)) == (["top", "ann"], ["ann"])


def test_giving_a_case_to_who_has_it_changes_nothing(asking):
    case = asking.writes().case_id
    asking.desk.accept(case, "ann")
    before = asking.desk.history(case).kinds, asking.desk.agents()
    asking.clock.pass_(minutes=1)
    asking.desk.assign(case, by="lead", agent="ann")
    assert (asking.desk.history(case).kinds, asking.desk.agents()) == before


def test_a_desk_that_is_quiet_has_nobody_free_beside_what_they_may_have(store):
    staff = [Agent(f"a{n}", presence="offline", capacity=2) for n in range(4)]
    office = make_office(
        store, staff=staff, routing={"routes": [{"queue": "general"}], "offers": {"within": "9 minutes"}}
    )

    def work(agent, number):
        office.desk.set_presence(agent.id, "available")
        mine = [case.id for case in office.desk.cases() if asked_of(office, case.id)[-1:] == [agent.id]]
        for case in mine:
            try:
                answer = office.desk.accept if number % 2 else office.desk.decline
                answer(case, agent.id)
            except CommandRefused:
                continue
        if number % 3 == 0:
            office.desk.set_presence(agent.id, "offline")

    def arrive(number):
        contact = Contact(
            id=f"q{number}", channel="email", at=office.clock(), text="Hello",
            points=[ContactPoint("email", f"q{number}@example.net")],
        )  # fmt: skip
        office.desk.receive("mail", contact)

    for round_ in range(6):
        office.clock.pass_(seconds=1)
        jobs = [lambda n=n, r=round_: arrive(r * 10 + n) for n in range(3)]
        jobs += [lambda a=a, n=n, r=round_: work(a, r + n) for n, a in enumerate(staff)]
        with ThreadPoolExecutor(len(jobs)) as pool:
            for job in [pool.submit(job) for job in jobs]:
                job.result()
        assert not pairs(office)
    assert any(row.load for row in office.desk.agents())


def pairs(office):
    """Who could be asked for what waits."""
    rows = {row.ref: row for row in office.desk.agents()}
    people = office.desk._worker.roster.agents(now=office.clock())
    people = [evolve(agent, presence=rows[agent.id].presence, load=rows[agent.id].load) for agent in people]
    with office.desk._reader() as reader:
        waiting = [(row, CaseFile.from_bytes(row.snapshot)) for row in reader.waiting()]
    items = [
        Item(
            row.ref,
            created_at=file.line.since,
            channel=file.case.channel,
            refused_by=file.line.offering.refused_by,
        )
        for row, file in waiting
    ]
    routing = office.desk.policy.routing
    return [
        item.id for item in items if routing.decide(item, people, now=office.clock(), route=Route()).agent
    ]


def test_whoever_came_back_while_their_work_was_taken_back_keeps_it(asking):
    kept, asked = asking.writes().case_id, asking.writes(who="big").case_id
    asking.desk.assign(kept, by="lead", agent="ann")
    agent = asked_of(asking, asked)[-1]
    before = seats(asking)
    asking.clock.pass_(minutes=1)
    for name, case in (("ann", kept), (agent, asked)):
        late = commands.Withdraw(agent=name, had_before=asking.clock())
        asking.desk._worker.carry_out(late, case=case, now=None, key=None)
    assert seats(asking) == before


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
