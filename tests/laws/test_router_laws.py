"""Laws of the router, for policies of each kind; and that a router that breaks one is found out."""

from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from supportkit.cases import Agent
from supportkit.routing import Item, Offer, Offers, Router, RoutingPolicy, Skill, Step
from supportkit.routing._entry import Entry, Waiting
from supportkit.routing._floor import Floor
from supportkit.routing._roster import Roster
from supportkit.testing import RouterMachine

MINUTE = timedelta(minutes=1)
NAMES = ("ann", "bob", "cat", "dan")
PEOPLE = st.builds(
    Agent,
    st.sampled_from(NAMES),
    presence=st.sampled_from(("available", "available", "away", "offline")),
    skills=st.dictionaries(st.sampled_from(("fr", "vip")), st.integers(1, 3)),
    capacity=st.sampled_from((None, 0, 1, 2, {"chat": 2, "phone": 1})),
    load=st.sampled_from((0, 0, 1, {"chat": 1})),
    total=st.sampled_from((None, 2)),
    channels_off=st.sampled_from(((), ("phone",))),
    permissions=st.sampled_from(((), ("refunds",))),
    group_capacity=st.sampled_from(({}, {"gold": 1})),
    queues=st.sampled_from((None, None, {"help": (1, MINUTE)}, {"help": (2, 0), "sales": (1, 30)})),
    tier=st.integers(0, 1),
    attrs=st.sampled_from(({}, {"weight": 2, "n": 3}, {"n": "many"})),
)
WISHES = st.lists(
    st.builds(
        Skill,
        st.sampled_from(("fr", "vip")),
        st.integers(1, 3),
        required=st.booleans(),
        drop=st.integers(0, 1),
    ),
    max_size=2,
)
MATTERS = st.fixed_dictionaries(
    {},
    optional={
        "channel": st.sampled_from(("chat", "phone")),
        "queue": st.sampled_from(("help", "sales", "else")),
        "size": st.sampled_from((0, 1, 2)),
        "skills": WISHES,
        "excluded": st.sampled_from(NAMES),
        "affinity": st.permutations(NAMES).map(lambda names: names[:2]),
        "permission": st.just("refunds"),
        "group": st.just("gold"),
        "rate": st.sampled_from((1, 2, 0.5)),
    },
)
LADDER = (
    Step(MINUTE, agents="affinity", skip_if="none_logged_in"),
    Step(MINUTE, skills=[{"fr": 2}, {"vip": 3}], drop="vip", skip_if="none_available"),
    Step(MINUTE, tiers=(1, 1)),
)
QUICK = settings(max_examples=25, stateful_step_count=30, deadline=None)


def machine(options=None, **policy):
    content = {"policy": RoutingPolicy(**policy), "options": options or {}, "agents": PEOPLE}
    return type("Machine", (RouterMachine,), {**content, "matters": MATTERS})


