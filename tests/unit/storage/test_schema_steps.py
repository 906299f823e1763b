"""The numbered steps that make the tables."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from supportkit.cases import Event
from supportkit.errors import SchemaMismatch
from supportkit.ports import (
    AgentChange,
    Body,
    CaseChange,
    CaseRow,
    Commit,
    InboxRow,
    Outbound,
    PartyChange,
    PointKey,
    PolicyRow,
    Seat,
    ThreadKey,
)
from supportkit.storage import SqlStore
from supportkit.storage.sql import current, pending, upgrade
from supportkit.storage.sql.outbox import claim
from supportkit.storage.sql.schema import LATEST

NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)

PINNED = set(
    "sk_schema sk_desk sk_policy sk_inbox sk_party sk_point sk_thread sk_case sk_event sk_body sk_agent sk_seat "
    "sk_outbox sk_counter sk_cursor".split()
)


@pytest.fixture
def engine(tmp_path):
    made = sa.create_engine(f"sqlite:///{tmp_path / 'host.db'}")
    yield made
    made.dispose()


def test_a_new_database_lacks_all_steps_and_gets_them_once(engine):
    with engine.begin() as connection:
        assert (current(connection), pending(connection)) == (0, tuple(range(1, LATEST + 1)))
        assert upgrade(connection) == tuple(range(1, LATEST + 1))
        assert (current(connection), pending(connection), upgrade(connection)) == (LATEST, (), ())


def test_the_steps_belong_to_the_hosts_transaction(engine):
    with engine.connect() as connection:
        upgrade(connection)
        connection.rollback()
        assert current(connection) == 0


def test_all_tables_are_there_strict_and_named_for_us(engine):
    with engine.begin() as connection:
        upgrade(connection)
        made = dict(
            connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'table'").all()
        )
        indexes = (
            connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index'").scalars().all()
        )
    assert set(made) == PINNED
    assert all("STRICT" in text for text in made.values())
    assert all(name.startswith(("sk_", "sqlite_autoindex_sk_")) for name in indexes)


def test_a_store_finds_what_the_host_has_made(engine):
    with engine.begin() as connection:
        upgrade(connection)
    store = SqlStore(engine)
    with store.transaction("d") as transaction:
        assert transaction.lock_party("c1") == "c1"


def test_a_database_ahead_of_us_is_refused(engine):
    with engine.begin() as connection:
        upgrade(connection)
        connection.exec_driver_sql("INSERT INTO sk_schema VALUES (?, 0)", (LATEST + 1,))
        with pytest.raises(SchemaMismatch, match="newer"):
            pending(connection)
        with pytest.raises(SchemaMismatch, match="newer"):
            upgrade(connection)


def everything(transaction):
    """Read and write in every way that a decision or a tick does."""
    point, seat = PointKey("email", "ann"), Seat("case-1", "ann")
    row = CaseRow(ref="case-1", party="c1", version=1, owner="ann", due_at=NOW, match_at=NOW, signature="s")
    transaction.commit(
        Commit(
            events=[Event.of("contact.received", at=NOW, body="b1").placed("case:case-1", 1)],
            cases=[CaseChange(row, 0)],
            parties=[PartyChange(ref="c1", points=[point])],
            threads=[ThreadKey("<1@x>", "case-1")],
            bodies=[Body("b1", "c1", "text/plain", b"hello")],
            freed=[("case-1", "handler")],
            taken=[seat],
            agents=[AgentChange(ref="ann", presence="busy")],
            outbox=[Outbound(text="hello", to="ann", dedupe="m1", case="case-1")],
            inbox=InboxRow(scope="s", key="k", body_hash="h", at=NOW),
            counted=[("k", NOW)],
            policy=PolicyRow(epoch=1, hash="v1", activated_at=NOW),
        )
    )
    transaction.inbox("s", "k")
    transaction.claim_points([point])
    transaction.lock_party("c1")
    transaction.threads(["<1@x>"])
    transaction.lock_case("case-1")
    transaction.last_seq("case:case-1")
    transaction.counted("k", since=NOW)
    transaction.due_cases(now=NOW, limit=5)
    transaction.armed_cases(now=NOW, limit=5)
    transaction.armed_agents(now=NOW, limit=5)
    transaction.stale_cases(epoch=5, limit=5)
    transaction.cases_of("c1", limit=1)
    transaction.waiting()
    transaction.seats("case-1")
    transaction.events("case:case-1")
    transaction.body("b1")
    transaction.message(1)
    claim(transaction.sql, transaction.desk.number, now=NOW, limit=5, lease=timedelta(minutes=1))


def test_no_decision_and_no_tick_goes_through_a_whole_table(engine):
    store, said = SqlStore(engine), []
    with store.transaction("d") as transaction:
        driver = transaction.sql._cursor.connection
        driver.set_trace_callback(said.append)
        everything(transaction)
        driver.set_trace_callback(None)
        statements = {
            text for text in said if text.split()[0] in {"SELECT", "UPDATE", "DELETE", "INSERT", "WITH"}
        }
        plans = {text: driver.execute(f"EXPLAIN QUERY PLAN {text}").fetchall() for text in statements}
    assert len(plans) > 30
    steps = {row[3] for plan in plans.values() for row in plan}
    assert {step for step in steps if "SCAN" in step} == {"SCAN f", "SCAN h", "SCAN family"}
    assert {step for step in steps if step.endswith("(desk=?)")} == {
        "SEARCH sk_outbox USING COVERING INDEX sk_outbox_head (desk=?)",
        "SEARCH sk_policy USING COVERING INDEX sqlite_autoindex_sk_policy_1 (desk=?)",
    }
