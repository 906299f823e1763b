"""A router and a desk decide alike: the same people, matters and answers leave the same work in the same hands."""

from datetime import timedelta
from tempfile import TemporaryDirectory

import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from office import make_office
from supportkit.cases import Agent
from supportkit.desk import CaseFile
from supportkit.errors import CommandRefused
from supportkit.priority import QueueOrder
from supportkit.routing import Item, Router
from supportkit.storage import MemoryStore, SqliteStore

NAMES = ("ann", "bob", "cat")
STAFF = (
    Agent("bob", presence="offline", skills={"network": 2}, capacity={"email": 2, "phone": 1}, tier=1),
    Agent("ann", presence="offline", capacity=1, attrs={"cost": 3}),
    Agent("cat", presence="offline", skills={"network": 3}, capacity=2, total=3, attrs={"cost": 1}),
)
ROUTES = [
    {"when": "contact.text.mentions(keywords.outage)", "queue": "network", "skills": {"network": 2}},
    {"queue": "general", "when_nobody": "callback"},
]
OFFERS = {"within": "2 minutes", "on_timeout": "away", "grace": "5 minutes"}
LADDER = [
    {"within": "1 minute", "tiers": [1, 1], "skip_if": "none_available"},
    {"within": "3 minutes", "agents": ["ann", "cat"], "skip_if": "none_logged_in"},
    {},
]
LATE = tuple(
    Agent(agent.id, presence="offline", skills=agent.skills, capacity=2, queues=queues)
    for agent, queues in zip(
        STAFF, ({"general": (1, 60)}, {"general": (2, 0), "network": (1, 120)}, None), strict=True
    )
)
KINDS = {
    "asking": {"offers": OFFERS},
    "patient": {"offers": {"within": "3 minutes"}, "rank": ["fewest_open", "least_recent"]},
    "by room": {
        "offers": OFFERS,
        "rank": ["spare_percent", "attrs.cost asc"],
        "pools": ["available", "away"],
    },
    "in turn": {"offers": {"within": "1 minute", "grace": "0 minutes"}, "rank": "round_robin"},
    "in steps": {"offers": OFFERS, "steps": LADDER, "rank": ["most_skilled", "longest_idle"]},
    "in rings": {"offers": OFFERS, "steps": LADDER, "earlier_first": "yes", "rank": "weighted"},
    "telling": {"offers": OFFERS, "steps": LADDER, "waits": {"handling_time": "4 minutes"}},
    "giving": {"rank": "round_robin", "steps": LADDER},
    "limited": {"offers": {"within": "2 minutes", "grace": "1 minute"}, "rate_limit": "2 in 7 minutes"},
}
DOINGS = (
    "write", "write", "write", "call", "accept", "accept", "accept", "decline", "complete", "resolve", "assign",
    "available", "available", "away", "busy", "offline", "wait",
)  # fmt: skip
STEPS = st.tuples(
    st.sampled_from(DOINGS), st.sampled_from(NAMES), st.integers(0, 5), st.sampled_from((0, 0, 1, 2, 4))
)


