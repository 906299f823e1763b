"""Work is shared by effort, and whoever comes back is not flooded with all that the others did meanwhile."""

from datetime import timedelta

import pytest

from office import make_office
from supportkit.cases import Agent
from supportkit.errors import InvalidValue
from supportkit.storage import MemoryStore, SqliteStore

STAFF = [Agent(name, presence="offline", skills={"network": 2}) for name in ("ann", "bob", "cat")]
MINUTE = timedelta(minutes=1)
ROUTES = [{"when": "contact.text.mentions(keywords.outage)", "queue": "network"}, {"queue": "general"}]


@pytest.fixture(params=("memory", "sqlite"))
def store(request, tmp_path):
    made = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "desk.sqlite")
    yield made
    made.close()


def opened(store=None, *here, **fairness):
    routing = {
        "routes": ROUTES,
        "rank": ["attrs.effort asc", "longest_idle"],
        "fairness": {"effort": "10 minutes", **fairness},
    }
    office = make_office(store, staff=STAFF, routing=routing)
    for agent in here:
        office.desk.set_presence(agent, "available")
    return office


def owners(office, count, text="A question"):
    given = []
    for _ in range(count):
        office.clock.pass_(minutes=1)
        given.append(office.desk.case(office.writes(who=f"new{office.written}", text=text).case_id).owner)
    return given


def test_a_newcomer_takes_turns_and_is_not_flooded(store):
    office = opened(store, "ann", "bob")
    owners(office, 8)
    office.desk.set_presence("cat", "available")
    assert sorted(owners(office, 3)) == sorted(owners(office, 3)) == ["ann", "bob", "cat"]


def test_whoever_comes_back_does_not_make_up_for_what_they_missed(store):
    office = opened(store, "ann", "bob")
    owners(office, 2)
    office.desk.set_presence("bob", "away")
    assert owners(office, 4) == ["ann"] * 4
    office.desk.set_presence("bob", "available")
    assert sorted(owners(office, 4)) == ["ann", "ann", "bob", "bob"]


def test_some_of_it_may_be_caught_up():
    office = opened(None, "ann", catch_up="20 minutes")
    owners(office, 5)
    office.desk.set_presence("bob", "available")
    given = owners(office, 6)
    assert given[:2] == ["bob", "bob"]
    assert "ann" in given[2:4]


def test_a_matter_that_takes_longer_counts_for_more():
    office = opened(None, "ann", "bob", effort={"network": "30 minutes", "other": "10 minutes"})
    first = owners(office, 1, "no signal")
    second = "bob" if first == ["ann"] else "ann"
    assert owners(office, 3) == [second] * 3


def test_who_lets_an_offer_pass_is_gone_until_they_come_back():
    office = make_office(
        staff=STAFF[:2],
        routing={
            "routes": ROUTES, "rank": ["attrs.effort asc"], "fairness": {"effort": "10 minutes"},
            "offers": {"within": "1 minute", "on_timeout": "away"},
        },
    )  # fmt: skip
    for agent in ("ann", "bob"):
        office.desk.set_presence(agent, "available")
    office.writes(who="one")
    office.clock.pass_(minutes=1)
    office.desk.tick()
    for number in range(3):
        office.clock.pass_(seconds=10)
        case = office.writes(who=f"new{number}").case_id
        office.desk.accept(case, "bob")
    office.clock.pass_(seconds=1)
    office.desk.set_presence("ann", "available")
    shares = office.desk.shares()
    assert (shares["ann"].counted, shares["bob"].counted) == (30 * MINUTE, 30 * MINUTE)
    assert shares["ann"].present == MINUTE


def test_the_desk_says_who_was_given_how_much_and_the_log_why():
    office = opened(None, "ann", "bob")
    owners(office, 3)
    office.clock.pass_(minutes=7)
    shares = office.desk.shares()
    assert {name: (share.effort, share.present) for name, share in shares.items()} == {
        "ann": (20 * MINUTE, 10 * MINUTE),
        "bob": (10 * MINUTE, 10 * MINUTE),
        "cat": (timedelta(0), timedelta(0)),
    }
    case = office.writes(who="last").case_id
    decision = office.events(case, "case.assigned")[-1].payload.decision
    assert decision["effort"] == {"bob": 600, "ann": 1200}
    assert "decided_by:attrs.effort" in decision["reasons"]
    assert "effort that counts: bob 10 min, ann 20 min" in office.desk.explain(case).person


def test_what_is_older_than_the_window_is_forgotten():
    office = opened(None, "ann", "bob", window="1 hour")
    owners(office, 2)
    office.clock.pass_(minutes=61)
    assert {share.effort for share in office.desk.shares().values()} == {timedelta(0)}


def test_a_desk_that_measures_nothing_says_so():
    with pytest.raises(InvalidValue, match="effort"):
        make_office().desk.shares()
