"""The numbered steps that make the tables."""

import pytest
import sqlalchemy as sa

from supportkit.errors import SchemaMismatch
from supportkit.storage import SqlStore
from supportkit.storage.sql import current, pending, upgrade
from supportkit.storage.sql.schema import LATEST

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


PLANS = {
    "due": (
        "SELECT ref FROM sk_case WHERE desk=1 AND due_at<=5 ORDER BY due_at, case_no LIMIT 9",
        "sk_case_due",
    ),
    "armed": ("SELECT ref FROM sk_case WHERE desk=1 AND match_at<=5 AND open=1", "sk_case_match"),
    "stale": (
        "SELECT ref FROM sk_case WHERE desk=1 AND epoch<5 AND open=1 ORDER BY epoch, case_no",
        "sk_case_epoch",
    ),
    "waiting": (
        "SELECT ref FROM sk_case c WHERE c.desk=1 AND c.sig IS NOT NULL AND c.open=1",
        "sk_case_line",
    ),
    "agents": (
        "SELECT ref FROM sk_agent WHERE desk=1 AND match_at<=5 ORDER BY match_at, ref",
        "sk_agent_match",
    ),
    "erased": ("SELECT body_no FROM sk_body WHERE party_no=1 AND erased_at IS NULL", "sk_body_party"),
}


@pytest.mark.parametrize(("statement", "index"), PLANS.values(), ids=PLANS)
def test_a_tick_reads_by_index_not_by_table(engine, statement, index):
    with engine.begin() as connection:
        upgrade(connection)
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
    assert index in repr(plan)
    assert "SCAN" not in repr(plan)
