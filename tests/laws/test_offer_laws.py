"""What holds for a desk that makes offers, whatever agents answer, in whatever order."""

from datetime import timedelta

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from office import STAFF, make_office
from supportkit.cases import fold
from supportkit.desk import CaseFile
from supportkit.errors import CommandRefused
from supportkit.routing import Item, Route

AGENTS = ("ann", "bob")
DOINGS = st.sampled_from(
    [
        "write",
        "accept",
        "decline",
        "complete",
        "take",
        "release",
        "resolve",
        "available",
        "away",
        "offline",
        "tick",
    ]
)
STEPS = st.tuples(DOINGS, st.sampled_from(AGENTS), st.integers(0, 3), st.integers(0, 4))
STORIES = st.lists(STEPS, min_size=3, max_size=25)
OFFERS = {
    "routes": [{"queue": "general", "when_nobody": "callback"}],
    "offers": {"within": "2 minutes", "on_timeout": "away", "grace": "5 minutes"},
}


def play(story):
    office = make_office(routing=OFFERS)
    for agent in AGENTS:
        office.desk.set_presence(agent, "available")
    cases = []
    for doing, agent, which, minutes in story:
        office.clock.pass_(minutes=minutes)
        try:
            _do(office, doing, agent, cases, which)
        except CommandRefused:
            continue
        check(office)
    office.desk.tick()
    check(office)
    return office, cases


def _do(office, doing, agent, cases, which):
    desk = office.desk
    if doing == "write":
        cases.append(office.writes(who=f"customer{len(cases)}").case_id)
    elif doing == "tick":
        desk.tick()
    elif doing in {"available", "away", "offline"}:
        desk.set_presence(agent, doing)
    elif cases:
        case = cases[which % len(cases)]
        if doing in {"accept", "decline", "complete"}:
            getattr(desk, doing)(case, agent)
        elif doing == "resolve":
            desk.resolve(case, by=agent, outcome="solved", code="done")
        else:
            getattr(desk, doing)(case, by=agent)


def check(office):
    """Loads are the seats; a case has one handler, its owner, or one offer; nothing is lost."""
    with office.desk._reader() as reader:
        seats, rows, agents = reader.seats(), list(reader.cases()), reader.agents()
    for agent in agents:
        assert sum(agent.load.values()) == sum(seat.agent == agent.ref for seat in seats)
    held = {(seat.case, seat.role): seat for seat in seats}
    for row in rows:
        file = CaseFile.from_bytes(row.snapshot)
        offering, case = file.line.offering, file.case
        offer, handler = held.get((row.ref, "offer")), held.get((row.ref, "handler"))
        assert (offering.agent, offering.until) == (
            (None, None) if offer is None else (offer.agent, offer.offer_until)
        )
        assert handler is None or handler.agent == case.owner
        if case.is_open:
            assert case.owner or offer or row.signature
        else:
            assert offer is None
            assert handler is None
        if offering.until is not None:
            assert row.due_at is not None
            assert row.due_at <= offering.until


@given(STORIES)
def test_after_whatever_happened_every_case_is_owned_offered_or_in_line(story):
    office, cases = play(story)
    for case in cases:
        assert office.desk.case(case) == fold(office.desk.history(case))


@given(STORIES)
def test_offers_never_exceed_a_capacity(story):
    office, _ = play([step for step in story if step[0] != "take"])
    for row in office.desk.agents():
        offers = {}
        with office.desk._reader() as reader:
            offers = [seat for seat in reader.seats() if (seat.agent, seat.role) == (row.ref, "offer")]
        assert not offers or sum(row.load.values()) <= 2


@given(STORIES)
def test_nobody_who_could_be_asked_is_free_beside_a_case_in_line(story):
    office, _ = play(story)
    rows = {row.ref: row for row in office.desk.agents()}
    people = [evolve(agent, presence=rows[agent.id].presence, load=rows[agent.id].load) for agent in STAFF]
    with office.desk._reader() as reader:
        waiting = reader.waiting()
    for row in waiting:
        file = CaseFile.from_bytes(row.snapshot)
        item = Item(
            row.ref, created_at=file.line.since, channel=file.case.channel, excluded=file.case.excluded,
            refused_by=file.line.offering.refused_by,
        )  # fmt: skip
        decision = office.desk.policy.routing.decide(item, people, now=office.clock(), route=Route())
        assert decision.agent is None


@given(STORIES)
def test_every_offer_ends_once_or_is_open(story):
    office, cases = play(story)
    ends = {"routing.accepted", "routing.declined", "routing.expired", "routing.rescinded"}
    for case in cases:
        history = list(office.desk.history(case))
        opened = [event.payload.offer for event in history if event.kind == "routing.offered"]
        closed = [event.payload.offer for event in history if event.kind in ends]
        assert len(set(opened)) == len(opened)
        assert len(set(closed)) == len(closed)
        assert len(opened) - len(closed) in {0, 1}
        for event in history:
            if event.kind == "routing.expired":
                assert event.at >= event.payload.until
                assert event.at - event.payload.until < timedelta(seconds=1)