KINDS = {
    "plain": machine(),
    "counted": machine(rank=("fewest_open", "least_recent", "tier"), count_parked=True),
    "in turn": machine({"parallel_offers": True}, rank="round_robin", pools=("available", "away")),
    "steps": machine({"grace": MINUTE}, steps=LADDER, after_steps="anybody"),
    "rings": machine(steps=LADDER, earlier_first=True, drop_after="30 seconds", rank="most_skilled"),
    "wishes": machine(skills="count_then_level", rank=("spare_percent", ("attrs.n", "asc"))),
    "limits": machine({"presence_on_timeout": "offline"}, rate_limit=(1, MINUTE), rank="weighted"),
    "blended": machine({"grace": MINUTE}, blend={"chat": "phone"}, rank="spare"),
    "asked": machine(
        {"parallel_offers": True}, offers=Offers(within=MINUTE, on_timeout="away", grace=MINUTE), steps=LADDER
    ),
    "pulled": machine({"push": False, "grace": MINUTE, "parallel_offers": True}, steps=LADDER),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_laws_of_routing_hold_under_any_interleaving(kind):
    run_state_machine_as_test(KINDS[kind], settings=QUICK)


def broken(owner, name, change):
    def break_it(monkeypatch):
        monkeypatch.setattr(owner, name, change(getattr(owner, name)))

    return break_it


def careless(self, entry, one):
    return None


def nothing(*_, **__):
    return None


def forgetful(of):
    def wait(self, entry):
        of(self, entry)
        entry.version = 1

    return wait


def younger(of):
    def refuse(self, agent):
        of(self, agent)
        self.demand = type(self.demand).of(
            type(self.item)(self.item.id, created_at=self.item.created_at + MINUTE),
            self.demand.chosen,
            mode=self.demand.mode,
        )

    return refuse


FAULTS = {
    "somebody may have what waits": broken(Floor, "_freed", lambda of: nothing),
    "more is given than fits": broken(Roster, "_fitting", lambda of: lambda *_: True),
    "skills are not asked for": broken(Roster, "_asked", lambda of: lambda *_: iter(())),
    "a late offer is accepted": broken(Router, "_closed", lambda of: lambda self, offer, wished: False),
    "an age is lost": broken(Entry, "refuse", younger),
    "versions start again": broken(Floor, "wait", forgetful),
    "a refusal is no answer": broken(Router, "_refuse_barred", lambda of: careless),
    "nothing is due": broken(Floor, "settle", lambda of: lambda self, now: setattr(self, "now", now)),
    "what waits is lost": broken(Waiting, "best_for", lambda of: nothing),
}


def checked(machine, command, *arguments, **options):
    """Do one thing, then ask the laws that hold at any time."""
    answer = machine.act(command, *arguments, **options)
    machine.a_quiet_router_has_no_pair()
    machine.every_item_is_in_one_place()
    machine.what_is_due_lies_ahead()
    return answer


def put(machine, name, **content):
    machine.sizes[name] = Item(name, created_at=machine.now - MINUTE, **content)
    checked(machine, "put", machine.sizes[name])


def offered(machine, name, agent):
    offer = machine.call("offer", name, agent, ttl=MINUTE)
    if isinstance(offer, Offer):
        machine.offers.append(offer)
        machine._check_room(machine.router.state, agent, machine.sizes[name])
    return offer


def a_pushing_morning():
    """Somebody with a skill and one place, two items, and a third that asks for what nobody has."""
    machine = RouterMachine()
    checked(machine, "set_agent", Agent("ann", capacity=1, skills={"fr": 1}))
    put(machine, "one", skills={"fr": 1})
    put(machine, "two")
    put(machine, "three", skills={"vip": 1})
    checked(machine, "complete", "one")
    checked(machine, "complete", "two")
    checked(machine, "set_presence", "ann", "away")
    checked(machine, "set_presence", "ann", "available")


def an_asking_morning():
    """One item, offered and declined, offered elsewhere and answered too late."""
    machine = machine_of_offers()
    for name in ("ann", "bob", "cat"):
        checked(machine, "set_agent", Agent(name, capacity=1))
    put(machine, "one")
    first = offered(machine, "one", "ann")
    checked(machine, "decline", first.id)
    assert offered(machine, "one", "ann") == "refused_before"
    second = offered(machine, "one", "bob")
    machine.now += MINUTE
    machine.call("advance")
    machine.every_item_is_in_one_place()
    machine.what_is_due_lies_ahead()
    assert checked(machine, "accept", second.id) == "expired"
    assert checked(machine, "take", "cat").changed


def machine_of_offers():
    return type("Offering", (RouterMachine,), {"options": {"push": False}})()


def a_day():
    a_pushing_morning()
    an_asking_morning()


def test_such_a_day_keeps_every_law():
    a_day()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_router_that_breaks_a_law_is_found_out(fault, monkeypatch):
    FAULTS[fault](monkeypatch)
    with pytest.raises((AssertionError, ValueError)):
        a_day()
