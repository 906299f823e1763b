"""Several threads at one desk: the result is that of some serial order, and nobody waits beside a free agent."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from office import make_office
from supportkit.cases import Contact, ContactPoint, fold
from supportkit.storage import MemoryStore, SqliteStore


@pytest.fixture(params=("memory", "sqlite"))
def store(request, tmp_path):
    made = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "desk.sqlite")
    yield made
    made.close()


def at_once(*jobs):
    """Run the jobs in threads that begin at the same moment; return what each gave."""
    barrier = Barrier(len(jobs))

    def started(job):
        barrier.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result() for future in [pool.submit(started, job) for job in jobs]]


def test_two_contacts_of_one_new_customer_make_one_customer_and_the_cases_of_a_serial_order(store):
    office = make_office(store)

    def arrive(number, customer):
        contact = Contact(
            id=f"c{customer}-{number}", channel="phone", form="call", at=office.clock(), text=f"words {number}",
            points=[ContactPoint("email", f"new{customer}@example.net")],
        )  # fmt: skip
        return office.desk.receive("phone", contact).contacts[0]

    for customer in range(15):
        receipts = at_once(*(lambda n=n, c=customer: arrive(n, c) for n in range(3)))
        assert len({receipt.case_id for receipt in receipts}) == 1
        assert sorted(receipt.action for receipt in receipts) == ["append", "append", "new"]
        case = office.desk.case(receipts[0].case_id)
        assert case == fold(office.desk.history(case.id))
    assert len({case.customer for case in office.desk.cases()}) == 15


def test_a_freed_agent_and_a_new_case_never_both_wait(store):
    office = make_office(store)
    office.desk.set_presence("ann", "available")
    first = [office.writes(text="no signal").case_id for _ in range(2)]
    for round_ in range(15):
        office.clock.pass_(minutes=1)
        done = first.pop(0)
        contact = Contact(
            id=f"r{round_}", channel="email", at=office.clock(), text="no signal again",
            points=[ContactPoint("email", f"r{round_}@example.net")],
        )  # fmt: skip
        receipt, _ = at_once(
            lambda contact=contact: office.desk.receive("mail", contact),
            lambda done=done: office.desk.resolve(done, by="ann", outcome="solved", code="done"),
        )
        case_id = receipt.contacts[0].case_id
        assert office.desk.case(case_id).owner == "ann"
        first.append(case_id)
    assert {row.ref: dict(row.load) for row in office.desk.agents()}["ann"] == {"email": 2}


def test_two_agents_who_take_one_case_at_once_are_not_both_its_handler(store):
    office = make_office(store)
    case_id = office.writes().case_id
    at_once(*(lambda by=by: office.desk.take(case_id, by=by) for by in ("ann", "bob")))
    with office.desk._reader() as reader:
        (seat,) = reader.seats(case_id)
    assert seat.agent == office.desk.case(case_id).owner
    assert sum(sum(row.load.values()) for row in office.desk.agents()) == 1


def test_one_webhook_delivered_by_two_threads_is_one_contact(store):
    office = make_office(store)
    contact = Contact(
        id="w1", channel="social", at=office.clock(), text="Hello", points=[ContactPoint("handle", "@jo")]
    )
    receipts = at_once(*(lambda: office.desk.receive("social", contact) for _ in range(4)))
    assert sorted(receipt.duplicate for receipt in receipts) == [False, True, True, True]
    assert len(list(office.desk.cases())) == 1