@define
class Pair:
    """A desk and a router of one policy, which hear of the same things."""

    office: object
    router: object
    cases: list = field(factory=list)

    @classmethod
    def of(cls, store, kind, staff):
        office = make_office(store, staff=staff, routing={"routes": ROUTES, **KINDS[kind]})
        policy = office.desk.policy.routing
        grace = None if policy.offers else timedelta(days=999)  # a desk that asks nobody takes nothing back
        pair = cls(office, Router(policy, QueueOrder(), grace=grace))
        for agent in staff:
            pair.router.set_agent(agent, now=office.clock())
        return pair

    @property
    def now(self):
        return self.office.clock()

    def pass_(self, **period):
        until = self.now + timedelta(**period)
        while (due := self.router.next_change_at) is not None and due <= until:
            self.office.clock.move_to(due)
            self.settle()
        self.office.clock.move_to(until)
        self.settle()

    def settle(self):
        self.router.advance(now=self.now)
        self.office.desk.tick()
        self.compare()
        self.compare_waits()

    def do(self, doing, agent, which):
        if doing in {"write", "call"}:
            self.arrive(doing, outage=which % 2)
        elif doing in {"available", "away", "busy"}:
            self.both("set_presence", (agent, doing), (agent, doing))
        elif doing == "offline":
            # What was given before and what after somebody left is told apart by the instants.
            self.pass_(seconds=1)
            self.both("set_presence", (agent, doing), (agent, doing))
            self.pass_(seconds=1)
        elif doing != "wait" and self.cases:
            self.answer(doing, agent, self.cases[which % len(self.cases)])
        self.settle()

    def arrive(self, doing, *, outage):
        text, number = ("No signal" if outage else "Hello", len(self.cases))
        if doing == "write":
            case = self.office.writes(who=f"customer{number}", text=text).case_id
        else:
            case = self.office.calls(f"+4420794602{number:02}", text=text).case_id
        self.cases.append(case)
        seen = self.office.desk.case(case)
        facts = {"contact": {"text": text}}
        item = Item(
            case,
            created_at=self.now,
            channel=seen.channel,
            sort_key=seen.sort_key,
            facts=facts,
            queue=seen.team,
        )
        self.router.put(item, now=self.now)

    def answer(self, doing, agent, case):
        placed, offers = self.router.state.items[case], self.router.state.offers
        if doing in {"accept", "decline"}:
            offer = next(
                (name for name, state in offers.items() if name.startswith(case) and state == "pending"), None
            )
            if offer is not None:
                self.both(doing, (case, self.asked(case)[0]), (offer,))
        elif doing == "complete" and placed.state == "assigned":
            self.both(doing, (case, placed.agent), (case,))
        elif doing == "resolve" and placed.state not in {"completed", "canceled"}:
            self.office.desk.resolve(case, by="ann", outcome="solved", code="done")
            self.router.cancel(case, now=self.now)
        elif doing == "assign" and placed.state not in {"completed", "canceled"}:
            self.office.desk.assign(case, by="lead", agent=agent)
            self.router.assign(case, agent, now=self.now)

    def both(self, command, told_desk, told_router):
        codes = [
            code(getattr(self.office.desk, command), *told_desk),
            code(getattr(self.router, command), *told_router, now=self.now),
        ]
        assert codes[0] == codes[1]

    def asked(self, case):
        with self.office.desk._reader() as reader:
            offering = CaseFile.from_bytes(reader.case(case).snapshot).line.offering
        return offering.agent, offering.until

    def compare(self):
        with self.office.desk._reader() as reader:
            seats = {(seat.case, seat.role): seat for seat in reader.seats()}
            rows = {row.ref: row for row in reader.cases()}
            agents = {row.ref: row for row in reader.agents()}
        state = self.router.state
        assert {name: where(rows[name], seats) for name in self.cases} == {
            name: (placed.state, placed.agent) for name, placed in state.items.items()
        } | {offer.item: ("offered", (offer.agent, offer.expires_at)) for offer in self.pending()}
        assert {name: (row.presence, sum(row.load.values())) for name, row in agents.items()} == {
            name: (agent.presence, given_to(state, name) + sum(o.agent == name for o in self.pending()))
            for name, agent in state.agents.items()
        }

    def compare_waits(self):
        if self.router.policy.waits is not None:
            told = self.office.desk.waits()
            assert list(told.items()) == list(self.router.waits(now=self.now).items())

    def pending(self):
        floor = self.router._floor
        return [floor.offers[name] for name, state in floor.offer_states.items() if state == "pending"]


def given_to(state, name):
    return sum(placed.state == "assigned" and placed.agent == name for placed in state.items.values())


def where(row, seats):
    case = CaseFile.from_bytes(row.snapshot).case
    offer, handler = seats.get((row.ref, "offer")), seats.get((row.ref, "handler"))
    if not case.is_open:
        return ("canceled", None)
    if offer is not None:
        return ("offered", (offer.agent, offer.offer_until))
    if case.owner is not None:
        return ("assigned" if handler is not None else "completed", case.owner)
    assert row.signature is not None
    return ("waiting", None)


def code(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except CommandRefused as refused:
        return refused.code
    return None


def play(store, kind, story, staff=STAFF):
    pair = Pair.of(store, kind, staff)
    for agent in NAMES:
        pair.both("set_presence", (agent, "available"), (agent, "available"))
    for doing, agent, which, minutes in story:
        pair.pass_(minutes=minutes)
        pair.do(doing, agent, which)
    return pair


@pytest.mark.parametrize("kind", KINDS)
@given(story=st.lists(STEPS, min_size=4, max_size=20))
@settings(max_examples=12, deadline=None)
def test_a_router_and_a_desk_leave_the_same_work_in_the_same_hands(kind, story):
    play(MemoryStore(), kind, story)


@given(story=st.lists(STEPS, min_size=4, max_size=20))
@settings(max_examples=12, deadline=None)
def test_agents_who_see_a_queue_only_after_a_while_see_it_alike(story):
    play(MemoryStore(), "asking", story, LATE)


@given(kind=st.sampled_from(sorted(KINDS)), story=st.lists(STEPS, min_size=6, max_size=16))
@settings(max_examples=12, deadline=None)
def test_a_desk_on_a_database_decides_as_the_router_does(kind, story):
    with TemporaryDirectory() as folder:
        store = SqliteStore(f"{folder}/desk.sqlite")
        try:
            play(store, kind, story)
        finally:
            store.close()
