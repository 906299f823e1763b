"""The host's rows and the desk's events, or neither: commands inside the host's own transaction."""

import threading

import pytest
import sqlalchemy as sa

from engines import begin_with
from office import MONDAY, PEOPLE, POLICY, STAFF, Clock
from supportkit import Desk, Policy
from supportkit.cases import Contact, ContactPoint
from supportkit.channels import MemoryChannel
from supportkit.desk import Agents, Customers
from supportkit.errors import CommandRefused, RetryTransaction, StoreError
from supportkit.storage import SqlStore


@pytest.fixture
def engine(tmp_path):
    made = sa.create_engine(f"sqlite:///{tmp_path / 'host.db'}", connect_args={"timeout": 0.1})

    begin_with(made, "BEGIN IMMEDIATE")
    with made.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE ledger (case_id TEXT)")
    yield made
    made.dispose()


@pytest.fixture
def desk(engine):
    made = Desk(
        Policy.from_dict(POLICY), store=SqlStore(engine), channels=[MemoryChannel("mail", kind="email")],
        customers=Customers(PEOPLE), agents=Agents(STAFF), clock=Clock(),
    )  # fmt: skip
    made.set_presence("ann", "available", by="ann")
    return made


def mail(number=1, text="No signal"):
    points = [ContactPoint("email", "jo@example.org")]
    return Contact(
        id=f"m{number}", channel="email", at=MONDAY, text=text, points=points, sender="jo@example.org"
    )


def ledger(engine):
    with engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql("SELECT case_id FROM ledger")]


def note(connection, receipt):
    connection.exec_driver_sql("INSERT INTO ledger VALUES (?)", (receipt.contacts[0].case_id,))


def test_the_hosts_row_and_the_desks_events_come_together(desk, engine):
    with engine.begin() as connection:
        receipt = desk.using(connection).receive("mail", mail())
        note(connection, receipt)
    (case_id,) = ledger(engine)
    assert desk.history(case_id).kinds[0] == "case.opened"
    assert desk.case(case_id).owner is None


def test_rolled_back_nothing_is_left_and_the_next_try_is_no_duplicate(desk, engine):
    with engine.connect() as connection, connection.begin() as transaction:
        note(connection, desk.using(connection).receive("mail", mail()))
        transaction.rollback()
    assert (ledger(engine), list(desk.cases()), desk.outbox) == ([], [], ())
    with engine.begin() as connection:
        receipt = desk.using(connection).receive("mail", mail())
    assert not receipt.duplicate


def test_inside_the_transaction_one_reads_what_was_just_written(desk, engine):
    with engine.begin() as connection:
        inside = desk.using(connection)
        case_id = inside.receive("mail", mail()).contacts[0].case_id
        inside.note(case_id, "Seen", by="ann")
        assert inside.history(case_id).kinds[-1] == "contact.noted"
        assert inside.case(case_id).status == "new"
        assert list(desk.cases()) == []


def test_people_are_looked_for_once_the_host_says_that_it_committed(desk, engine):
    with engine.begin() as connection:
        receipt = desk.using(connection).receive("mail", mail())
    case_id = receipt.contacts[0].case_id
    desk.committed(receipt)
    assert desk.case(case_id).owner == "ann"
    before = desk.history(case_id).kinds
    desk.committed(receipt)
    assert desk.history(case_id).kinds == before


def test_without_a_word_from_the_host_the_next_tick_finds_the_people(desk, engine):
    with engine.begin() as connection:
        case_id = desk.using(connection).receive("mail", mail()).contacts[0].case_id
    assert desk.tick().matched == 1
    assert desk.case(case_id).owner == "ann"


def test_commands_too_work_in_the_hosts_transaction(desk, engine):
    case_id = desk.receive("mail", mail()).contacts[0].case_id
    with engine.connect() as connection, connection.begin() as transaction:
        done = desk.using(connection).resolve(case_id, outcome="fixed", code="line", by="ann")
        assert done.events[0].kind == "case.resolved"
        transaction.rollback()
    assert desk.case(case_id).status == "open"


def test_what_has_transactions_of_its_own_is_refused_inside_one(desk, engine):
    with engine.begin() as connection:
        inside = desk.using(connection)
        receipt = inside.receive("mail", mail())
        for doing in (inside.tick, inside.deliver, lambda: inside.committed(receipt)):
            with pytest.raises(CommandRefused) as refused:
                doing()
            assert refused.value.code == "in_transaction"


def test_a_store_without_connections_says_so(engine):
    desk = Desk(Policy.from_dict({}), channels=[MemoryChannel("mail")])
    with engine.begin() as connection, pytest.raises(StoreError, match="use SqlStore"):
        desk.using(connection).receive("mail", mail())


def test_somebody_else_who_writes_surfaces_as_a_transaction_to_be_run_again(desk, tmp_path):
    slow = sa.create_engine(f"sqlite:///{tmp_path / 'host.db'}", connect_args={"timeout": 0.05})
    with (
        desk._worker.store.transaction("default"),
        slow.connect() as connection,
        pytest.raises(RetryTransaction),
    ):
        desk.using(connection).receive("mail", mail())
    slow.dispose()


def test_two_hosts_at_once_give_one_case_to_one_mail(desk, engine):
    receipts, gate = [], threading.Barrier(2)

    def host():
        gate.wait()
        for _ in range(200):
            try:
                with engine.begin() as connection:
                    receipts.append(desk.using(connection).receive("mail", mail()))
                return
            except (RetryTransaction, sa.exc.OperationalError):
                continue

    threads = [threading.Thread(target=host) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(r.duplicate for r in receipts) == [False, True]
    assert len({r.contacts[0].case_id for r in receipts}) == 1
