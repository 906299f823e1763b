"""A desk whose line ages by steps, at several rates, or keeps every third pick for those at the back."""

from datetime import timedelta

import pytest

from office import Clock, Office
from supportkit import Desk, Policy
from supportkit.cases import Agent
from supportkit.channels import MemoryChannel
from supportkit.desk import Agents
from supportkit.storage import MemoryStore, SqliteStore

HOUR = timedelta(hours=1)


@pytest.fixture(params=("memory", "sqlite"))
def store(request, tmp_path):
    return MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "desk.sqlite")


def office_with(store, **priority):
    policy = Policy.from_dict(
        {
            "keywords": {"outage": ["no signal"], "slow": ["slow"]},
            "priority": {
                "levels": {"urgent": 60, "high": 30, "normal": 0},
                "factors": [{"keywords": {"outage": 60, "slow": 30}}],
                **priority,
            },
            "threading": {"join_open_case": []},
            "acknowledgement": {"own_addresses": ["help@desk.example"]},
        }
    )
    clock, mail = Clock(), MemoryChannel("mail")
    ann = Agent("ann", presence="offline", teams=["general"], capacity={"email": 1})
    desk = Desk(policy, store=store, agents=Agents([ann]), channels=[mail], clock=clock)
    return Office(desk, clock, mail)


def wait(office, *texts):
    """One case for each text, a minute apart; return their ids."""
    ids = []
    for number, text in enumerate(texts):
        office.clock.pass_(minutes=1)
        ids.append(office.writes(f"jo{number}{len(texts)}{office.written}", text).case_id)
    return ids


def served(office, count):
    """Let Ann take one case after the other; return them in that order."""
    order = []
    office.desk.set_presence("ann", "available")
    for _ in range(count):
        (taken,) = [case.id for case in office.desk.cases() if case.is_open and case.owner == "ann"]
        order.append(taken)
        office.clock.pass_(minutes=1)
        office.desk.resolve(taken, by="ann", outcome="solved", code="done")
    return order


def test_every_third_pick_goes_to_those_at_the_back_while_they_wait(store):
    office = office_with(store, floor={"tier": "normal", "every": 3})
    urgent = wait(office, *["no signal"] * 5)
    normal = wait(office, "a question", "another question")
    expected = [urgent[0], urgent[1], normal[0], urgent[2], urgent[3], normal[1], urgent[4]]
    assert served(office, 7) == expected


def test_the_count_begins_again_while_none_of_them_waits(store):
    office = office_with(store, floor={"tier": "normal", "every": 3})
    urgent = wait(office, *["no signal"] * 4)
    (gone,) = wait(office, "a question")
    assert served(office, 1) == urgent[:1]  # one other was picked while it waited, then a second
    office.desk.resolve(gone, by="jo", outcome="solved", code="done")
    assert served(office, 1) == urgent[1:2]  # now none of them waits
    (normal,) = wait(office, "another question")
    assert served(office, 3) == [urgent[2], urgent[3], normal]


def test_by_steps_a_waiting_case_is_filed_further_ahead_at_each_step(store):
    office = office_with(store, ageing={"every": "2 hours", "cap": "high"})
    (old,) = wait(office, "a question")
    opened = office.clock()
    assert office.desk.case(old).priority == "normal"

    def filed():
        with office.desk._reader() as reader:
            return reader.case(old).sort_key

    before, events = filed(), len(office.desk.history(old))
    office.desk.tick(now=opened + 2 * HOUR - timedelta(seconds=1))
    assert filed() == before
    office.desk.tick(now=opened + 2 * HOUR)
    assert filed() == before - 2**50
    assert len(office.desk.history(old)) == events
    office.clock.move_to(opened + 3 * HOUR)
    (high,) = wait(office, "it is slow")
    (urgent,) = wait(office, "no signal")
    assert served(office, 3) == [urgent, old, high]


def test_a_step_counts_for_the_next_pick_even_before_a_tick(store):
    office = office_with(store, ageing={"every": "2 hours", "cap": "urgent"})
    (old,) = wait(office, "a question")
    office.clock.pass_(hours=5)
    (urgent,) = wait(office, "no signal")
    assert served(office, 2) == [old, urgent]


RATES = {"urgent": "6 points per hour", "high": "6 points per hour", "normal": "2 points per hour"}


@pytest.mark.parametrize(("later", "first"), ((1, "slow"), (30, "fast")))
def test_with_several_rates_the_heads_are_compared_at_the_pick(store, later, first):
    office = office_with(store, ageing=RATES)
    ids = dict(zip(["slow"], wait(office, "a question"), strict=True))
    office.clock.pass_(hours=20)
    ids |= zip(["fast"], wait(office, "it is slow"), strict=True)
    # 2 * (20 + t) against 30 + 6 * t: level at t = 2.5 hours.
    office.clock.pass_(hours=later)
    assert served(office, 2)[0] == ids[first]


@pytest.mark.parametrize("ageing", ("2 points per hour", RATES, {"every": "2 hours", "cap": "high"}))
def test_a_case_whose_priority_is_raised_by_hand_moves_ahead_in_the_line(store, ageing):
    office = office_with(store, ageing=ageing)
    first, second = wait(office, "a question", "another question")
    office.desk.classify(second, by="team_lead", priority="urgent", reason="They called the director.")
    assert served(office, 2) == [second, first]
