"""Several people give at the same moment: what they give together is within what each of them may give."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from attrs import evolve

from office import STAFF, make_office
from supportkit.errors import CommandRefused, ConcurrentChange
from supportkit.storage import MemoryStore, SqliteStore

REMEDIES = {
    "catalogue": {"amends": "compensate", "voucher": {"kind": "goodwill", "value": 5}},
    "limits": {"case": {"agent": 20}, "customer_day": {"agent": 30}, "incident": {"agent": 40}},
    "goodwill": {"count": 2},
}
PEOPLE = 6


@pytest.fixture(params=("memory", "sqlite"))
def office(request, tmp_path):
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "desk.sqlite")
    yield make_office(store, staff=[evolve(agent, role="agent") for agent in STAFF], remedies=REMEDIES)
    store.close()


def give_at_once(office, cases, remedy):
    """Give one remedy in each case from as many threads; return how many were given, and why others were not."""
    barrier = Barrier(len(cases))

    def give(case):
        barrier.wait()
        for _ in range(20):
            try:
                office.desk.give_remedy(case, remedy, by="ann")
            except ConcurrentChange:
                continue
            except CommandRefused as refused:
                return refused.code
            return "given"
        return "lost"

    with ThreadPoolExecutor(len(cases)) as pool:
        return sorted(pool.map(give, cases))


def proposed(office, remedy, *, who="jo", incident=None, **said):
    cases = []
    for number in range(PEOPLE):
        case = office.writes(who if isinstance(who, str) else who[number], f"Question {number}").case_id
        if incident is not None:
            office.desk.raise_complaint(case, "Money", by="ann", incident=incident)
            office.desk.assess(case, by="ann", genuine=True, fixable=False, compensable=True, evidence="Seen")
        office.desk.propose_remedy(case, remedy, by="ann", **said)
        cases.append(case)
    return cases


def test_a_customers_day_is_kept_over_all_their_cases(office):
    outcome = give_at_once(office, proposed(office, "amends", amount=15), "amends")
    assert outcome == ["above_all_limits"] * 4 + ["given"] * 2


def test_goodwill_is_kept_to_its_number(office):
    outcome = give_at_once(office, proposed(office, "voucher"), "voucher")
    assert outcome == ["given"] * 2 + ["goodwill_spent"] * 4


def test_an_incident_is_kept_within_its_limit_and_budget_over_all_customers(office):
    office.desk.declare_incident("cut", by="ann", limit=35, budget=30)
    people = [f"p{number}" for number in range(PEOPLE)]
    cases = proposed(office, "amends", who=people, incident="cut", amount=10)
    assert give_at_once(office, cases, "amends") == ["above_all_limits"] * 3 + ["given"] * 3


def test_one_remedy_is_given_once_however_many_try(office):
    case = proposed(office, "amends", amount=5)[0]
    remedy = next(iter(office.desk.complaint(case).remedies))
    outcome = give_at_once(office, [case] * PEOPLE, remedy)
    assert outcome == ["already_given"] * 5 + ["given"]
    given = [event.payload.amount for event in office.events(case, "recovery.remedy_given")]
    assert given == [Decimal(5)]
